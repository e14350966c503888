import RuleEngine
import Runner
import Storage
import Testing

@testable import Server

/// Single messages, from the request to the outbox.
@Suite struct MessageRoutesTests {
    private static let anna = #"{"email": "anna@example.com", "plan": "pro", "first_name": "Anna"}"#

    private func fixture() throws -> ServiceFixture {
        try ServiceFixture(extra: [
            (
                "templates/receipt.yaml",
                """
                template: receipt
                purpose: transactional
                email:
                  en:
                    subject: 'Your order <<entry.order_id>>'
                    body: 'Hello <<contact.first_name | default: "there">>, it is here.'

                """
            )
        ])
    }

    @Test func `one whose caller heard nothing is told of when it is asked for again, and comes once`() async throws {
        let fixture = try fixture()
        let body =
            #"{"channel": "email-main", "contact": "c1", "purpose": "transactional", "subject": "Once", "text": "It is here."}"#
        let ids = try await fixture.serve { call -> [String?] in
            _ = try call("PUT", "/contacts/c1", Self.anna)
            return try (0..<2).map { _ in
                let reply = try call("POST", "/communication/messages", body, headers: ["Idempotency-Key": "once"])
                #expect(reply.status == 202)
                return reply.body["id"]?.string
            }
        }
        #expect(ids[0] != nil && ids[0] == ids[1])

        // A process that is killed behind the message, and before anything else that it would write.
        let book = try fixture.store.openAnswers()
        let name = RequestName(caller: "shop", route: "POST /communication/messages", name: "killed")
        #expect(try book.claim(name, digest: [1], holder: "killed", now: ServiceFixture.now) == .new)
        var request = MessageRequest(channel: "email-main", kind: .text, actor: "shop")
        request.contact = "c1"
        request.purpose = .transactional
        request.content.subject = "Killed"
        request.content.text = "It is here."
        let answer = KeptAnswer(status: 202, type: "application/json", body: "{}")
        request.repeated = MessageRequest.Repeated(name: name) { _ in answer }
        _ = try fixture.desk(later: 0).take([request])[0].get()
        #expect(try book.claim(name, digest: [1], holder: "next", now: ServiceFixture.now) == .answered(answer))
        // And one that comes at times.
        var weekly = MessageRhythm(kind: .weekly, time: "09:30", zone: "Europe/Berlin")
        weekly.days = "mon-fri"
        var later = name
        later.name = "weekly"
        request.repeated = nil
        #expect(try book.claim(later, digest: [1], holder: "killed", now: ServiceFixture.now) == .new)
        _ = try fixture.desk(later: 0).schedule(request, weekly, answering: (name: later, answer: { _ in answer }))
        #expect(try book.claim(later, digest: [1], holder: "next", now: ServiceFixture.now) == .answered(answer))
        try fixture.runPrograms()
        let mails = try fixture.outbox()
        #expect(mails.count { $0.contains("Subject: Once\r\n") } == 1)
        #expect(mails.count { $0.contains("Subject: Killed\r\n") } == 1)
    }

    @Test func `a text, a template and one to an address nobody has go out by the runner`() async throws {
        let fixture = try fixture()
        let sent = try await fixture.serve { call -> [ServiceClient.Reply] in
            _ = try call("PUT", "/contacts/c1", Self.anna)
            let text = try call(
                "POST", "/communication/messages",
                #"{"channel": "email-main", "contact": "c1", "purpose": "transactional", "subject": "Hi", "text": "It is <b>here</b>."}"#
            )
            let template = try call(
                "POST", "/communication/messages",
                #"{"channel": "email-main", "contact": "anna@example.com", "template": "receipt", "variables": {"order_id": "A-1"}}"#
            )
            let marks = try call(
                "POST", "/communication/messages",
                #"{"channel": "email-main", "contact": "c1", "purpose": "transactional", "delimiters": "{{ }}", "#
                    + #""variables": {"who": "Zoe"}, "subject": "From {{ who }}", "text": "Dear {{contact.first_name | default: \"you\"}}, {{who}}"}"#
            )
            return [text, template, marks]
        }
        for reply in sent {
            #expect(reply.status == 202)
            #expect(reply.body["status"]?.string == "QUEUED")
            #expect(reply.body["estimated_cost"]?["micros"]?.integer == 400)
        }
        try fixture.runPrograms()
        let mails = try fixture.outbox()
        #expect(mails.contains { $0.contains("Subject: Hi\r\n") && $0.contains("It is <b>here</b>.") })
        #expect(mails.contains { $0.contains("Subject: Your order A-1") && $0.contains("Hello Anna, it is here.") })
        #expect(mails.contains { $0.contains("Subject: From Zoe") && $0.contains("Dear Anna, Zoe") })
        try await fixture.serve { call in
            let id = sent[1].body["id"]?.string ?? ""
            let message = try call("GET", "/communication/messages/" + id).body
            #expect(message["status"]?.string == "SENT")
            #expect(message["template"]?.string == "receipt")
            #expect(message["asked_by"]?.string?.hasPrefix("key:") == true)
            #expect(message["to"]?.string == "anna@example.com")
            #expect(try call("GET", "/communication/messages/" + id, scopes: [.viewReports]).body["to"]?.string == nil)
            #expect(try call("GET", "/deliveries/\(id)/why").body["outcome"]?.string == "accepted")
            let list = try call("GET", "/communication/messages?contact=c1&limit=2").body
            #expect(list["items"]?.items.count == 2)
            let next = list["next_cursor"]?.string ?? ""
            let rest = try call("GET", "/communication/messages?contact=c1&limit=2&cursor=\(next)").body
            #expect(rest["items"]?.items.compactMap { $0["id"]?.string } == [sent[0].body["id"]?.string ?? ""])
            #expect(
                try call("GET", "/communication/messages?template=receipt&state=accepted").body["items"]?.items.count
                    == 1)
            #expect(try call("GET", "/communication/messages?type=IMAGE").body["items"]?.items.isEmpty == true)
        }
    }

    @Test func `whoever may not be reached is told of with a reason, and asked about again`() async throws {
        let fixture = try fixture()
        try await fixture.serve { call in
            _ = try call("PUT", "/contacts/c1", Self.anna)
            _ = try call("PUT", "/contacts/c2", #"{"plan": "free"}"#)
            let marketing = #""purpose": "marketing", "topic": "news", "template": "hello""#
            let cold = try call(
                "POST", "/communication/messages", #"{"channel": "email-main", "contact": "c1", \#(marketing)}"#)
            #expect(cold.body["status"]?.string == "SKIPPED")
            #expect(cold.body["reason"]?.string == "no_consent")
            let id = cold.body["id"]?.string ?? ""
            let why = try call("GET", "/deliveries/\(id)/why").body
            #expect(why["reason"]?.string == "no_consent")
            #expect(why["would_send_if"]?.items.first?.string?.contains("consent") == true, "\(why.text)")
            let nowhere = try call(
                "POST", "/communication/messages",
                #"{"channel": "email-main", "contact": "c2", "purpose": "transactional", "subject": "a", "text": "b"}"#)
            #expect(nowhere.body["reason"]?.string == "no_address")
            _ = try call("POST", "/suppressions", #"{"target": "c1", "source": "letter", "reason": "stop"}"#)
            let stopped = try call(
                "POST", "/communication/messages",
                #"{"channel": "email-main", "contact": "c1", "purpose": "transactional", "subject": "a", "text": "b"}"#)
            #expect(stopped.body["reason"]?.string == "dnc_tenant")
        }
        try fixture.runPrograms()
        #expect(try fixture.outbox().isEmpty)
    }

    @Test func `a scheduled message waits, and can be called back`() async throws {
        let fixture = try fixture()
        try await fixture.serve { call in
            _ = try call("PUT", "/contacts/c1", Self.anna)
            let body =
                #"{"channel": "email-main", "contact": "c1", "purpose": "transactional", "subject": "a", "text": "b", "scheduled_at": "2027-06-01T10:00:00Z"}"#
            let reply = try call("POST", "/communication/messages", body)
            #expect(reply.body["status"]?.string == "SCHEDULED")
            let id = reply.body["id"]?.string ?? ""
            #expect(try call("GET", "/communication/messages/" + id).body["status"]?.string == "SCHEDULED")
            let cancelled = try call("POST", "/communication/messages/\(id)/cancel")
            #expect(cancelled.body["status"]?.string == "CANCELLED")
            #expect(try call("POST", "/communication/messages/\(id)/cancel").code == "too_late")
            let late = try call(
                "POST", "/communication/messages",
                #"{"channel": "email-main", "contact": "c1", "purpose": "transactional", "subject": "a", "text": "b", "scheduled_at": "2037-06-01T10:00:00Z"}"#
            )
            #expect(late.code == "bad_time")
        }
        try fixture.runPrograms()
        #expect(try fixture.outbox().isEmpty)
    }

    @Test func `a lead is linked once, and an address nobody has becomes a contact`() async throws {
        // The project's contacts need a plan: without it nobody can be made from an address alone.
        let strict = try fixture()
        try await strict.serve { call in
            let reply = try call(
                "POST", "/communication/messages",
                #"{"channel": "email-main", "to": "new@example.com", "purpose": "transactional", "subject": "a", "text": "b"}"#
            )
            #expect(reply.code == "refused")
            _ = try call("PUT", "/contacts/c1", Self.anna)
            _ = try call("PUT", "/contacts/c2", #"{"email": "ben@example.com", "plan": "free"}"#)
            let text = #""channel": "email-main", "purpose": "transactional", "subject": "a", "text": "b""#
            #expect(try call("POST", "/communication/messages", #"{"lead": "L-1", \#(text)}"#).code == "unknown_lead")
            #expect(
                try call("POST", "/communication/messages", #"{"lead": "L-1", "to": "Anna@Example.com", \#(text)}"#)
                    .status == 202)
            #expect(
                try call("POST", "/communication/messages", #"{"lead": "L-1", \#(text)}"#).body["contact"]?.string
                    == "c1")
            #expect(
                try call("POST", "/communication/messages", #"{"lead": "L-1", "contact": "c2", \#(text)}"#).code
                    == "other_person")
            #expect(try call("GET", "/communication/messages?lead=L-1").body["items"]?.items.count == 2)
        }
    }

    private static let refused: [(body: String, code: String)] = [
        (#""text": "a""#, "missing_key"), (#""template": "receipt", "text": "a""#, "unknown_key"),
        (#""subject": "a", "text": "<<contact.nobody>>", "purpose": "transactional""#, "bad_message"),
        (#""subject": "a", "text": "b", "variables": {"x": "1"}, "purpose": "transactional""#, "unused_variable"),
        (#""subject": "a", "text": "b", "variables": {"x": null}, "purpose": "transactional""#, "wrong_value"),
        (#""template": "recept""#, "unknown_template"), (#""template": "receipt""#, "bad_message"),
        (#""type": "LOCATION", "purpose": "transactional""#, "missing_key"),
        (
            #""type": "LOCATION", "subject": "a", "location": {"latitude": 52.5, "longitude": 13.4}, "purpose": "transactional""#,
            "bad_message"
        ),
        (#""subject": "a", "text": "{{name}}", "delimiters": "{{ {{", "purpose": "transactional""#, "bad_delimiters"),
        (#""subject": "a", "text": "{{name}}", "purpose": "transactional""#, "bad_message"),
        // What people must be able to end says how.
        (#""subject": "a", "text": "b", "purpose": "marketing""#, "bad_message"),
    ]

    @Test func `what can't be sent is refused before anything is written`() async throws {
        let fixture = try fixture()
        try await fixture.serve { call in
            _ = try call("PUT", "/contacts/c1", Self.anna)
            for (body, code) in Self.refused {
                let reply = try call(
                    "POST", "/communication/messages", #"{"channel": "email-main", "contact": "c1", \#(body)}"#)
                #expect(reply.code == code, "\(body): \(reply.text)")
            }
            #expect(
                try call(
                    "POST", "/communication/messages",
                    #"{"channel": "fax", "contact": "c1", "text": "a", "purpose": "otp"}"#
                ).code == "unknown_channel")
            #expect(try call("GET", "/communication/messages").body["items"]?.items.isEmpty == true)
        }
    }

    @Test func `a key sends on the channels that it may, and once under one name`() async throws {
        let fixture = try fixture()
        try await fixture.serve { call in
            _ = try call("PUT", "/contacts/c1", Self.anna)
            let body =
                #"{"channel": "email-main", "contact": "c1", "purpose": "transactional", "subject": "a", "text": "b"}"#
            #expect(try call("POST", "/communication/messages", body, scopes: [.sendSMS]).code == "forbidden")
            let key = ["Idempotency-Key": "m-1"]
            let first = try call("POST", "/communication/messages", body, scopes: [.sendEmail], headers: key)
            let again = try call("POST", "/communication/messages", body, scopes: [.sendEmail], headers: key)
            #expect(first.text == again.text)
            #expect(again.headers["idempotency-replayed"] == "true")
            #expect(try call("GET", "/communication/messages").body["items"]?.items.count == 1)
        }
    }

    /// What failed in the middle keeps its name: nobody knows how far it came.
    @Test func `a name that is kept answers under_way to this process`() async throws {
        let fixture = try fixture()
        try await fixture.serve { call in
            _ = try call("PUT", "/contacts/c1", Self.anna)
            let body =
                #"{"channel": "email-main", "contact": "c1", "purpose": "transactional", "subject": "a", "text": "b"}"#
            let key = ["Idempotency-Key": "m-2"]
            fixture.failMessages(true)
            #expect(try call("POST", "/communication/messages", body, headers: key).status == 503)
            fixture.failMessages(false)
            let again = try call("POST", "/communication/messages", body, headers: key)
            #expect(again.status == 409 && again.code == "under_way")
            #expect(again.headers["retry-after"] == "1")
            // A refusal has done nothing, and lets the name go.
            let other = ["Idempotency-Key": "m-3"]
            let wrong = body.replacing("c1", with: "nobody")
            #expect(try call("POST", "/communication/messages", wrong, headers: other).code == "unknown_contact")
            #expect(try call("POST", "/communication/messages", body, headers: other).status == 202)
        }
    }
}
