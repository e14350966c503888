import RuleEngine
import Runner
import Testing

/// Which figure is well and which isn't: each with what to do.
@Suite struct HealthCheckTests {
    private static let now = Timestamp(microseconds: 1_800_000_000_000_000)
    private let check = HealthCheck(now: HealthCheckTests.now)

    private static func facts(_ change: (inout StoreFacts) -> Void = { _ in }) -> StoreFacts {
        var facts = StoreFacts(version: 15, newestVersion: 15, hasItsKey: true, isCopy: false, isSandbox: false)
        facts.faults = []
        facts.freeBytes = 50 << 30
        facts.diskBytes = 100 << 30
        facts.backedUpAt = now.adding(seconds: -3600)
        change(&facts)
        return facts
    }

    private func level(_ name: String, _ facts: StoreFacts, runner: String? = "process 7") -> HealthFinding.Level? {
        check.store(facts, runner: runner).first { $0.check == name }?.level
    }

    @Test func `where all is well nothing needs help`() {
        let findings = check.store(Self.facts(), runner: "process 7")
        #expect(findings.allSatisfy { $0.level == .ok && $0.help == nil }, "\(findings)")
        #expect(
            findings.map(\.check) == [
                "database", "tables", "disk", "clock", "copy", "runner", "work", "leases", "backup",
            ])
    }

    struct Bound: Sendable {
        let check: String
        let level: HealthFinding.Level
        let change: @Sendable (inout StoreFacts) -> Void

        init(
            _ check: String, _ level: HealthFinding.Level, _ change: @escaping @Sendable (inout StoreFacts) -> Void
        ) {
            self.check = check
            self.level = level
            self.change = change
        }
    }

    private static func ago(_ seconds: Double) -> Timestamp { now.adding(seconds: -seconds) }

    private static let bounds = [
        Bound("database", .failure) { $0.faults = ["row 3 missing from index"] },
        Bound("database", .failure) { $0.hasItsKey = false },
        Bound("database", .warning) { $0.logBytes = 300 << 20 },
        Bound("tables", .failure) { $0.version = 16 },
        Bound("tables", .warning) { $0.version = 14 },
        Bound("disk", .failure) { $0.freeBytes = 100 << 20 },
        Bound("disk", .warning) { $0.freeBytes = 900 << 20 },
        Bound("disk", .warning) { $0.databaseBytes = 200 << 30 },
        Bound("clock", .failure) { $0.newestInstant = ago(-301) },
        Bound("clock", .ok) { $0.newestInstant = ago(-299) },
        Bound("copy", .failure) { $0.isCopy = true },
        Bound("work", .ok) { $0.dueRuns = .init(count: 3, oldest: ago(60)) },
        Bound("work", .warning) { $0.dueRuns = .init(count: 3, oldest: ago(61)) },
        Bound("work", .failure) { $0.causes = .init(count: 3, oldest: ago(901)) },
        Bound("leases", .failure) { $0.stuck = 1 },
        Bound("leases", .warning) { $0.uncertain = 1 },
        Bound("webhooks", .ok) { $0.unreadWebhooks = .init(count: 1, oldest: ago(0)) },
        Bound("webhooks", .failure) { $0.unreadWebhooks = .init(count: 1, oldest: ago(301)) },
        Bound("backup", .warning) { $0.backedUpAt = nil },
        Bound("backup", .warning) { $0.backedUpAt = ago(172_801) },
    ]

    @Test func `each figure has its bound`() {
        for bound in Self.bounds {
            let findings = check.store(Self.facts(bound.change), runner: nil)
            let found = findings.first { $0.check == bound.check }
            #expect(found?.level == bound.level, "\(bound.check): \(String(describing: found))")
            for finding in findings where finding.level != .ok { #expect(finding.help != nil) }
        }
    }

    @Test func `nobody who sends is a fault only where something is under way`() {
        #expect(level("runner", Self.facts(), runner: nil) == .ok)
        #expect(level("runner", Self.facts { $0.live = 2 }, runner: nil) == .failure)
        #expect(level("runner", Self.facts { $0.live = 2 }) == .ok)
    }

    @Test func `a clock from before the program, old zones and open files are told`() {
        let early = HealthCheck(now: Timestamp(microseconds: 0)).store(Self.facts(), runner: nil)
        #expect(early.first { $0.check == "clock" }?.level == .failure)
        let late = HealthCheck(now: Timestamp(microseconds: 1_830_000_000_000_000)).clock(Self.facts())
        #expect(late.level == .warning)
        #expect(check.zones(release: "2024a").level == .warning)
        #expect(check.zones(release: "2026f").level == .ok)
        #expect(check.secrecy("/k", mode: 0o600) == nil && check.secrecy("/k", mode: 0o700) == nil)
        #expect(check.secrecy("/k", mode: 0o640)?.help == "chmod go= /k")
    }

    @Test func `a channel is judged by its secret, its account and what came back`() {
        var record = ChannelRecord()
        #expect(check.channel("a", nil, missing: "sms", isHeardOf: true).level == .failure)
        #expect(check.channel("a", nil, missing: nil, isHeardOf: true).level == .ok)
        record.acceptedAt = Self.now.adding(seconds: -3601)
        #expect(check.channel("a", record, missing: nil, isHeardOf: false).level == .ok)
        #expect(check.channel("a", record, missing: nil, isHeardOf: true).level == .warning)
        record.heardAt = Self.now.adding(seconds: -3600)
        #expect(check.channel("a", record, missing: nil, isHeardOf: true).level == .ok)
        record.unreadable = 2
        #expect(check.channel("a", record, missing: nil, isHeardOf: true).level == .warning)
        record.trouble = AccountTrouble(
            since: Self.now.adding(seconds: -60), until: Self.now.adding(seconds: 60), failures: 10, code: "503")
        #expect(check.channel("a", record, missing: nil, isHeardOf: true).level == .failure)
    }
}
