import RuleEngine
import Runner
import Storage
import Testing

@testable import Server

/// Templates and channels over the API: files of the project, held to what the compiler holds every file to.
@Suite struct TemplateRoutesTests {
    @Test func `a template is written, changed, tried, deleted and brought back`() async throws {
        let fixture = try ServiceFixture()
        try await fixture.serve { call in
            let base = "/communication/templates"
            let made = try call(
                "POST", base,
                #"{"id": "receipt", "purpose": "transactional", "delimiters": "{{ }}", "channels": {"email": {"en": {"subject": "Order {{entry.order_id}}", "body": "Hello,\nwe have {{entry.order_id}}.\n\nYours\n"}}}}"#
            )
            #expect(made.status == 201)
            #expect(made.body["source"]?.string?.contains("subject: \"Order <<entry.order_id>>\"") == true)
            #expect(made.body["version"]?.integer == 1)
            #expect(made.body["file"]?.string == "templates/receipt.yaml")
            #expect(
                try call(
                    "POST", base, #"{"id": "receipt", "channels": {"email": {"en": {"subject": "a", "body": "b"}}}}"#
                ).code == "exists")

            _ = try call("PUT", "/contacts/c1", #"{"email": "anna@example.com", "plan": "pro"}"#)
            let tried = try call(
                "POST", base + "/receipt/preview",
                #"{"channel": "email-main", "contact": "c1", "variables": {"order_id": "A-1"}}"#)
            #expect(tried.body["subject"]?.string == "Order A-1")
            #expect(tried.body["text"]?.string == "Hello,\nwe have A-1.\n\nYours\n")
            #expect(tried.body["blocked_by"]?.string == nil)
            #expect(
                try call("POST", base + "/receipt/preview", #"{"channel": "email-main", "contact": "c1"}"#).code
                    == "bad_message")

            let changed = try call(
                "POST", base + "/receipt/versions",
                #"{"source": "template: receipt\npurpose: transactional\nemail:\n  en: {subject: \"Hi\", body: \"It is here.\"}\n"}"#
            )
            #expect(changed.body["version"]?.integer == 2)
            #expect(changed.body["versions"]?.items.count == 2)
            #expect(try call("DELETE", base + "/receipt").body["state"]?.string == "deleted")
            #expect(try call("GET", base + "/receipt").code == "unknown_template")
            #expect(try call("GET", base + "?deleted=true").body["items"]?.items.first?["id"]?.string == "receipt")
            #expect(try call("POST", base + "/receipt/restore").body["version"]?.integer == 4)
            #expect(try call("POST", base + "/receipt/restore").code == "exists")
        }
    }

    @Test func `what doesn't compile is not written, and says where it is wrong`() async throws {
        let fixture = try ServiceFixture()
        try await fixture.serve { call in
            let base = "/communication/templates"
            let bad = try call(
                "POST", base,
                #"{"id": "bad", "source": "template: bad\npurpose: transactional\nemail:\n  en:\n    subject: Hi\n    body: Dear <<contact.nobody>>\n"}"#
            )
            #expect(bad.code == "bad_file")
            let fault = bad.body["errors"]?.items.first
            #expect(fault?["file"]?.string == "templates/bad.yaml")
            #expect(fault?["line"]?.integer == 6)
            #expect(fault?["column"]?.integer == 26)
            #expect(try call("GET", base + "/bad").code == "unknown_template")
            #expect(try call("POST", base, #"{"id": "../x", "channels": {"email": {}}}"#).code == "wrong_value")
            #expect(
                try call(
                    "POST", base,
                    #"{"id": "other", "source": "template: something\nemail:\n  en: {subject: a, body: b}\n"}"#
                ).code == "bad_file")
            // The campaign sends it.
            #expect(try call("DELETE", base + "/hello").code == "in_use")
            #expect(try call("GET", base + "/hello/usage").body["programs"]?.items.compactMap(\.string) == ["hello"])
            #expect(try call("GET", base + "/helo").text.contains("did you mean `hello`?"))
        }
    }

    @Test func `channels are shown with limits and abilities, and made without a secret`() async throws {
        let fixture = try ServiceFixture()
        try await fixture.serve { call in
            let base = "/communication/channels"
            let channel = try call("GET", base + "/email-main").body
            #expect(channel["channel_type"]?.string == "email")
            #expect(channel["is_active"]?.flag == true)
            #expect(channel["price"]?["per_message"]?["micros"]?.integer == 400)
            #expect(try call("GET", base + "/fax").code == "unknown_channel")
            let made = try call(
                "POST", base,
                #"{"id": "sms-eu", "channel_type": "sms", "provider": "outbox", "sender": "Shop", "settings": {"folder": "sms"}, "limits": {"rate": "10/s"}, "cost": {"per_segment": "EUR 0.07"}}"#
            )
            #expect(made.status == 201)
            #expect(made.body["limits"]?["per_second"]?.text == "10.000\n")
            #expect(try call("GET", base).body["items"]?.items.count == 2)
            #expect(
                try call("POST", base, #"{"id": "sms-eu", "channel_type": "sms", "provider": "outbox"}"#).code
                    == "exists")
            #expect(
                try call("POST", base, #"{"id": "fax", "channel_type": "fax", "provider": "outbox"}"#).code
                    == "bad_file")
            #expect(try call("GET", "/communication/sessions?activity=active").body["items"]?.items.isEmpty == true)
            #expect(try call("GET", "/communication/sessions/1").code == "unknown_session")
        }
    }
}
