import Channels
import Glibc
import RuleEngine
import Runner
import Storage
import TestKit
import Testing

/// Whole launches over the real store and the real SMTP client, against a server that misbehaves.
@Suite("Bad days")
struct BadDayTests {
    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func `whatever the server does, the books and the server agree`(seed: UInt64) throws {
        let faults: [SMTPFault] = [
            .answer(.mail, "421 4.3.2 closing"), .answer(.recipient, "450 4.2.1 later"),
            .answer(.recipient, "550 5.1.1 no such user"), .answer(.data, "451 4.3.0 busy"),
            .answer(.dot, "452 4.3.1 full"), .answer(.dot, "554 5.7.1 policy"), .answer(.dot, "421 4.3.2 closing"),
            .drop(.mail), .drop(.data), .drop(.dot), .resetInBody(after: 20), .answer(.dot, "nonsense"),
        ]
        let server = try SMTPFaultServer { message in
            // The same message number meets the same fault: a third of all.
            var chance = SeededRandom(seed: seed &* 1_000_003 &+ UInt64(message))
            return chance.next() % 3 == 0 ? faults[Int(chance.next() % UInt64(faults.count))] : .none
        }
        defer { server.stop() }
        let day = try Day(port: server.port, recipients: 300)
        let result = try day.run()
        #expect([.finished, .uncertain].contains(result.ending), "\(result.note ?? "")")
        let counts = result.status.counts
        #expect(counts.audience == 300)
        #expect(
            counts[.accepted] + counts[.rejected] + counts[.failed] + counts[.uncertain] + counts[.skipped] == 300,
            "\(counts)")
        #expect(counts[.uncertain] > 0 && counts[.rejected] > 0)
        let states = try day.states()
        for (address, state) in states {
            let received = server.accepted[address] ?? 0
            switch state {
            case .accepted: #expect(received == 1, "\(address) is accepted, the server has \(received)")
            case .uncertain: #expect(received <= 1, "\(address)")
            default: #expect(received == 0, "\(address) is \(state.name), the server has \(received)")
            }
        }
        #expect(try day.store.openReader().verify(result.status.launch, now: RunnerEnvironment.live.now()) == [])
    }

    @Test func `a server that hangs after the dot leaves uncertain rows, which are not repeated`() throws {
        let server = try SMTPFaultServer { message in message % 10 == 0 ? .hang(.dot) : .none }
        defer { server.stop() }
        let day = try Day(port: server.port, recipients: 60)
        let first = try day.run()
        #expect(first.ending == .uncertain)
        #expect(first.status.counts[.uncertain] == 6)
        #expect(first.status.counts[.accepted] == 54)
        let second = try day.run()
        #expect(second.ending == .uncertain)
        // The server had taken them; it only never said so.
        #expect(server.accepted.count == 60)
        #expect(server.accepted.values.allSatisfy { $0 == 1 })
    }

    @Test func `an address that bounced is suppressed before the next launch`() throws {
        let server = try SMTPFaultServer { message in message == 3 ? .answer(.recipient, "550 5.1.1 unknown") : .none }
        defer { server.stop() }
        let day = try Day(port: server.port, recipients: 5)
        #expect(try day.run().status.counts[.rejected] == 1)
        let second = try day.run(newLaunch: true)
        #expect(second.status.counts.skipped == ["suppressed_bounce": 1])
        #expect(second.status.counts[.accepted] == 4)
    }
}

/// A data folder with people in it, and an SMTP channel.
private struct Day {
    let folder: DataFolder
    let store: SQLiteStore
    let channel: any Channel

    init(port: Int, recipients: Int) throws {
        folder = try DataFolder()
        store = try SQLiteStore(folder: folder.path)
        let connection = try store.connect()
        let key = store.key
        try connection.transaction { () throws(StoreError) in
            for number in 1...recipients {
                let address = "user\(number)@example.com"
                try connection.execute(
                    "INSERT INTO contact (id, external_id, language, created_at, updated_at)"
                        + " VALUES (\(number), 'c\(number)', 'en', 0, 0)")
                let identity = try connection.prepare(
                    "INSERT INTO identity (contact, kind, address, address_key) VALUES (?, 'email', ?, ?)")
                identity.bind(1, Int64(number))
                identity.bind(2, address)
                identity.bindBlob(3, key.addressKey(kind: "email", address: address))
                try identity.run()
                try connection.execute(
                    "INSERT INTO consent (contact, channel, purpose, level, given_at, source)"
                        + " VALUES (\(number), 'email', 'marketing', 2, 1, 'form')")
            }
        }
        let descriptor = try #require(ChannelRegistry.descriptor(of: "smtp"))
        channel = try descriptor.make(
            ChannelConfiguration(
                id: "mail", kind: "email", provider: "smtp", from: "Shop <news@shop.example>",
                settings: [
                    "host": "127.0.0.1", "port": String(port), "tls": "none", "connections": "3",
                    "answer_timeout": "1",
                ], baseFolder: "/"))
    }

    func run(newLaunch: Bool = false) throws -> LaunchResult {
        var options = Launcher.Options()
        options.retry = RetryPolicy(delays: Array(repeating: 0, count: 8), unreachableAfter: 600)
        options.newLaunch = newLaunch
        var environment = RunnerEnvironment.live
        // The shortest waits that jitter allows.
        environment.random = { 0 }
        return try Launcher(
            program: TestProgram.make(), store: store, channels: [channel], environment: environment, options: options
        ).run(stop: StopSignal(), progress: { _ in })
    }

    /// Address → state in the latest launch.
    func states() throws -> [String: DeliveryState] {
        let reader = try store.openReader()
        let launch = try #require(try reader.latestLaunch(of: "news"))
        var states: [String: DeliveryState] = [:]
        try reader.forEachDelivery(of: launch.id, state: nil) { record in
            states[record.address.isEmpty ? "user\(record.contact.rawValue)@example.com" : record.address] =
                record.state
            return true
        }
        return states
    }
}
