import RuleEngine
import Runner
import Storage
import Testing

@testable import Server

@Suite struct PrivacyTests {
    @Test func `everything about a person comes as JSON and as CSV that no spreadsheet runs`() async throws {
        let fixture = try ServiceFixture()
        try await fixture.serve { call in
            _ = try call(
                "PUT", "/contacts/c1",
                #"{"email": "anna@example.com", "first_name": "=1+1", "plan": "pro"}"#)
            _ = try call(
                "POST", "/consents",
                #"{"contact": "c1", "action": "granted", "channel": "email", "level": "express", "source": "form"}"#)
            let csv = try call("GET", "/contacts/c1/export.csv")
            #expect(csv.text.hasPrefix("section,row,field,value\n"))
            #expect(csv.text.contains("contact,1,attributes.first_name,'=1+1"), "\(csv.text)")
            #expect(csv.text.contains("\nidentity,1,address,anna@example.com\n"), "\(csv.text)")
            #expect(csv.text.contains("\nconsent,1,channel,email\n"), "\(csv.text)")
            #expect(try call("GET", "/contacts/c9/export.csv").code == "unknown_contact")
        }
    }

    @Test func `who was forgotten is in no byte of the database, refused for good, and the chain is whole`()
        async throws
    {
        let fixture = try ServiceFixture()
        try await fixture.serve { call in
            let body = #"{"email": "canary@example.com", "first_name": "Canaria", "plan": "pro"}"#
            _ = try call("POST", "/consents", #"{"contact": "canary-id", "action": "revoked"}"#)
            _ = try call("PUT", "/contacts/canary-id", body, headers: ["Idempotency-Key": "one"])
            _ = try call(
                "POST", "/consents/requests",
                #"{"contact": "canary-id", "channel": "email", "source": "canary form", "wording": "canary words"}"#,
                headers: ["Idempotency-Key": "two"])
            _ = try call(
                "POST", "/consents",
                """
                {"contact": "canary-id", "action": "granted", "channel": "email", "level": "express",
                 "source": "canary source", "wording": "canary wording"}
                """, headers: ["Idempotency-Key": "three"])
            #expect(try call("DELETE", "/contacts/canary-id?because=letter").status == 200)
            #expect(try call("GET", "/audit/verify").body["whole"]?.flag == true)
            _ = try call("PUT", "/contacts/new", #"{"email": "canary@example.com", "plan": "pro"}"#)
            #expect(try call("GET", "/contacts/new").text.contains("\"suppressions\": [\n"))
            #expect(try call("DELETE", "/contacts/new?because=letter").status == 200)
        }
        let bytes = try fixture.databaseBytes()
        for word in ["canary", "Canaria"] { #expect(bytes.firstRange(of: Array(word.utf8)) == nil, "\(word)") }
    }

    @Test func `what is too old goes, by kind and channel, and nothing else`() throws {
        let fixture = try ServiceFixture()
        let (old, new) = (1, ServiceFixture.now.microseconds)
        try fixture.store.connect().execute(
            """
            INSERT INTO channel_event (channel, event_key, webhook, kind, at, received_at, text, state)
            VALUES ('sms', 'a', 0, 'inbound', \(old), \(old), 'words', 1), ('sms', 'b', 0, 'inbound', \(new), 1, 'words', 1),
                ('chat', 'c', 0, 'inbound', \(old), \(old), 'words', 1), ('sms', 'd', 0, 'delivered', \(old), 1, NULL, 1),
                ('sms', 'e', 0, 'inbound', \(old), \(old), 'words', 0);
            """)
        let retention = try fixture.store.openRetention()
        #expect(try retention.sweepAll(now: ServiceFixture.now).isEmpty)
        try retention.set(RetentionRule(kind: .inbound, channel: nil, days: 30))
        try retention.set(RetentionRule(kind: .inbound, channel: "chat", days: 36_500))
        #expect(try retention.sweepAll(now: ServiceFixture.now) == [.inbound: 1])
        let words = try fixture.store.connect().prepareOnce(
            "SELECT group_concat(event_key, '') FROM channel_event WHERE text IS NOT NULL")
        #expect(try words.step())
        #expect(words.optionalString(0) == "bce")
        for kind in RetentionRule.Kind.allCases {
            try retention.set(RetentionRule(kind: kind, channel: nil, days: 1))
        }
        #expect(try retention.sweepAll(now: ServiceFixture.now)[.statuses] == 1)
        #expect(try retention.remove(.inbound, channel: "chat"))
        #expect(try !retention.remove(.inbound, channel: "chat"))
    }
}
