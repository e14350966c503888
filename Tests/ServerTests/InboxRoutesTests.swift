import RuleEngine
import Runner
import Storage
import Testing

@testable import Server

/// Conversations, messages that come at times, and contacts that are one person.
@Suite struct InboxRoutesTests {
    private func people(_ call: ServiceClient) throws {
        _ = try call("PUT", "/contacts/c1", #"{"email": "anna@example.com", "plan": "pro", "phone": "+4915112345678"}"#)
        _ = try call("PUT", "/contacts/c2", #"{"email": "anna@example.com", "plan": "free"}"#)
    }

    /// A text of Anna's, as the inbox of a channel writes it.
    private func hear(_ fixture: ServiceFixture, _ text: String, at seconds: Int64) throws {
        let key = AddressHasher(fixture.store.key).key(kind: "email", "anna@example.com")
        let at = ServiceFixture.now.microseconds - seconds * 1_000_000
        let connection = try fixture.store.connect()
        let hex = key.map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
        try connection.execute(
            """
            INSERT INTO conversation (id, channel, address_key, contact, opened_at, last_at, texts)
            VALUES (1, 'email-main', x'\(hex)', 1, \(at), \(at), 1)
            ON CONFLICT DO UPDATE SET last_at = \(at), texts = texts + 1;
            INSERT INTO channel_event (channel, event_key, webhook, kind, at, received_at, address, address_key, text, state,
                contact, conversation)
            VALUES ('email-main', 'k\(seconds)', 0, 'inbound', \(at), \(at), 'anna@example.com', x'\(hex)', '\(text)', 1, 1, 1)
            """)
    }

    @Test func `a conversation is answered, given to somebody, noted, and closed until they write again`() async throws
    {
        let fixture = try ServiceFixture()
        try await fixture.serve { call in
            try people(call)
            try hear(fixture, "Where is it?", at: 600)
            let list = try call("GET", "/communication/sessions?unread=true&state=open&contact=c1").body
            #expect(list["items"]?.items.first?["unread"]?.integer == 1)
            let changed = try call(
                "PATCH", "/inbox/1",
                #"{"assigned_to": "mo", "priority": "URGENT", "lead": "L-1", "tags": ["parcel", "late"], "unread": false}"#
            )
            #expect(changed.body["tags"]?.items.compactMap(\.string) == ["late", "parcel"])
            #expect(changed.body["unread"]?.integer == 0)
            #expect(
                try call("GET", "/communication/sessions?assigned_to=mo&tag=late&lead=L-1").body["items"]?.items.count
                    == 1)
            #expect(try call("GET", "/communication/sessions?unread=true").body["items"]?.items.isEmpty == true)
            #expect(try call("POST", "/inbox/1/notes", #"{"text": "lost in Hamburg"}"#).status == 201)
            #expect(try call("PUT", "/inbox/quick-replies/soon", #"{"text": "It is on its way."}"#).status == 200)
            let reply = try call("POST", "/inbox/1/reply", #"{"quick_reply": "soon", "subject": "Your parcel"}"#)
            #expect(reply.status == 202 && reply.body["contact"]?.string == "c1", "\(reply.text)")
            #expect(try call("POST", "/inbox/1/reply", #"{}"#).code == "missing_key")
            #expect(try call("POST", "/inbox/1/reply", #"{"quick_reply": "none"}"#).code == "unknown_quick_reply")
            #expect(try call("POST", "/inbox/1/reply", #"{"text": "a"}"#, scopes: [.sendSMS]).code == "forbidden")
            let whole = try call("GET", "/communication/sessions/1").body
            #expect(
                whole["entries"]?.items.compactMap { $0["direction"]?.string }.sorted()
                    == ["inbound", "internal", "outbound"])
            #expect(whole["first_response_seconds"]?.integer == 600)
            let closed = try call("PATCH", "/inbox/1", #"{"state": "resolved"}"#).body
            #expect(closed["state"]?.string == "resolved")
            #expect(closed["resolution_seconds"]?.integer == 600)
            try hear(fixture, "It came", at: -60)
            #expect(try call("GET", "/communication/sessions/1").body["state"]?.string == "open")
            #expect(try call("PATCH", "/inbox/1", #"{"state": "archived"}"#).body["state"]?.string == "archived")
            #expect(try call("GET", "/inbox/quick-replies").body["items"]?.items.count == 1)
            #expect(try call("DELETE", "/inbox/quick-replies/soon").status == 200)
            #expect(try call("DELETE", "/inbox/quick-replies/soon").code == "unknown_quick_reply")
            // The lead is Anna from now on.
            let text =
                #"{"channel": "email-main", "lead": "L-1", "purpose": "transactional", "subject": "a", "text": "b"}"#
            #expect(try call("POST", "/communication/messages", text).body["contact"]?.string == "c1")
            _ = try call("DELETE", "/contacts/c1?because=letter")
            #expect(!(try call("GET", "/communication/sessions/1").text.contains("Hamburg")))
        }
        try fixture.runPrograms()
        #expect(try fixture.outbox().contains { $0.contains("It is on its way.") } == false)
    }

    @Test func `a message comes at its times, once each`() async throws {
        let fixture = try ServiceFixture()
        try await fixture.serve { call in
            try people(call)
            let message =
                #""message": {"channel": "email-main", "contact": "c1", "purpose": "transactional", "subject": "Tea", "text": "Now."}"#
            // It is 2027-01-15, 08:00 UTC: nine o'clock in Berlin.
            let daily = try call(
                "POST", "/scheduled-messages",
                #"{"schedule": {"rhythm": "daily", "time": "09:30", "zone": "Europe/Berlin", "until": "2027-01-16"}, \#(message)}"#
            )
            #expect(daily.status == 201, "\(daily.text)")
            #expect(daily.body["next_at"]?.string?.hasPrefix("2027-01-15T08:30:00") == true, "\(daily.text)")
            for (schedule, next) in [
                (
                    #"{"rhythm": "once", "date": "2027-02-01", "time": "10:00", "zone": "Etc/UTC"}"#,
                    "2027-02-01T10:00:00"
                ),
                (#"{"rhythm": "weekly", "days": "mon", "time": "10:00", "zone": "Etc/UTC"}"#, "2027-01-18T10:00:00"),
                (#"{"rhythm": "monthly", "day": 31, "time": "10:00", "zone": "Etc/UTC"}"#, "2027-01-31T10:00:00"),
            ] {
                let made = try call("POST", "/scheduled-messages", #"{"schedule": \#(schedule), \#(message)}"#)
                #expect(made.body["next_at"]?.string?.hasPrefix(next) == true, "\(made.text)")
            }
            for schedule in [
                #"{"rhythm": "once", "date": "2020-02-01", "time": "10:00", "zone": "Etc/UTC"}"#,
                #"{"rhythm": "weekly", "time": "10:00", "zone": "Etc/UTC"}"#,
                #"{"rhythm": "daily", "time": "25:00", "zone": "Etc/UTC"}"#,
                #"{"rhythm": "daily", "time": "10:00", "zone": "Moon/Base"}"#,
            ] {
                let reply = try call("POST", "/scheduled-messages", #"{"schedule": \#(schedule), \#(message)}"#)
                #expect(reply.code == "bad_schedule", "\(schedule): \(reply.text)")
            }
            let id = daily.body["id"]?.string ?? ""
            #expect(try call("POST", "/scheduled-messages/\(id)/pause").body["state"]?.string == "paused")
            #expect(try call("POST", "/scheduled-messages/\(id)/resume").body["state"]?.string == "active")
            #expect(try call("GET", "/scheduled-messages?contact=c1&state=active").body["items"]?.items.count == 4)
            // Half an hour later, two days in a row, and whoever asks twice gets it once.
            for (minutes, due) in [(29, 0), (31, 1), (32, 0), (24 * 60 + 31, 1), (48 * 60 + 31, 0)] as [(Int64, Int)] {
                #expect(try fixture.desk(later: minutes * 60).sendScheduled() == due, "\(minutes)")
            }
            let ended = try call("GET", "/scheduled-messages/\(id)").body
            #expect(ended["state"]?.string == "ended", "\(ended.text)")
            #expect(ended["sent"]?.integer == 2)
            #expect(try call("POST", "/scheduled-messages/\(id)/resume").code == "ended")
            #expect(try call("GET", "/communication/messages?contact=c1").body["items"]?.items.count == 2)
            #expect(
                try call("POST", "/scheduled-messages/\(Int(id).map { $0 + 1 } ?? 0)/end").body["state"]?.string
                    == "ended")
        }
    }

    @Test func `whoever answers sees what the person got from programs and single messages`() async throws {
        let fixture = try ServiceFixture()
        try await fixture.serve { call in
            try people(call)
            #expect(try call("POST", "/programs/thanks/activate").body["outcome"]?.string == "activated")
            #expect(
                try call(
                    "POST", "/communication/messages",
                    #"{"channel": "email-main", "contact": "c1", "purpose": "transactional", "subject": "a", "text": "b"}"#
                ).status == 202)
        }
        let order = NewEvent(
            contact: ContactKey(rawValue: 1), name: "order_placed", at: ServiceFixture.now,
            fields: ["order_id": Value("A-17")], keys: [.id("e1")])
        _ = try fixture.store.openEvents().append([order], now: ServiceFixture.now)
        try fixture.runPrograms()
        try await fixture.serve { call in
            try hear(fixture, "Where is it?", at: 0)
            let entries = try call("GET", "/communication/sessions/1").body["entries"]?.items ?? []
            let sent = entries.filter { $0["direction"]?.string == "outbound" }
            #expect(sent.count == 2, "\(entries)")
            #expect(sent.compactMap { $0["program"]?.string } == ["thanks"])
            #expect(Set(sent.compactMap { $0["kind"]?.string }) == ["program", "TEXT"])
            let id = sent.first { $0["program"]?.string == "thanks" }?["message"]?.string ?? ""
            let why = try call("GET", "/deliveries/\(id)/why").body
            #expect(why["program"]?.string == "thanks" && why["outcome"]?.string == "accepted")
            // Words for machines and a sentence for people, each beside the other.
            let steps = why["steps"]?.items ?? []
            #expect(steps.contains { $0["kind"]?.string == "began" && $0["sentence"]?.string == "c1 came in." })
            #expect(
                why["summary"]?.string?.hasPrefix(
                    "the message of `send message` by `email-main`: was accepted on 2027-01-15 ")
                    == true, "\(why["summary"]?.string ?? "")")
            #expect(why["summary"]?.string?.contains(" CET") == true)
        }
    }

    @Test func `two contacts become one and two again, and their story is one`() async throws {
        let fixture = try ServiceFixture()
        try await fixture.serve { call in
            try people(call)
            // An address in a form is a claim; a text that came from it is a proof.
            #expect(try call("GET", "/contacts/c1/matches").body["items"]?.items.isEmpty == true)
            try hear(fixture, "Hello", at: 60)
            #expect(try call("GET", "/contacts/c1/matches").body["items"]?.items.first?["contact"]?.string == "c2")
            _ = try call(
                "POST", "/consents",
                #"{"contact": "c2", "action": "granted", "channel": "email", "level": "express", "source": "form"}"#)
            let merged = try call("POST", "/contacts/c1/merges", #"{"from": "c2", "because": "same mailbox"}"#)
            #expect(merged.status == 201, "\(merged.text)")
            #expect(try call("POST", "/contacts/c1/merges", #"{"from": "c2", "because": "again"}"#).code == "merged")
            #expect(try call("POST", "/contacts/c1/merges", #"{"from": "c1", "because": "x"}"#).code == "same_person")
            #expect(try call("GET", "/contacts/c2").body["addresses"]?.items.isEmpty == true)
            let kinds =
                try call("GET", "/contacts/c1/timeline").body["items"]?.items.compactMap { $0["kind"]?.string } ?? []
            #expect(Set(kinds) == ["inbound", "consent", "merge"])
            let id = merged.body["id"]?.string ?? ""
            #expect(
                try call("POST", "/contacts/c1/merges/undo", #"{"merge": "\#(id)"}"#).body["undone_at"]?.string != nil)
            #expect(try call("POST", "/contacts/c1/merges/undo", #"{"merge": "\#(id)"}"#).code == "undone")
            #expect(try call("GET", "/contacts/c2").body["addresses"]?.items.count == 1)
            #expect(try call("GET", "/contacts/c1").body["addresses"]?.items.count == 2)
            #expect(try call("GET", "/contacts/c2/merges").body["items"]?.items.count == 1)
        }
    }
}
