package import Channels
package import RuleEngine
import Synchronization

/// Makes the calls of journeys by the guarded client: signed where the endpoint has a secret, never redirected, and
/// never to an address that is not public.
package final class EgressCalls: CallMaking {
    private struct State {
        var answers: [CallAnswer] = []
        var wake: (@Sendable () -> Void)?
    }

    private let egress: GuardedEgress
    /// For endpoints that somebody has named as his own.
    private let near: GuardedEgress?
    private let isNear: @Sendable (_ endpoint: String) -> Bool
    private let base: @Sendable (_ endpoint: String) -> String?
    private let secret: @Sendable (_ name: String) -> Secret?
    private let fault: @Sendable (EndpointCall) -> String?
    private let now: @Sendable () -> Int
    private let state = Mutex(State())

    /// As the environment says.
    ///
    /// - Parameter policy: how long a call may take, and whose certificates are trusted.
    package init(
        _ settings: EndpointSettings, policy: GuardedEgress.Policy = GuardedEgress.Policy(),
        now: @escaping @Sendable () -> Int
    ) {
        var open = policy
        open.allowsPrivate = true
        egress = GuardedEgress(policy)
        near = GuardedEgress(open)
        isNear = { settings.isPrivate($0) }
        base = { settings.address(of: $0) }
        secret = { settings.secret(named: $0) }
        fault = { settings.fault(of: $0)?.message }
        self.now = now
    }

    /// - Parameters:
    ///   - base: where an endpoint is: `https://crm.example/api`. Its place is configuration, not part of a file.
    ///   - now: seconds since 1970.
    package init(
        _ egress: GuardedEgress, base: @escaping @Sendable (_ endpoint: String) -> String?,
        secret: @escaping @Sendable (_ name: String) -> Secret?, now: @escaping @Sendable () -> Int
    ) {
        self.egress = egress
        near = nil
        isNear = { _ in false }
        self.base = base
        self.secret = secret
        fault = { _ in nil }
        self.now = now
    }

    package func obstacle(to call: EndpointCall) -> String? {
        fault(call)
    }

    package func make(_ calls: [PreparedCall]) {
        for call in calls {
            switch prepare(call) {
            case .success(let prepared):
                let client = isNear(call.endpoint.endpoint) ? near ?? egress : egress
                client.begin(prepared) { [self] outcome in tell(Self.answer(call.id, outcome)) }
            case .failure(let fault):
                tell(CallAnswer(id: call.id, isSuccess: false, answer: fault.reason, isRetriable: false))
            }
        }
    }

    package func takeAnswers() -> [CallAnswer] {
        state.withLock { state in
            defer { state.answers.removeAll() }
            return state.answers
        }
    }

    package func onAnswer(_ wake: @escaping @Sendable () -> Void) {
        state.withLock { $0.wake = wake }
    }

    package func finish(within seconds: Double) {
        egress.finish(within: seconds)
        near?.finish(within: seconds)
    }

    private func tell(_ answer: CallAnswer) {
        let wake = state.withLock { state in
            state.answers.append(answer)
            return state.wake
        }
        wake?()
    }

    private struct Fault: Error {
        let reason: String
    }

    private func prepare(_ call: PreparedCall) -> Result<EgressCall, Fault> {
        let endpoint = call.endpoint
        guard var base = base(endpoint.endpoint) else { return .failure(Fault(reason: "no_address")) }
        while base.hasSuffix("/") { base.removeLast() }
        let body = CallBody.json(call.body)
        var signature: EgressSignature?
        if let name = endpoint.secret {
            // Without its signature the receiver could not tell us from anybody else.
            guard let text = secret(name)?.exposed, let key = WebhookSecret(text) else {
                return .failure(Fault(reason: "no_secret"))
            }
            signature = EgressSignature(secret: key, id: call.idempotencyKey, timestamp: now())
        }
        let path = endpoint.path.hasPrefix("/") ? endpoint.path : "/" + endpoint.path
        let method = EgressCall.Method(endpoint.method, body: body)
        return .success(
            EgressCall(
                method, base + path, headers: [("Idempotency-Key", call.idempotencyKey)], signature: signature))
    }

    private static func answer(_ id: Int64, _ outcome: EgressOutcome) -> CallAnswer {
        switch outcome {
        case .answered(let answer):
            // Too early, too fast, and servers that failed: the same key makes another attempt harmless.
            let isRetriable = answer.status >= 500 || [408, 409, 425, 429].contains(answer.status)
            return CallAnswer(
                id: id, isSuccess: answer.isSuccess, answer: "\(answer.status)",
                isRetriable: !answer.isSuccess && isRetriable, retryAfter: answer.retryAfter)
        case .refused(let code, _): return CallAnswer(id: id, isSuccess: false, answer: code, isRetriable: false)
        case .notSent(let code):
            return CallAnswer(id: id, isSuccess: false, answer: code, isRetriable: code != "address_refused")
        case .lost(_, let code): return CallAnswer(id: id, isSuccess: false, answer: code, isRetriable: true)
        }
    }
}
