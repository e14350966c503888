import Channels
import Glibc
import RuleEngine
import Storage
import TestKit
import Testing

@testable import Runner

/// For everybody who was skipped: what `why` names is what it takes, and no more than was put in the way.
@Suite("Smallest change")
struct SmallestChangeTests {
    /// How many people are written to; `CARILLON_PEOPLE` asks for more.
    private static let people = getenv("CARILLON_PEOPLE").flatMap { Int(String(cString: $0)) } ?? 600

    private static func campaign(_ more: String) -> String {
        "audience: {where: ['contact.country == \"DE\"']}\nvia: [mail]\nsend: hello\n" + more
    }

    @Test func `for every skip, applying what is named has it sent`() throws {
        var random = SeededRandom(seed: 20_270_318)
        let day = try CampaignDay(
            Self.campaign("holdout: 10%"), people: Self.people, channels: [FakeChannel()])
        var faults: [Int: Set<String>] = [:]
        try day.connection.transaction { () throws(StoreError) in
            for contact in 1...Self.people {
                for fault in Self.faults where random.below(12) == 0 {
                    faults[contact, default: []].insert(fault.kind)
                    try day.connection.execute(fault.sql(contact))
                }
            }
        }
        try day.run()
        let reader = WhyReader(
            program: day.program, sources: day.sources, store: day.store, environment: day.clock.environment,
            showsPersonal: true)
        var skipped = 0
        var named: Set<String> = []
        for row in try day.rows() where row.state != .accepted {
            let report = try #require(try reader.why(row.externalID))
            let remedies = try #require(report.wouldSendIf, "\(row.externalID): \(row.reason ?? "")")
            #expect(!remedies.isEmpty, "\(row.externalID): \(row.reason ?? "")")
            skipped += 1
            var kinds: Set<String> = []
            for remedy in remedies {
                let kind = Self.kind(of: remedy)
                kinds.insert(kind)
                if let sql = Self.sql(for: remedy, Int(row.contact.rawValue)) { try day.connection.execute(sql) }
            }
            named.formUnion(kinds)
            #expect(remedies.count == kinds.count)
            // Exactly what was put in the way. Who has no address has none that could be on a list.
            var expected = faults[Int(row.contact.rawValue)] ?? []
            if expected.contains("address") { expected.subtract(["suppression", "form"]) }
            #expect(kinds.subtracting(["holdout"]) == expected, "\(row.externalID): \(remedies)")
        }
        #expect(skipped > Self.people / 4)
        #expect(
            named == [
                "address", "form", "dnc", "suppression", "channel", "consent", "topic", "holdout",
            ])
        // As everything that changes permissions does.
        try day.connection.execute("UPDATE meta SET value = value + 1 WHERE key = 'suppression_epoch'")
        try day.change(Self.campaign(""))
        let result = try day.launcher { $0.newLaunch = true }.run(stop: StopSignal(), progress: { _ in })
        #expect(result.ending == .finished)
        let left = try day.rows().filter { $0.state != .accepted }
        #expect(left.isEmpty, "\(left.prefix(3).map { "\($0.externalID) \($0.reason ?? "")" })")
        #expect(try day.rows().count == Self.people)
    }

    private struct Fault: Sendable {
        let kind: String
        let sql: @Sendable (Int) -> String
    }

    private static let faults = [
        Fault(kind: "address") { "DELETE FROM identity WHERE kind = 'email' AND contact = \($0)" },
        Fault(kind: "form") { "UPDATE identity SET address = '' WHERE kind = 'email' AND contact = \($0)" },
        Fault(kind: "dnc") { "UPDATE contact SET do_not_contact = 1 WHERE id = \($0)" },
        Fault(kind: "suppression") {
            """
            INSERT INTO suppression (address_key, channel, reason, at)
            SELECT address_key, 'email', \($0 % 5 + 1), 1 FROM identity WHERE kind = 'email' AND contact = \($0);
            """
        },
        Fault(kind: "channel") { "INSERT INTO permission (contact, channel, allowed) VALUES (\($0), 'email', 0)" },
        Fault(kind: "consent") {
            let change = [
                "level = 0", "level = 1", "revoked_at = 1", "source = ''", "given_at = NULL", "expires_at = 5",
            ]
            return "UPDATE consent SET \(change[$0 % 6]) WHERE channel = 'email' AND contact = \($0)"
        },
        Fault(kind: "topic") {
            "INSERT INTO topic_optout (contact, channel, topic, at) VALUES (\($0), 'email', 'news', 1)"
        },
    ]

    private static func kind(of remedy: Remedy) -> String {
        switch remedy {
        case .address: "address"
        case .soundAddress: "form"
        case .doNotContactLifted: "dnc"
        case .suppressionLifted: "suppression"
        case .channelAllowed: "channel"
        case .consent: "consent"
        case .topicOn: "topic"
        case .notHeldOut: "holdout"
        case .budget: "budget"
        case .time, .rivalsGone, .wantedAnew, .language, .condition, .content, .moment: "other"
        }
    }

    /// Nil for what the campaign's file has to change.
    private static func sql(for remedy: Remedy, _ contact: Int) -> String? {
        let address = "'user\(contact)@example.com'"
        return switch remedy {
        case .address:
            """
            INSERT INTO identity (contact, kind, address, address_key)
            VALUES (\(contact), 'email', \(address), randomblob(16))
            """
        case .soundAddress: "UPDATE identity SET address = \(address) WHERE kind = 'email' AND contact = \(contact)"
        case .doNotContactLifted: "UPDATE contact SET do_not_contact = 0 WHERE id = \(contact)"
        case .suppressionLifted:
            """
            DELETE FROM suppression WHERE channel = 'email' AND address_key IN (
                SELECT address_key FROM identity WHERE contact = \(contact))
            """
        case .channelAllowed: "UPDATE permission SET allowed = 1 WHERE contact = \(contact)"
        case .consent(_, let level):
            """
            UPDATE consent SET level = \(level.rawValue), given_at = 5, source = 'form', revoked_at = NULL,
                expires_at = NULL
            WHERE channel = 'email' AND contact = \(contact)
            """
        case .topicOn: "DELETE FROM topic_optout WHERE contact = \(contact)"
        case .notHeldOut, .budget, .time, .rivalsGone, .wantedAnew, .language, .condition, .content, .moment: nil
        }
    }

    @Test func `of conditions the fewest parts are named, whichever way they are put together`() throws {
        let cases: [(String, [String])] = [
            ("contact.country == \"FR\"", ["contact.country == \"FR\""]),
            (
                "contact.country == \"FR\" and contact.first_name == \"x\"",
                ["contact.country == \"FR\"", "contact.first_name == \"x\""]
            ),
            ("contact.country == \"FR\" or contact.first_name == \"x\"", ["contact.country == \"FR\""]),
            (
                "(contact.country == \"FR\" and contact.first_name == \"x\") or contact.language == \"fr\"",
                ["contact.language == \"fr\""]
            ),
            ("not (contact.country == \"DE\" or contact.language == \"fr\")", ["not contact.country == \"DE\""]),
            ("not (contact.country == \"DE\" and contact.language == \"en\")", ["not contact.country == \"DE\""]),
        ]
        for (condition, expected) in cases {
            let day = try CampaignDay(
                "audience:\n  where:\n    - '\(condition)'\nvia: [mail]\nsend: hello", people: 1,
                channels: [FakeChannel()])
            let reader = WhyReader(
                program: day.program, sources: day.sources, store: day.store, environment: day.clock.environment,
                showsPersonal: true)
            let report = try #require(try reader.why("c1"))
            #expect(report.outcome == "not_in_audience")
            let parts = (report.wouldSendIf ?? []).map { remedy -> String in
                guard case .condition(let part, _) = remedy else { return "\(remedy)" }
                return (part.becomes ? "" : "not ") + part.source
            }
            #expect(parts == expected, "\(condition)")
        }
    }

    @Test func `time is a remedy for hours and caps, and nothing helps who was erased`() {
        var facts = GateFacts()
        (facts.hasAddress, facts.isAddressWellFormed) = (true, true)
        (facts.consent, facts.isProofComplete) = (.express, true)
        var rules = GateRules(purpose: .marketing, minimumConsent: .express)
        rules.caps = [CapRule(count: 1, period: 86_400_000_000)]
        let now = Timestamp(microseconds: 1_805_284_800_000_000)
        facts.sends = [SendMark(at: now.advanced(by: -3_600_000_000), kind: "email")]
        let room = now.advanced(by: 23 * 3_600_000_000)
        for action in [CappedAction.wait, .skip] {
            rules.whenCapped = action
            #expect(Gate.remedies(facts, rules: rules, kind: "email", now: now) == [.time(room)])
        }
        facts.suppression = .stop
        #expect(
            Gate.remedies(facts, rules: rules, kind: "email", now: now) == [
                .suppressionLifted(kind: "email"), .time(room),
            ])
        facts.isErased = true
        #expect(Gate.remedies(facts, rules: rules, kind: "email", now: now) == nil)
    }

    @Test func `what was known at a moment is told as it was then`() throws {
        let day = try CampaignDay(Self.campaign(""), people: 2, channels: [FakeChannel()])
        let before = day.clock.now
        day.clock.advance(hours: 1)
        _ = try day.store.openConsents().suppress(
            .contact(ContactKey(rawValue: 1)), channel: "email", reason: .unsubscribe, marketingOnly: true,
            source: "link", actor: "person", now: day.clock.now)
        let suppressed = day.clock.now
        day.clock.advance(hours: 1)
        try day.run()
        day.clock.advance(hours: 1)
        _ = try day.store.openConsents().unsuppress(
            .contact(ContactKey(rawValue: 1)), channel: "email", reason: "asked for it", actor: "operator",
            now: day.clock.now)
        day.clock.advance(hours: 1)
        let reader = WhyReader(
            program: day.program, sources: day.sources, store: day.store, environment: day.clock.environment,
            showsPersonal: true)
        let now = try #require(try reader.why("c1"))
        #expect(now.outcome == "skipped" && now.reason == "suppressed_unsubscribe")
        // Nothing had happened, and nothing stood in the way.
        let first = try #require(try reader.why("c1", at: before))
        #expect(first.outcome == "would_send")
        let then = try #require(try reader.why("c1", at: suppressed))
        #expect(then.steps.contains { $0.kind == "history" && $0.result == .blocked })
        let second = try #require(try reader.why("c2", at: before))
        #expect(second.outcome == "would_send" && second.delivery == nil)
        #expect(try reader.why("c2")?.outcome == "accepted")
    }
}
