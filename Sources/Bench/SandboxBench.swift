import Channels
import Glibc
import Synchronization

/// HTTP providers over our session to `carillon sandbox`: `carillon-bench sandbox http://127.0.0.1:8090 [COUNT] [FILE]`.
/// Writes the body of one request into FILE, so that another client can be measured with the same.
enum SandboxBench {
    static func run(_ arguments: [String]) throws -> [BenchResult] {
        guard let address = arguments.first, address.hasPrefix("http://") else { return [] }
        let sandbox = try SandboxAddress(address)
        let count = arguments.dropFirst().first.flatMap { Int($0) } ?? 60_000
        let single = try channel("twilio", "sms", from: "+14155550100", sandbox)
        let batch = try channel("sendgrid", "email", from: "Acme <news@acme.example>", sandbox)
        if let path = arguments.dropFirst(2).first {
            var wire: [UInt8] = []
            try single.compose(content("+491511234567", 1), into: &wire)
            guard let file = fopen(path, "w") else { throw ChannelSetupError(message: "can't write \(path)") }
            fwrite(wire, 1, wire.count, file)
            fclose(file)
        }
        return [
            try measure(single, count: count, name: "single requests", unit: "requests/s", target: "≥ 60 % of h2load") {
                "+49151\(10_000_000 + $0)"
            },
            try measure(batch, count: count * 5, name: "batches of 1,000", unit: "recipients/s", target: "≥ 60,000") {
                "person\($0)@example.com"
            },
        ]
    }

    private static func channel(
        _ provider: String, _ kind: String, from: String, _ sandbox: SandboxAddress
    ) throws -> any Channel {
        guard let descriptor = ChannelRegistry.descriptor(of: provider) else {
            throw ChannelSetupError(message: "there is no provider `\(provider)`")
        }
        return try descriptor.make(
            sandbox.channel(
                ChannelConfiguration(
                    id: "bench", kind: kind, provider: provider, from: from, settings: ["connections": "32"],
                    baseFolder: ".")))
    }

    private static func content(_ person: String, _ number: Int) -> MessageContent {
        var content = MessageContent()
        content.recipient = Array(person.utf8)
        content.subject = Array("Spring sale: everything must go".utf8)
        content.text = Array("Acme: everything that grows is 15% off for two weeks. acme.example/spring".utf8)
        content.reference = Array("r\(number)".utf8)
        content.campaign = Array("spring-sale".utf8)
        return content
    }

    private final class Tally: Sendable {
        let reported = Atomic(0)
        let accepted = Atomic(0)
    }

    /// Messages are composed before the clock starts: what is measured is the session, the transport and the server.
    private static func measure(
        _ channel: any Channel, count: Int, name: String, unit: String, target: String, person: (Int) -> String
    ) throws -> BenchResult {
        var messages: [ComposedMessage] = []
        messages.reserveCapacity(count)
        for number in 0..<count {
            let person = person(number)
            var wire: [UInt8] = []
            try channel.compose(content(person, number), into: &wire)
            messages.append(ComposedMessage(token: UInt64(number), address: person, wire: wire))
        }
        let tally = Tally()
        let session = try channel.open { reports in
            let accepted = reports.reduce(0) { total, report in
                if case .accepted = report.outcome { total + 1 } else { total }
            }
            tally.accepted.add(accepted, ordering: .relaxed)
            tally.reported.add(reports.count, ordering: .releasing)
        }
        let start = seconds()
        var submitted = 0
        let window = channel.capabilities.inFlight
        while submitted < count {
            let room = window - (submitted - tally.reported.load(ordering: .acquiring))
            // Waves as the launch makes them: batches go out whole.
            guard room >= max(1, min(channel.capabilities.batchSize, count - submitted)) else {
                usleep(200)
                continue
            }
            let wave = min(room, count - submitted)
            session.submit(Array(messages[submitted..<(submitted + wave)]))
            submitted += wave
        }
        session.finish(within: 120)
        let wall = seconds() - start
        let accepted = tally.accepted.load(ordering: .acquiring)
        return BenchResult(
            name: "\(accepted) of \(count) accepted in \(name)", value: Double(accepted) / wall, unit: unit,
            target: target)
    }

    private static func seconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
