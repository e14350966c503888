import Synchronization

/// Sends composed messages in the requests that a provider makes of them, and tells what the answers mean.
final class HTTPProviderSession: ChannelSession {
    /// Shared with the transport's thread.
    private final class Requests: Sendable {
        private struct State {
            var transport: HTTPTransport?
            var open: [UInt64: [ComposedMessage]] = [:]
            var next: UInt64 = 0
        }

        let provider: any HTTPProvider
        private let state = Mutex(State())

        init(_ provider: any HTTPProvider) {
            self.provider = provider
        }

        func begin(_ transport: HTTPTransport) {
            state.withLock { $0.transport = transport }
        }

        func end() {
            let transport = state.withLock { state in
                let transport = state.transport
                state.transport = nil
                return transport
            }
            _ = transport
        }

        /// Returns what can't be sent: a file that messages carry was there when they were composed, and is no more.
        func send(_ batches: [[ComposedMessage]]) -> [SendReport] {
            var requests: [HTTPRequest] = []
            var sent: [[ComposedMessage]] = []
            var refused: [SendReport] = []
            for batch in batches {
                do throws(ComposeError) {
                    requests.append(try provider.request(batch))
                    sent.append(batch)
                } catch {
                    refused += batch.map {
                        SendReport(token: $0.token, outcome: .rejected(code: "file_changed", suppress: nil))
                    }
                }
            }
            let transport = state.withLock { state in
                for index in sent.indices {
                    requests[index].token = state.next
                    state.open[state.next] = sent[index]
                    state.next += 1
                }
                return state.transport
            }
            transport?.submit(requests)
            return refused
        }

        func take(_ token: UInt64) -> [ComposedMessage] {
            state.withLock { $0.open.removeValue(forKey: token) ?? [] }
        }
    }

    private let transport: HTTPTransport
    private let requests: Requests
    private let report: @Sendable ([SendReport]) -> Void

    init(
        _ provider: any HTTPProvider,
        _ account: HTTPAccount,
        now: @escaping @Sendable () -> Int,
        report: @escaping @Sendable ([SendReport]) -> Void
    ) throws(ChannelSetupError) {
        let requests = Requests(provider)
        self.requests = requests
        self.report = report
        transport = try HTTPTransport(account) { results in
            var reports: [SendReport] = []
            var again: [[ComposedMessage]] = []
            for result in results {
                let batch = requests.take(result.token)
                HTTPProviderSession.settle(
                    HTTPProviderSession.verdict(requests.provider, result.result, batch, now()),
                    batch,
                    into: &reports,
                    again: &again
                )
            }
            if !again.isEmpty { reports += requests.send(again) }
            if !reports.isEmpty { report(reports) }
        }
        requests.begin(transport)
    }

    func submit(_ messages: [ComposedMessage]) {
        let refused = requests.send(requests.provider.batches(messages))
        if !refused.isEmpty { report(refused) }
    }

    func finish(within seconds: Double) {
        transport.finish(within: seconds)
        requests.end()
    }

    private static func verdict(
        _ provider: any HTTPProvider,
        _ result: HTTPResult,
        _ batch: [ComposedMessage],
        _ now: Int
    ) -> HTTPVerdict {
        switch result {
        case .notSent(let code): .all(.unavailable(code: code))
        case .lost(let phase, let detail): .all(.outcomeUnknown(phase: phase, detail: detail))
        case .answered(let answer): provider.verdict(answer, on: batch, now: now)
        }
    }

    private static func settle(
        _ verdict: HTTPVerdict,
        _ batch: [ComposedMessage],
        into reports: inout [SendReport],
        again: inout [[ComposedMessage]]
    ) {
        switch verdict {
        case .all(let outcome):
            for message in batch { reports.append(SendReport(token: message.token, outcome: outcome)) }
        case .each(let outcomes):
            for (index, message) in batch.enumerated() {
                // An answer with too few entries leaves the rest in doubt.
                let outcome =
                    index < outcomes.count
                    ? outcomes[index] : .outcomeUnknown(phase: .answer, detail: "missing_in_answer")
                reports.append(SendReport(token: message.token, outcome: outcome))
            }
        case .without(let faulty):
            var rest: [ComposedMessage] = []
            for (index, message) in batch.enumerated() {
                if let outcome = faulty[index] {
                    reports.append(SendReport(token: message.token, outcome: outcome))
                } else {
                    rest.append(message)
                }
            }
            // Each round settles a message, or it would never end.
            if rest.count == batch.count {
                for message in rest {
                    reports.append(
                        SendReport(token: message.token, outcome: .unavailable(code: "nobody_named_in_answer"))
                    )
                }
            } else if !rest.isEmpty {
                again.append(rest)
            }
        case .bisect(let outcome):
            guard batch.count > 1 else {
                for message in batch { reports.append(SendReport(token: message.token, outcome: outcome)) }
                return
            }
            again.append(Array(batch[..<(batch.count / 2)]))
            again.append(Array(batch[(batch.count / 2)...]))
        }
    }
}
