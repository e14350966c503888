import Channels
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
            _ = try call("POST", "/webhooks", #"{"url": "https://hooks.example/", "types": ["consent."]}"#)
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
            try sendCanaries(call)
        }
        try fixture.runPrograms()
        // A receiver of changes that is down: what it is told waits.
        let desk = HookDesk(
            key: fixture.store.key,
            environment: RunnerEnvironment(now: { ServiceFixture.now }, monotonic: { 0 }, random: { 0.5 }),
            send: { _ in .answered(EgressAnswer(status: 500)) })
        #expect(try desk.work(fixture.store.openHooks(), fixture.store.openChanges()) > 0)
        #expect(try fixture.outbox().contains { $0.contains("canary subject") })
        try await fixture.serve { call in
            let sent = try call("GET", "/communication/messages?contact=canary-id&state=accepted").body["items"]?.items
            let id = sent?.first?["id"]?.string ?? ""
            #expect(try call("GET", "/deliveries/\(id)/why").body["outcome"]?.string == "accepted")
            #expect(try call("DELETE", "/contacts/canary-id?because=letter").status == 200)
            #expect(try call("GET", "/audit/verify").body["whole"]?.flag == true)
            #expect(try call("GET", "/deliveries/\(id)/why").body["outcome"]?.string == "accepted")
            let waiting = try call("GET", "/communication/messages?state=skipped").body["items"]?.items
            #expect(waiting?.compactMap { $0["reason"]?.string } == ["erased"])
            _ = try call("PUT", "/contacts/new", #"{"email": "canary@example.com", "plan": "pro"}"#)
            #expect(try call("GET", "/contacts/new").text.contains("\"suppressions\": [\n"))
            #expect(try call("DELETE", "/contacts/new?because=letter").status == 200)
        }
        try fixture.runPrograms()
        let bytes = try fixture.databaseBytes()
        for word in ["canary", "Canaria"] { #expect(bytes.firstRange(of: Array(word.utf8)) == nil, "\(word)") }
    }

    /// A mail with HTML, one that waits, a plain one, and one that comes every day.
    private func sendCanaries(_ call: ServiceClient) throws {
        func message(_ word: String, _ rest: String = "") -> String {
            #"{"channel": "email-main", "contact": "canary-id", "purpose": "transactional", "subject": "\#(word) subject", "#
                + #""text": "\#(word) text for <<contact.first_name | default: \"canary\">>", "html": "<p>\#(word) HTML, "#
                + #"<a href=\"https://shop.example/canary?a=1\">canary link</a> <<contact.first_name | default: \"canary\">></p>"\#(rest)}"#
        }
        let now = try call(
            "POST", "/communication/messages", message("canary"), headers: ["Idempotency-Key": "four"])
        #expect(now.body["status"]?.string == "QUEUED", "\(now.text)")
        let later = try call(
            "POST", "/communication/messages", message("later canary", #", "scheduled_at": "2027-06-01T10:00:00Z""#))
        #expect(later.body["status"]?.string == "SCHEDULED", "\(later.text)")
        let plain = try call(
            "POST", "/communication/messages",
            #"{"channel": "email-main", "contact": "canary-id", "purpose": "transactional", "subject": "a canary", "text": "canary"}"#
        )
        #expect(plain.body["status"]?.string == "QUEUED", "\(plain.text)")
        let daily = try call(
            "POST", "/scheduled-messages",
            #"{"schedule": {"rhythm": "daily", "time": "09:30", "zone": "Etc/UTC"}, "message": \#(message("daily canary"))}"#
        )
        #expect(daily.status == 201, "\(daily.text)")
    }

    @Test func `what several people got stays until the last of them is forgotten`() async throws {
        let fixture = try ServiceFixture()
        let message =
            #""channel": "email-main", "purpose": "transactional", "subject": "Both", "text": "b", "html": "<p>for both</p>""#
        let ids = try await fixture.serve { call in
            try ["c1", "c2"].map { contact in
                _ = try call("PUT", "/contacts/\(contact)", #"{"email": "\#(contact)@example.com", "plan": "pro"}"#)
                let sent = try call("POST", "/communication/messages", #"{"contact": "\#(contact)", \#(message)}"#)
                return sent.body["id"]?.string ?? ""
            }
        }
        try fixture.runPrograms()
        try await fixture.serve { call in
            _ = try call("DELETE", "/contacts/c1?because=letter")
            #expect(try call("GET", "/deliveries/\(ids[1])/message").text.contains("for both"))
            // The form is live, and the next message of it goes out as it is written.
            _ = try call("PUT", "/contacts/c3", #"{"email": "c3@example.com", "plan": "pro"}"#)
            _ = try call("POST", "/communication/messages", #"{"contact": "c3", \#(message)}"#)
        }
        try fixture.runPrograms()
        #expect(try fixture.outbox().filter { $0.contains("for both") }.count == 3)
        try await fixture.serve { call in
            _ = try call("DELETE", "/contacts/c2?because=letter")
            _ = try call("DELETE", "/contacts/c3?because=letter")
            #expect(try call("GET", "/deliveries/\(ids[1])/why").status == 200)
        }
        #expect(try fixture.databaseBytes().firstRange(of: Array("for both".utf8)) == nil)
        // The same message to somebody else makes its form again.
        try await fixture.serve { call in
            _ = try call("PUT", "/contacts/c4", #"{"email": "c4@example.com", "plan": "pro"}"#)
            let sent = try call("POST", "/communication/messages", #"{"contact": "c4", \#(message)}"#)
            #expect(sent.body["status"]?.string == "QUEUED", "\(sent.text)")
        }
        try fixture.runPrograms()
        #expect(try fixture.outbox().filter { $0.contains("for both") }.count == 4)
        // When a form has ended, what it said is kept with its recipients alone, whatever was there before.
        let journeys = try fixture.store.openJourneys()
        for round in 1...2 {
            try journeys.transaction { () throws(StoreError) in
                for version in try journeys.liveVersions() {
                    try journeys.setState(.finished, of: version.id, now: ServiceFixture.now)
                }
            }
            let sources = try fixture.store.connect().integer(
                "SELECT count(*) FROM source_text WHERE instr(bytes, CAST('for both' AS BLOB))")
            #expect(sources == 0, "\(round)")
            try await fixture.serve { call in
                _ = try call("POST", "/communication/messages", #"{"contact": "c4", \#(message)}"#)
            }
            try fixture.runPrograms()
            #expect(try fixture.outbox().filter { $0.contains("for both") }.count == 4 + round)
        }
    }

    @Test func `a form that has ended says nothing, and tells its runs as before`() async throws {
        let fixture = try ServiceFixture(
            extra: ["sms", "telegram"].map {
                ("channels/\($0).yaml", "channel: \($0)\nkind: \($0)\nprovider: outbox\nfolder: outbox\n")
            })
        try await fixture.serve { call in
            let anna = #"{"email": "anna@example.com", "phone": "+4915112345678", "telegram": "4711", "plan": "pro"}"#
            #expect(try call("PUT", "/contacts/c1", anna).status == 201)
            let law = "<<unsubscribe.link>> <<sender.postal_address>>"
            for message in [
                #""channel": "email-main", "purpose": "marketing", "topic": "news", "subject": "A canary", "text": "\#(law)", "#
                    + #""html": "<p>canary \#(law)</p>""#,
                #""channel": "sms", "purpose": "transactional", "type": "IMAGE", "media": "https://cdn.example/canary.jpg""#,
                #""channel": "telegram", "purpose": "transactional", "type": "LOCATION", "#
                    + #""location": {"latitude": 52.5, "longitude": 13.4, "label": "canary"}"#,
                #""channel": "sms", "purpose": "transactional", "variables": {"a": "b"}, "text": "canary <<a>>""#,
            ] {
                let sent = try call("POST", "/communication/messages", #"{"contact": "c1", \#(message)}"#)
                #expect(sent.status == 202, "\(sent.text)")
            }
        }
        let journeys = try fixture.store.openJourneys()
        let live = try journeys.transaction { () throws(StoreError) in try journeys.liveVersions() }
        #expect(live.count == 4)
        let before = ProgramLoader(store: journeys, catalog: .standard())
        let after = ProgramLoader(store: journeys, catalog: .standard())
        for version in live {
            let labels = try before.labels(of: [version])
            #expect(version.source.contains("canary") && labels.count == 1)
            let ended = try journeys.transaction { () throws(StoreError) in
                try journeys.setState(.finished, of: version.id, now: ServiceFixture.now)
                return try journeys.launch(version.id)
            }
            #expect(ended?.source.contains("canary") == false)
            #expect(try ended.map { try after.labels(of: [$0]) } == labels, "\(ended?.source ?? "")")
        }
        #expect(after.failures.isEmpty)
    }

    @Test func `who was merged into somebody is forgotten with them`() async throws {
        let fixture = try ServiceFixture()
        try await fixture.serve { call in
            for (id, address) in [("c1", "canary@example.com"), ("c2", "anna@example.com")] {
                _ = try call(
                    "PUT", "/contacts/\(id)", #"{"email": "\#(address)", "first_name": "Canaria", "plan": "pro"}"#)
            }
            #expect(
                try call("POST", "/contacts/c2/merges", #"{"from": "c1", "because": "one person"}"#).status == 201)
            #expect(try call("DELETE", "/contacts/c2?because=letter").status == 200)
            #expect(try call("GET", "/contacts/c1").code == "unknown_contact")
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
