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

    /// The message counts as accepted though the client won't know.
    var accepts: Bool {
        switch self {
        case .acceptAndHang, .acceptAndReset, .acceptAndClose, .malformed, .truncated, .huge, .html, .slow: true
        case .hang, .resetBeforeBody, .resetAfterBody, .close, .status, .throttle, .error: false
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
