import Channels

@testable import Sandbox

/// One cell of the conformance table: what the sandbox does, and what a channel must make of it.
struct AnswerCheck {
    let name: String
    var deed: FaultDeed?
    var times: Int?
    var settings: [String: String] = [:]
    /// Whether the journal must have the message.
    var isAccepted = false
    let isRight: (SendOutcome) -> Bool

    var rules: [FaultRule] {
        deed.map { deed in
            var rule = FaultRule(deed)
            rule.times = times
            return [rule]
        } ?? []
    }

    private static let short = ["timeout": "0.5"]

    private static func isUnknown(_ phases: AmbiguousPhase...) -> (SendOutcome) -> Bool {
        { outcome in if case .outcomeUnknown(let phase, _) = outcome { phases.contains(phase) } else { false } }
    }

    private static func isAccepted(_ outcome: SendOutcome) -> Bool {
        if case .accepted = outcome { true } else { false }
    }

    private static func isUnavailable(_ code: String) -> (SendOutcome) -> Bool { { $0 == .unavailable(code: code) } }

    static func all(_ adapter: Adapter) -> [AnswerCheck] {
        // An answer of this provider's own may be read by its status alone: then a page in its place counts as accepted.
        let isPlain = adapter.provider == "webhook"
        // SendGrid's id stands in a header, which a huge body leaves alone.
        let isInHeader = adapter.provider == "sendgrid"
        func isUnreadable(_ outcome: SendOutcome) -> Bool {
            if isAccepted(outcome) { return isPlain || isInHeader }
            return isUnknown(.answer)(outcome)
        }
        let waiting = isUnknown(.awaitingAnswer)
        var checks = [
            AnswerCheck(name: "accept", isAccepted: true, isRight: isAccepted),
            AnswerCheck(name: "nobody", deed: .error(adapter.nobody)) { outcome in
                if case .rejected = outcome { true } else { false }
            },
            AnswerCheck(name: "account", deed: .error(adapter.account)) { outcome in
                if case .unavailable = outcome { return true }
                if case .rejected = outcome { return isPlain }
                return false
            },
            AnswerCheck(name: "wait", deed: .throttle(wait: 60, adapter.wait)) { outcome in
                guard case .throttled(_, let wait) = outcome, let wait else { return false }
                return (58...61).contains(wait)
            },
            AnswerCheck(name: "429", deed: .throttle(wait: 1, WaitForm.none)) { outcome in
                if case .throttled = outcome { true } else { false }
            },
            AnswerCheck(name: "503", deed: .status(503)) { !isAccepted($0) },
            AnswerCheck(name: "500", deed: .status(500), isRight: isUnknown(.answer)),
            AnswerCheck(name: "hang", deed: .hang, settings: short, isRight: waiting),
            AnswerCheck(name: "reset", deed: .resetAfterBody, isRight: waiting),
            AnswerCheck(name: "early reset", deed: .resetBeforeBody, isRight: isUnknown(.sending, .awaitingAnswer)),
            AnswerCheck(name: "close", deed: .close, isRight: waiting),
            AnswerCheck(name: "taken+hang", deed: .acceptAndHang, settings: short, isAccepted: true, isRight: waiting),
            AnswerCheck(name: "taken+reset", deed: .acceptAndReset, isAccepted: true, isRight: waiting),
            AnswerCheck(name: "taken+close", deed: .acceptAndClose, isAccepted: true, isRight: waiting),
            AnswerCheck(name: "malformed", deed: .malformed, isAccepted: true, isRight: isUnreadable),
            AnswerCheck(name: "truncated", deed: .truncated, isAccepted: true, isRight: isUnknown(.answer)),
            AnswerCheck(name: "huge", deed: .huge, isAccepted: true, isRight: isUnreadable),
            AnswerCheck(name: "html", deed: .html, isAccepted: true, isRight: isUnreadable),
            AnswerCheck(
                name: "slow", deed: .slow, settings: short, isAccepted: true,
                isRight: isUnknown(.awaitingAnswer, .answer)),
        ]
        if let optOut = adapter.optOut {
            checks.append(
                AnswerCheck(name: "opt-out", deed: .error(optOut)) { outcome in
                    guard case .rejected(_, let suppress) = outcome else { return false }
                    return suppress == .providerOptOut
                })
        }
        return checks
    }

    /// What only connections with TLS and HTTP/2 can do.
    static func ofTheWire(_ adapter: Adapter) -> [AnswerCheck] {
        // A server that takes a repeated request for one may be sent it as often as libcurl likes.
        let isRepeatable = adapter.provider == "webhook"
        func isUnseen(_ outcome: SendOutcome) -> Bool {
            isUnavailable("stream_refused")(outcome) || isRepeatable && isUnknown(.awaitingAnswer)(outcome)
        }
        let waiting = isUnknown(.awaitingAnswer)
        let untrusted = isUnavailable("tls_certificate_refused")
        return [
            AnswerCheck(name: "tls refused", deed: .tls(.refused), isRight: isUnavailable("tls_failed")),
            AnswerCheck(name: "tls cut", deed: .tls(.cut), isRight: isUnavailable("tls_failed")),
            AnswerCheck(name: "tls hang", deed: .tls(.hang), settings: short, isRight: isUnavailable("timeout")),
            AnswerCheck(name: "wrong name", deed: .tls(.wrongName), isRight: untrusted),
            AnswerCheck(name: "expired", deed: .tls(.expired), isRight: untrusted),
            AnswerCheck(name: "unknown authority", deed: .tls(.stranger), isRight: untrusted),
            AnswerCheck(
                name: "tls cut once", deed: .tls(.cut), times: 1, isRight: isUnavailable("tls_failed")),
            // With the last stream gone, libcurl 7.88 reports a lost connection: in doubt, though it need not be.
            AnswerCheck(name: "goaway before", deed: .http2(.goAwayBefore)) { isUnseen($0) || waiting($0) },
            AnswerCheck(name: "refused stream", deed: .http2(.refusedStream), isRight: isUnseen),
            AnswerCheck(
                name: "refused stream, once", deed: .http2(.refusedStream), times: 1, isAccepted: true,
                isRight: isAccepted),
            AnswerCheck(name: "goaway after", deed: .http2(.goAwayAfter), isAccepted: true, isRight: waiting),
            AnswerCheck(
                name: "goaway and answer", deed: .http2(.goAwayAndAnswer), isAccepted: true, isRight: isAccepted),
            AnswerCheck(name: "reset stream", deed: .http2(.resetStream), isRight: waiting),
            AnswerCheck(
                name: "taken+reset stream", deed: .http2(.acceptAndResetStream), isAccepted: true, isRight: waiting),
        ]
    }
}
