import HTTPTypes
import RuleEngine
import Runner
import Testing

@testable import Server

/// Keys that are kept to channels, programs and networks.
@Suite struct KeyLimitTests {
    private static let other = """
        channel: email-other
        kind: email
        provider: outbox
        folder: outbox
        from: Our Shop <news@shop.example>
        cost: {per_message: EUR 0.0004}

        """

    private func fixture() throws -> ServiceFixture {
        let standIn = Self.other.replacing("email-other", with: "email-third") + "failover: [email-main]\n"
        return try ServiceFixture(extra: [
            ("channels/email-other.yaml", Self.other), ("channels/email-third.yaml", standIn),
        ])
    }

    /// A key with all scopes and these limits.
    private func key(_ call: ServiceClient, _ limits: String) throws -> (id: String, secret: String) {
        let scopes = JSON(Scope.allCases.map(\.rawValue)).compactText
        let made = try call("POST", "/keys", #"{"name": "till", "scopes": \#(scopes), \#(limits)}"#)
        try call.fixture.refresh()
        return (try #require(made.body["id"]?.string), try #require(made.body["secret"]?.string))
    }

    private static func message(by channel: String) -> String {
        #""channel": "\#(channel)", "contact": "c1", "purpose": "transactional", "subject": "Tea", "text": "Now.""#
    }

    private static func bulk(by channel: String, _ name: String = "spring") -> String {
        #"{"name": "\#(name)", "channel": "\#(channel)", "template": "hello", "recipients": {"everybody": true}, "hold": true}"#
    }

    @Test func `a key sends by no other channels than its own`() async throws {
        let fixture = try fixture()
        try await fixture.serve { call in
            _ = try call("PUT", "/contacts/c1", #"{"email": "anna@example.com", "plan": "pro"}"#)
            let till = try key(call, #""channels": ["email-other"]"#).secret
            func send(_ method: String, _ path: String, _ body: String? = nil) throws -> ServiceClient.Reply {
                try call(method, path, body, key: till)
            }
            let daily = #"{"schedule": {"rhythm": "daily", "time": "09:30", "zone": "Etc/UTC"}, "message": {"#
            for (path, body) in [
                ("/communication/messages", "{\(Self.message(by: "email-main"))}"),
                ("/scheduled-messages", daily + Self.message(by: "email-main") + "}}"),
                ("/communication/bulk-send", Self.bulk(by: "email-main")),
                ("/programs/thanks/activate", nil), ("/campaigns/hello/start", nil),
                ("/programs", #"{"files": [{"path": "templates/new.yaml", "text": "template: new"}]}"#),
            ] {
                let refused = try send("POST", path, body)
                #expect(refused.status == 403 && refused.code == "other_channel", "\(path): \(refused.text)")
            }
            let sent = try send("POST", "/communication/messages", "{\(Self.message(by: "email-other"))}")
            #expect(sent.status == 202, "\(sent.text)")
            #expect(try send("POST", "/communication/bulk-send", Self.bulk(by: "email-other")).status == 201)
            // A channel that another one stands in for is both.
            let third = try key(call, #""channels": ["email-third"]"#).secret
            let through = try call("POST", "/communication/bulk-send", Self.bulk(by: "email-third", "x"), key: third)
            #expect(through.code == "other_channel", "\(through.text)")
            // What it may not do itself, nobody does for it.
            let open = #"{"name": "x", "scopes": ["can_send_email"]}"#
            #expect(try send("POST", "/keys", open).code == "more_than_own")
            let wide = #"{"name": "x", "scopes": ["can_send_email"], "channels": ["email-other", "email-main"]}"#
            #expect(try send("POST", "/keys", wide).code == "more_than_own")
            let own = #"{"name": "x", "scopes": ["can_send_email"], "channels": ["email-other"]}"#
            #expect(try send("POST", "/keys", own).status == 201)
            #expect(try send("POST", "/users", #"{"name": "eve", "role": "analyst"}"#).code == "more_than_own")
        }
    }

    @Test func `a key asks for, begins and ends no other programs than its own`() async throws {
        let fixture = try fixture()
        try await fixture.serve { call in
            _ = try call("PUT", "/contacts/c1", #"{"email": "anna@example.com", "plan": "pro"}"#)
            let till = try key(call, #""programs": ["hello"]"#).secret
            var places = 0
            for route in fixture.routes where route.path.contains(/^\/(programs|campaigns)\/\{id\}/) {
                places += 1
                let path = route.path.replacing("{id}", with: "thanks")
                let refused = try call(route.method.rawValue, path, route.body == nil ? nil : "[]", key: till)
                #expect(refused.status == 403 && refused.code == "other_program", "\(route.id): \(refused.text)")
            }
            #expect(places > 10)
            let listed = try call("GET", "/programs", key: till).body["items"]?.items ?? []
            #expect(listed.compactMap { $0["id"]?.string } == ["hello"])
            #expect(try call("GET", "/programs/hello", key: till).status == 200)
            for path in ["/deliveries", "/deliveries?program=thanks", "/runs"] {
                #expect(try call("GET", path, key: till).code == "other_program", "\(path)")
            }
            #expect(try call("GET", "/deliveries?program=hello", key: till).status == 200)
            for (path, body) in [
                ("/communication/messages", "{\(Self.message(by: "email-main"))}"),
                ("/communication/bulk-send", Self.bulk(by: "email-main")),
                ("/communication/bulk-send", Self.bulk(by: "email-main").replacing(#""name": "spring", "#, with: "")),
                ("/programs", #"{"files": []}"#),
            ] {
                #expect(try call("POST", path, body, key: till).code == "other_program", "\(path) \(body)")
            }
            // The ledger shows a message of another program to nobody who may not ask for that.
            _ = try call("POST", "/communication/messages", "{\(Self.message(by: "email-main"))}")
            let delivery = try #require(try call("GET", "/deliveries").body["items"]?.items.first?["id"]?.string)
            #expect(try call("GET", "/deliveries/" + delivery, key: till).code == "other_program")
            #expect(try call("GET", "/deliveries/\(delivery)/why", key: till).code == "other_program")
            #expect(try call("GET", "/deliveries/\(delivery)/message", key: till).code == "other_program")
            let spring = try key(call, #""programs": ["spring"]"#).secret
            let begun = try call("POST", "/communication/bulk-send", Self.bulk(by: "email-main"), key: spring)
            #expect(begun.status == 201, "\(begun.text)")
        }
    }

    @Test func `a key opens nothing from another network, whatever the caller writes of itself`() async throws {
        let fixture = try fixture()
        try await fixture.serve { call in
            let office = try key(call, #""networks": ["203.0.113.0/24", "2001:db8::/32"]"#).secret
            func code(from address: String?, _ key: String) throws -> String? {
                let headers = address.map { ["X-Forwarded-For": $0] } ?? [:]
                return try call("GET", "/programs", key: key, headers: headers).code
            }
            for address in ["203.0.113.9", "198.51.100.1, 203.0.113.9", "2001:db8::5", "::ffff:203.0.113.7"] {
                #expect(try code(from: address, office) == nil, "\(address)")
            }
            for address in [
                nil, "203.0.114.9", "203.0.113.9, 198.51.100.1", "2001:db9::5", "203.0.113.9 (office)", "unknown", "",
            ] {
                #expect(try code(from: address, office) == "other_network", "\(address ?? "-")")
            }
            let here = try key(call, #""networks": ["127.0.0.1"]"#).secret
            #expect(try code(from: nil, here) == nil)
            #expect(try code(from: "203.0.113.9", here) == "other_network")
        }
    }

    @Test func `limits are shown, kept when a key is rotated, and refused where they let nothing through`() async throws
    {
        let fixture = try fixture()
        try await fixture.serve { call in
            let made = try key(
                call, #""channels": ["email-main"], "programs": ["hello"], "networks": ["127.0.0.1/32", "10.0.0.0/8"]"#)
            let rotated = try call("POST", "/keys/\(made.id)/rotate", "{}")
            try fixture.refresh()
            let secret = try #require(rotated.body["secret"]?.string)
            #expect(try call("GET", "/programs/thanks", key: secret).code == "other_program")
            let mine = try call("GET", "/sessions/current", key: secret).body
            let listed = try #require(
                try call("GET", "/keys").body["items"]?.items.last { $0["name"]?.string == "till" })
            for body in [rotated.body, mine, listed] {
                #expect(body["channels"]?.items.compactMap(\.string) == ["email-main"])
                #expect(body["programs"]?.items.compactMap(\.string) == ["hello"])
                #expect(body["networks"]?.items.compactMap(\.string) == ["10.0.0.0/8", "127.0.0.1/32"])
            }
            for limits in [
                #""channels": []"#, #""programs": ["a b"]"#, #""networks": ["10.1.2.3/8"]"#, #""networks": ["here"]"#,
                #""networks": ["10.0.0.0/33"]"#,
            ] {
                let refused = try call("POST", "/keys", #"{"name": "x", "scopes": ["can_send_email"], \#(limits)}"#)
                #expect(refused.status == 422 && refused.code == "bad_limits", "\(limits): \(refused.text)")
            }
        }
    }
}
