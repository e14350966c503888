import Channels
import Glibc
import RuleEngine
import Runner
import Storage
import Synchronization

/// What providers send back: `carillon-bench webhooks` checks and stores in this process;
/// `carillon-bench webhooks http://127.0.0.1:PORT CHANNEL COUNT` posts to `carillon serve --sandbox`.
enum WebhookBench {
    private static let provider = "webhook"

    static func run(_ arguments: [String]) throws -> [BenchResult] {
        if let base = arguments.first, base.hasPrefix("http://"), arguments.count >= 3, let count = Int(arguments[2]) {
            let line = try Line(base, channel: arguments[1])
            return [
                try line.flood(count: count)
            ] + (try line.pace(perSecond: 2000, seconds: 10))
        }
        return [try signatures()] + (try inTemporaryFolder { [try stored(folder: $0, count: 100_000)] })
    }

    // MARK: - In this process

    /// The signature of a request with a body of 2 KB.
    private static func signatures() throws -> BenchResult {
        guard let receiver = WebhookRegistry.receiver(for: provider, SandboxAccount.receiving(provider)) else {
            return BenchResult(name: "no receiver", value: 0, unit: "", target: "")
        }
        let now = Int(time(nil))
        let request = try request(1, now: now, size: 2048)
        let context = WebhookContext(now: now)
        let count = 50_000
        var taken = 0
        let start = seconds()
        for _ in 0..<count where receiver.verify(request, context) == .genuine { taken += 1 }
        let each = (seconds() - start) / Double(count) * 1e6
        return BenchResult(
            name: "\(taken) of \(count) signatures over 2 KB", value: each, unit: "us each", target: "≤ 20")
    }

    /// In the groups that a server makes of what arrives side by side, with a commit and a sync for each.
    private static func stored(folder: String, count: Int) throws -> BenchResult {
        let store = try SQLiteStore(folder: folder)
        let inbox = try store.openInbox()
        let environment = RunnerEnvironment(
            now: { Timestamp(microseconds: Int64(time(nil)) * 1_000_000) }, monotonic: { 0 }, random: { 0 })
        let desk = WebhookDesk(key: store.key, environment: environment)
        guard
            let endpoint = WebhookDesk.Endpoint(
                channel: "mail", kind: "email", provider: provider, url: "https://a.example/webhooks/mail",
                settings: SandboxAccount.receiving(provider))
        else { return BenchResult(name: "no endpoint", value: 0, unit: "", target: "") }
        let now = Int(time(nil))
        let requests = try (0..<count).map { try request($0, now: now, size: 0) }
        var taken = 0
        let start = seconds()
        for group in stride(from: 0, to: count, by: 500) {
            let calls = requests[group..<min(group + 500, count)].map { (request: $0, endpoint: endpoint) }
            taken += try desk.take(calls, into: inbox).filter { $0 == .stored }.count
        }
        let wall = seconds() - start
        return BenchResult(
            name: "\(taken) of \(count) events verified and stored by 500", value: Double(taken) / wall,
            unit: "events/s", target: "≥ 10,000")
    }

    private static func request(_ number: Int, now: Int, size: Int) throws -> WebhookRequest {
        let post = try Line.post(number, now: now, size: size, target: "/webhooks/mail")
        var headers: [String: String] = [:]
        for header in post.headers {
            let parts = header.split(separator: ":", maxSplits: 1)
            headers[parts[0].lowercased()] = parts.count > 1 ? String(parts[1].drop { $0 == " " }) : ""
        }
        return WebhookRequest(
            method: "POST", url: "https://a.example/webhooks/mail", headers: headers, body: post.body)
    }

    static func seconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    // MARK: - Over HTTP

    /// Posts signed events, and notes when each was answered.
    private struct Line {
        private final class Ends: Sendable {
            let times: Mutex<[Double]>
            let refused = Atomic(0)
            let reported = Atomic(0)

            init(_ count: Int) {
                times = Mutex([Double](repeating: 0, count: count))
            }
        }

        private let base: String
        private let target: String

        init(_ base: String, channel: String) throws {
            self.base = base
            target = "/webhooks/" + channel
        }

        static func post(_ number: Int, now: Int, size: Int, target: String) throws -> CallbackLine.Post {
            guard let secret = WebhookSecret(SandboxAccount.webhookSecret) else {
                throw ChannelSetupError(message: "the sandbox's secret can't be read")
            }
            let padding = size > 200 ? ",\"text\":\"" + String(repeating: "x", count: size - 200) + "\"" : ""
            let body = Array(
                ("{\"type\":\"message.delivered\",\"timestamp\":\"2026-01-05T10:00:00Z\",\"data\":{\"message_id\":\"id-\(number)\","
                    + "\"to\":\"person\(number)@example.com\"\(padding)}}").utf8)
            let id = "evt_\(now)_\(number)"
            return CallbackLine.Post(
                token: UInt64(number), target: target,
                headers: [
                    "Content-Type: application/json", "webhook-id: \(id)", "webhook-timestamp: \(now)",
                    "webhook-signature: \(secret.signature(id: id, timestamp: now, body: body))",
                ], body: body)
        }

        /// As fast as 64 connections go.
        func flood(count: Int) throws -> BenchResult {
            let now = Int(time(nil))
            let posts = try (0..<count).map { try Line.post($0, now: now, size: 0, target: target) }
            let ends = Ends(count)
            let line = try open(ends)
            let start = WebhookBench.seconds()
            var sent = 0
            while sent < count {
                let room = 256 - (sent - ends.reported.load(ordering: .acquiring))
                guard room > 0 else {
                    usleep(100)
                    continue
                }
                let wave = min(room, count - sent)
                line.send(Array(posts[sent..<(sent + wave)]))
                sent += wave
            }
            line.finish(within: 60)
            let wall = WebhookBench.seconds() - start
            let refused = ends.refused.load(ordering: .acquiring)
            return BenchResult(
                name: "\(count - refused) of \(count) events verified and durable over HTTP",
                value: Double(count - refused) / wall, unit: "events/s", target: "≥ 10,000")
        }

        /// At a steady rate: how long does a provider wait for its 200?
        func pace(perSecond: Int, seconds: Int) throws -> [BenchResult] {
            let count = perSecond * seconds
            let now = Int(time(nil)) + 1
            let posts = try (0..<count).map { try Line.post($0, now: now, size: 0, target: target) }
            let ends = Ends(count)
            let line = try open(ends)
            var begins = [Double](repeating: 0, count: count)
            let start = WebhookBench.seconds()
            for number in 0..<count {
                let due = start + Double(number) / Double(perSecond)
                let early = due - WebhookBench.seconds()
                if early > 0 { usleep(UInt32(early * 1e6)) }
                begins[number] = WebhookBench.seconds()
                line.send([posts[number]])
            }
            line.finish(within: 30)
            let times = ends.times.withLock { $0 }
            let waits = zip(begins, times).map { ($1 - $0) * 1000 }.sorted()
            return [
                BenchResult(name: "median wait at \(perSecond)/s", value: waits[count / 2], unit: "ms", target: ""),
                BenchResult(
                    name: "p99 of the wait at \(perSecond)/s", value: waits[count * 99 / 100], unit: "ms",
                    target: "≤ 50"),
            ]
        }

        private func open(_ ends: Ends) throws -> CallbackLine {
            try CallbackLine(to: base, connections: 64) { reports in
                let now = WebhookBench.seconds()
                ends.times.withLock { times in
                    for report in reports { times[Int(report.token)] = now }
                }
                let refused = reports.filter { $0.status != 200 }.count
                ends.refused.add(refused, ordering: .relaxed)
                ends.reported.add(reports.count, ordering: .releasing)
            }
        }
    }
}
