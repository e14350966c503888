import Channels
import Glibc
import Synchronization

/// The mail channel alone: composed messages from memory to a server, `carillon-bench smtp HOST:PORT [COUNT] [CONNECTIONS]`.
enum SMTPBench {
    static func run(_ arguments: [String]) throws -> [BenchResult] {
        guard let address = arguments.first, let colon = address.lastIndex(of: ":") else {
            return []
        }
        let count = arguments.dropFirst().first.flatMap { Int($0) } ?? 200_000
        let connections = arguments.dropFirst(2).first ?? "8"
        guard let descriptor = ChannelRegistry.descriptor(of: "smtp") else {
            return []
        }
        let channel = try descriptor.make(
            ChannelConfiguration(
                id: "bench", kind: "email", provider: "smtp", from: "Acme Shop <news@example.com>",
                settings: [
                    "host": String(address[..<colon]), "port": String(address[address.index(after: colon)...]),
                    "tls": "none", "connections": connections, "messages_per_connection": "1000000",
                ],
                baseFolder: "."))
        return [try composing(channel)] + (try sending(channel, count: count))
    }

    private static func content(_ number: Int) -> MessageContent {
        var content = MessageContent()
        content.recipient = Array("user\(number)@example.com".utf8)
        content.subject = Array("Spring sale: everything must go".utf8)
        content.text = Array(String(repeating: "Dear customer, this line has some forty-odd bytes.\n", count: 24).utf8)
        content.reference = Array("r\(number)".utf8)
        content.campaign = Array("spring-sale".utf8)
        content.unsubscribeURL = Array("https://u.example.com/o/abcdef".utf8)
        return content
    }

    private static func composing(_ channel: any Channel) throws -> BenchResult {
        let content = content(1)
        var wire: [UInt8] = []
        let rounds = 200_000
        let start = cpuSeconds()
        for _ in 0..<rounds {
            wire.removeAll(keepingCapacity: true)
            try channel.compose(content, into: &wire)
        }
        let spent = cpuSeconds() - start
        return BenchResult(
            name: "compose a mail of \(wire.count) bytes", value: spent / Double(rounds) * 1e9, unit: "ns",
            target: "≤ 2,000")
    }

    private final class Tally: Sendable {
        let reported = Atomic(0)
        let accepted = Atomic(0)
    }

    private static func sending(_ channel: any Channel, count: Int) throws -> [BenchResult] {
        var wire: [UInt8] = []
        try channel.compose(content(1), into: &wire)
        let tally = Tally()
        let session = try channel.open { reports in
            let accepted = reports.reduce(0) { total, report in
                if case .accepted = report.outcome {
                    return total + 1
                }
                return total
            }
            tally.accepted.add(accepted, ordering: .relaxed)
            tally.reported.add(reports.count, ordering: .releasing)
        }
        let startCPU = cpuSeconds()
        let start = wallSeconds()
        var submitted = 0
        while submitted < count {
            let inFlight = submitted - tally.reported.load(ordering: .acquiring)
            if inFlight > channel.capabilities.inFlight / 2 {
                usleep(200)
                continue
            }
            let batch = min(channel.capabilities.inFlight / 2, count - submitted)
            session.submit(
                (0..<batch).map {
                    ComposedMessage(
                        token: UInt64(submitted + $0), address: "user\(submitted + $0)@example.com", wire: wire)
                })
            submitted += batch
        }
        session.finish(within: 60)
        let wall = wallSeconds() - start
        let cpu = cpuSeconds() - startCPU
        let accepted = tally.accepted.load(ordering: .acquiring)
        return [
            BenchResult(
                name: "\(accepted) of \(count) mails accepted", value: Double(accepted) / wall, unit: "messages/s",
                target: "≥ 50 % of limit_smtp"),
            BenchResult(
                name: "CPU of the client", value: cpu / Double(count) * 1000, unit: "s per 1,000", target: "≤ 0.02"),
        ]
    }

    private static func wallSeconds() -> Double {
        seconds(CLOCK_MONOTONIC)
    }

    private static func cpuSeconds() -> Double {
        seconds(CLOCK_PROCESS_CPUTIME_ID)
    }

    private static func seconds(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
