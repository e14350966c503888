import Synchronization

/// What must be fetched before a provider's request can be believed or answered: certificates of signatures, and
/// confirmations of subscriptions. Receivers name the addresses and check whose they are; the guarded client calls them.
package final class ProviderErrands: Sendable {
    package enum Errand: Hashable, Sendable {
        case certificate(url: String)
        case confirmation(url: String)

        fileprivate var url: String {
            switch self {
            case .certificate(let url), .confirmation(let url): url
            }
        }
    }

    package enum Result: Sendable, Equatable {
        case done
        case failed(code: String)
    }

    private struct State {
        var certificates: [String: [UInt8]] = [:]
        var confirmed: Set<String> = []
        var underWay: Set<Errand> = []
        /// By the monotonic clock. A provider repeats its request every second or so while it gets no 200.
        var failedAt: [Errand: UInt64] = [:]
    }

    private static let pause = MonotonicClock.span(5)
    /// Far more than one account has; a flood of addresses pushes the old ones out.
    private static let mostKept = 64

    private let egress: GuardedEgress
    private let state = Mutex(State())

    package init(_ egress: GuardedEgress) {
        self.egress = egress
    }

    /// What a receiver can be told now.
    package func context(now: Int) -> WebhookContext {
        state.withLock { WebhookContext(now: now, certificates: $0.certificates, confirmed: $0.confirmed) }
    }

    /// Sees to it in the background, once at a time. The provider is answered that it should come again.
    package func begin(_ errand: Errand) {
        let isNew = state.withLock { state in
            if let failedAt = state.failedAt[errand], MonotonicClock.now &- failedAt < Self.pause { return false }
            guard state.underWay.count < Self.mostKept else { return false }
            return state.underWay.insert(errand).inserted
        }
        guard isNew else { return }
        egress.begin(EgressCall(.get, errand.url)) { [self] outcome in _ = keep(errand, outcome) }
    }

    /// Sees to it and waits for the end.
    package func carryOut(_ errand: Errand) -> Result {
        keep(errand, egress.get(errand.url))
    }

    private func keep(_ errand: Errand, _ outcome: EgressOutcome) -> Result {
        let result = Self.result(errand, outcome)
        state.withLock { state in
            state.underWay.remove(errand)
            guard result == .done else {
                if state.failedAt.count >= Self.mostKept { state.failedAt.removeAll() }
                state.failedAt[errand] = MonotonicClock.now
                return
            }
            state.failedAt[errand] = nil
            switch errand {
            case .certificate(let url):
                if state.certificates.count >= Self.mostKept { state.certificates.removeAll() }
                if case .answered(let answer) = outcome { state.certificates[url] = answer.body }
            case .confirmation(let url):
                if state.confirmed.count >= Self.mostKept { state.confirmed.removeAll() }
                state.confirmed.insert(url)
            }
        }
        return result
    }

    private static func result(_ errand: Errand, _ outcome: EgressOutcome) -> Result {
        guard case .answered(let answer) = outcome, answer.isSuccess else { return .failed(code: outcome.code) }
        guard case .certificate = errand else { return .done }
        // Kept only if it is one: a captive portal's page would stand in the way of the certificate for good.
        guard !answer.isCut, CertificateReader(pem: answer.body) != nil else { return .failed(code: "no_certificate") }
        return .done
    }
}
