import RuleEngine
import Runner
import Storage
import Testing

struct ConsentTests {
    private let csv =
        "id,email,consent.email,consent.email.at,consent.email.source\n1,a@example.com,express,2025-01-01,form\n"

    @Test func `importing again after a revocation keeps it revoked`() throws {
        let fixture = try ImportFixture()
        try fixture.load(csv)
        #expect(
            try fixture.consents.revoke(
                fixture.key("1"),
                channel: "email",
                purpose: .marketing,
                source: "mail",
                actor: "operator",
                now: fixture.now
            )
        )
        fixture.advance(days: 10)
        #expect(try fixture.load(csv).unchanged == 1)
        // Other files with older or no proof.
        for at in ["2025-06-01", ""] {
            let summary = try fixture.load(csv.replacing("2025-01-01", with: at))
            #expect(summary.keptRefusals == 1)
            #expect(try fixture.sheet("1").consents.first?.revokedAt != nil)
        }
        // Newer than the revocation: the person agreed anew.
        let later = try fixture.load(csv.replacing("2025-01-01", with: "2026-09-25T00:00:00Z"))
        #expect(later.keptRefusals == 0)
        #expect(try fixture.sheet("1").consents.first?.revokedAt == nil)
        #expect(try fixture.sheet("1").history.map(\.action) == [.granted, .revoked, .granted])
    }

    @Test func `consent from the future is refused`() throws {
        let fixture = try ImportFixture()
        let summary = try fixture.load(csv.replacing("2025-01-01", with: "2099-01-01"))
        #expect(summary.faults == ["C052": 1])
    }

    @Test func `an erased person's address stays suppressed when it is imported again`() throws {
        let fixture = try ImportFixture()
        try fixture.load(csv)
        let key = try fixture.key("1")
        try fixture.consents.erase(key, source: "request", actor: "operator", now: fixture.now)
        #expect(try fixture.store.openContacts().find("a@example.com") == nil)
        fixture.advance(days: 1)
        let summary = try fixture.load(csv.replacing("a@example.com", with: "A@Example.com"))
        #expect(summary.created == 1)
        #expect(summary.suppressed == 1)
        let sheet = try fixture.sheet("1")
        #expect(sheet.key != key)
        #expect(sheet.suppressions.map(\.channel) == [nil])
    }

    @Test func `unsubscribing twice is unsubscribing once`() throws {
        let fixture = try ImportFixture()
        try fixture.load(csv)
        let key = try fixture.key("1")
        let consents = try fixture.consents
        let epoch = try fixture.epoch()
        #expect(try !consents.isUnsubscribed(key, channel: "email", topic: nil))
        #expect(try consents.unsubscribe(key, channel: "email", topic: nil, source: "page", now: fixture.now))
        #expect(try !consents.unsubscribe(key, channel: "email", topic: nil, source: "page", now: fixture.now))
        #expect(try consents.isUnsubscribed(key, channel: "email", topic: nil))
        #expect(try fixture.epoch() == epoch + 1)
        #expect(try fixture.sheet("1").suppressions.map(\.reason) == [.unsubscribe])
        #expect(try fixture.sheet("1").history.map(\.action) == [.granted, .revoked])
    }

    @Test func `leaving a topic leaves the rest`() throws {
        let fixture = try ImportFixture()
        try fixture.load(csv)
        let key = try fixture.key("1")
        #expect(
            try fixture.consents.unsubscribe(key, channel: "email", topic: "offers", source: "page", now: fixture.now)
        )
        #expect(try fixture.consents.isUnsubscribed(key, channel: "email", topic: "offers"))
        #expect(try !fixture.consents.isUnsubscribed(key, channel: "email", topic: "news"))
        #expect(try fixture.sheet("1").consents.first?.revokedAt == nil)
    }

    @Test func `suppressing goes by the normalised address, and needs a reason to undo`() throws {
        let fixture = try ImportFixture()
        try fixture.load(csv)
        let consents = try fixture.consents
        let target = SuppressionTarget.address(kind: "email", " A@EXAMPLE.com")
        #expect(
            try consents.suppress(
                target,
                channel: "email",
                reason: .complaint,
                marketingOnly: true,
                source: "x",
                actor: "operator",
                now: fixture.now
            ) == 1
        )
        #expect(
            try consents.suppress(
                target,
                channel: "email",
                reason: .complaint,
                marketingOnly: true,
                source: "x",
                actor: "operator",
                now: fixture.now
            ) == 0
        )
        #expect(try consents.suppressions(after: nil, limit: 10).map(\.contact) == ["1"])
        #expect(throws: ConsentError.noReason) {
            try consents.unsuppress(target, channel: "email", reason: " ", actor: "operator", now: fixture.now)
        }
        #expect(
            try consents.unsuppress(
                target,
                channel: "email",
                reason: "wrong person",
                actor: "operator",
                now: fixture.now
            ) == 1
        )
        #expect(try consents.suppressions(after: nil, limit: 10).isEmpty)
        #expect(throws: ConsentError.self) {
            try consents.suppress(
                .address(kind: "email", "nonsense"),
                channel: "email",
                reason: .stop,
                marketingOnly: true,
                source: "x",
                actor: "operator",
                now: fixture.now
            )
        }
    }

    @Test func `do not contact said here is not taken back by a file`() throws {
        let fixture = try ImportFixture()
        try fixture.load(csv)
        #expect(
            try fixture.consents.suppress(
                .contact(fixture.key("1")),
                channel: nil,
                reason: .unsubscribe,
                marketingOnly: false,
                source: "call",
                actor: "operator",
                now: fixture.now
            ) == 2
        )
        let summary = try fixture.load("id,do_not_contact\n1,no\n")
        #expect(summary.keptRefusals == 1)
        #expect(try fixture.sheet("1").doNotContact)
    }

    @Test func `do not contact from a file is taken back by a file`() throws {
        let fixture = try ImportFixture()
        try fixture.load("id,do_not_contact\n1,yes\n")
        #expect(try fixture.sheet("1").doNotContact)
        try fixture.load("id,do_not_contact\n1,\n")
        #expect(try fixture.sheet("1").doNotContact)
        #expect(try fixture.load("id,do_not_contact\n1,no\n").updated == 1)
        #expect(try !fixture.sheet("1").doNotContact)
    }
}
