import Synchronization

/// The rules that are in force, and how often each has been asked.
final class FaultSchedule: Sendable {
    private struct State {
        var rules: [FaultRule]
        var asked: [Int]
        var done: [Int]
    }

    private let state: Mutex<State>
    private let seed: UInt64

    init(_ rules: [FaultRule], seed: UInt64) {
        self.seed = seed
        state = Mutex(State(rules: rules, asked: rules.map { _ in 0 }, done: rules.map { _ in 0 }))
    }

    func replace(_ rules: [FaultRule]) {
        state.withLock { $0 = State(rules: rules, asked: rules.map { _ in 0 }, done: rules.map { _ in 0 }) }
    }

    /// What happens before the body was read: only rules that don't ask for whom a message is.
    func beforeBody(_ provider: String, _ channel: String) -> FaultDeed? {
        first { rule in
            rule.deed == .resetBeforeBody && rule.to == nil && Self.fits(rule, provider, channel)
        }
    }

    /// What happens to a connection that begins with TLS.
    func handshake() -> TLSFault? {
        let deed = first { if case .tls = $0.deed { true } else { false } }
        return if case .tls(let fault) = deed { fault } else { nil }
    }

    /// What happens to a request for these people.
    func fault(_ provider: String, _ channel: String, to people: [String], overHTTP2 isHTTP2: Bool) -> FaultDeed? {
        first { rule in
            switch rule.deed {
            case .tls: return false
            case .http2 where !isHTTP2: return false
            case .resetBeforeBody where rule.to == nil: return false
            default: break
            }
            return Self.fits(rule, provider, channel) && (rule.to.map(people.contains) ?? true)
        }
    }

    private static func fits(_ rule: FaultRule, _ provider: String, _ channel: String) -> Bool {
        (rule.provider ?? provider) == provider && (rule.channel ?? channel) == channel
    }

    private func first(_ fits: (FaultRule) -> Bool) -> FaultDeed? {
        state.withLock { state in
            for index in state.rules.indices where fits(state.rules[index]) {
                let rule = state.rules[index]
                let number = state.asked[index]
                state.asked[index] += 1
                guard number >= rule.after, rule.times.map({ state.done[index] < $0 }) ?? true else { continue }
                let chance = MessageNumber(seed: seed, number: UInt64(number)).chance(1000 + UInt64(index))
                guard chance < rule.share else { continue }
                state.done[index] += 1
                return rule.deed
            }
            return nil
        }
    }
}
