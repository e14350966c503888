/// A way in which the network or the provider fails.
package enum FaultDeed: Sendable, Equatable {
    /// No answer, and the connection stays open.
    case hang
    case resetBeforeBody, resetAfterBody
    /// The connection is closed behind the request.
    case close
    /// Accepted, and then one of the three.
    case acceptAndHang, acceptAndReset, acceptAndClose
    /// Accepted, with an answer that can't be used.
    case malformed, truncated, huge, html, slow
    /// Not accepted, with a plain page.
    case status(Int)
    /// "Too fast", with the wait in one of the forms; nil for the provider's own.
    case throttle(wait: Int, WaitForm?)
    /// The provider's documented answer for an error of this name.
    case error(String)
    /// Of connections that speak TLS, before anything else is known of them.
    case tls(TLSFault)
    /// Of requests that come over HTTP/2.
    case http2(HTTP2Fault)

    /// The message counts as accepted though the client won't know.
    var accepts: Bool {
        switch self {
        case .acceptAndHang, .acceptAndReset, .acceptAndClose, .malformed, .truncated, .huge, .html, .slow: true
        case .hang, .resetBeforeBody, .resetAfterBody, .close, .status, .throttle, .error, .tls: false
        case .http2(let fault): fault.accepts
        }
    }
}

/// What goes wrong while a connection is being secured. Nothing of a request has left its sender by then.
package enum TLSFault: String, Sendable, CaseIterable {
    /// The server ends the handshake with an alert.
    case refused = "tls_refused"
    /// The connection is reset behind the client's first word.
    case cut = "tls_cut"
    /// The server never answers the client's first word.
    case hang = "tls_hang"
    /// A certificate of the right authority, for another name.
    case wrongName = "tls_wrong_name"
    case expired = "tls_expired"
    /// The right name, by an authority that nobody has heard of.
    case stranger = "tls_unknown_authority"
}

/// What HTTP/2 can say about a request in place of an answer.
package enum HTTP2Fault: String, Sendable, CaseIterable {
    /// GOAWAY that names an earlier stream as the last one: this one was not looked at.
    case goAwayBefore = "goaway_before"
    /// Accepted; GOAWAY names this stream as the last one, and the connection ends without an answer.
    case goAwayAfter = "goaway_after"
    /// Accepted; GOAWAY, and the answer all the same: a server that is being replaced.
    case goAwayAndAnswer = "goaway_and_answer"
    /// RST_STREAM with REFUSED_STREAM: not looked at.
    case refusedStream = "refused_stream"
    /// RST_STREAM with INTERNAL_ERROR, which says nothing of what became of the request; it was not accepted.
    case resetStream = "reset_stream"
    /// The same, and it was accepted.
    case acceptAndResetStream = "accept_and_reset_stream"

    var accepts: Bool {
        switch self {
        case .goAwayAfter, .goAwayAndAnswer, .acceptAndResetStream: true
        case .goAwayBefore, .refusedStream, .resetStream: false
        }
    }
}

/// When a fault happens. Every condition that is given must hold.
package struct FaultRule: Sendable, Equatable {
    package var deed: FaultDeed
    package var provider: String?
    package var channel: String?
    package var to: String?
    /// Leaves the first requests that fit alone.
    package var after = 0
    /// Happens this many times at most.
    package var times: Int?
    /// Of the requests that fit, from 0 to 1.
    package var share = 1.0

    package init(_ deed: FaultDeed) {
        self.deed = deed
    }
}
