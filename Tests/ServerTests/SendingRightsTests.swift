import RuleEngine
import Runner
import Testing

@testable import Server

/// Messages and programs that were asked for over the API, when whoever asked has lost the right to.
@Suite struct SendingRightsTests {
    private static let message =
        #""channel": "email-main", "contact": "c1", "purpose": "transactional", "subject": "Tea", "text": "Now.""#

    /// A key, its id and its secret.
    private func key(_ call: ServiceClient, _ scopes: [Scope]) throws -> (id: String, secret: String) {
        let made = try call(
            "POST", "/keys", #"{"name": "shop", "scopes": \#(JSON(scopes.map(\.rawValue)).compactText)}"#)
        try call.fixture.refresh()
        return (try #require(made.body["id"]?.string), try #require(made.body["secret"]?.string))
    }

    @Test func `a message that comes at times rests when its key is revoked, and goes on with another's rights`()
        async throws
    {
        let fixture = try ServiceFixture()
        try await fixture.serve { call in
            _ = try call("PUT", "/contacts/c1", #"{"email": "anna@example.com", "plan": "pro"}"#)
            let shop = try key(call, [.sendEmail])
            let daily = try call(
                "POST", "/scheduled-messages",
                #"{"schedule": {"rhythm": "daily", "time": "09:30", "zone": "Europe/Berlin"}, "message": {\#(Self.message)}}"#,
                key: shop.secret)
            let id = try #require(daily.body["id"]?.string)
            let path = "/scheduled-messages/" + id
            _ = try fixture.desk(later: 31 * 60).sendScheduled()
            #expect(try call("GET", path).body["sent"]?.integer == 1)
            _ = try call("DELETE", "/keys/" + shop.id)
            _ = try fixture.desk(later: (24 * 60 + 31) * 60).sendScheduled()
            let rests = try call("GET", path).body
            #expect(rests["sent"]?.integer == 1)
            #expect(rests["state"]?.string == "paused")
            #expect(rests["problem"]?.string == "may_not_send")
            let resumed = try call("POST", path + "/resume").body
            #expect(resumed["state"]?.string == "active")
            #expect(resumed["asked_by"]?.string != daily.body["asked_by"]?.string)
            // For whoever resumed it, it was still the first morning.
            _ = try fixture.desk(later: 32 * 60).sendScheduled()
            #expect(try call("GET", path).body["sent"]?.integer == 2)
        }
    }

    @Test func `a message whose key was revoked before it left is not sent`() async throws {
        let fixture = try ServiceFixture()
        let (first, second) = try await fixture.serve { call in
            _ = try call("PUT", "/contacts/c1", #"{"email": "anna@example.com", "plan": "pro"}"#)
            let shop = try key(call, [.sendEmail])
            func send() throws -> String {
                let reply = try call("POST", "/communication/messages", "{\(Self.message)}", key: shop.secret)
                return try #require(reply.body["id"]?.string)
            }
            let first = try send()
            try fixture.runPrograms()
            let second = try send()
            _ = try call("DELETE", "/keys/" + shop.id)
            try fixture.runPrograms()
            return (
                try call("GET", "/communication/messages/" + first).body,
                try call("GET", "/communication/messages/" + second).body
            )
        }
        #expect(first["state"]?.string == "accepted")
        #expect(second["state"]?.string == "skipped")
        #expect(second["reason"]?.string == "not_allowed")
        #expect(try fixture.outbox().count == 1)
    }

    @Test func `a program whose key was revoked is paused, says why, and goes on for whoever may`() async throws {
        let fixture = try ServiceFixture()
        try await fixture.serve { call in
            let shop = try key(call, [.sendEmail, .manageCampaigns, .operate, .viewReports])
            #expect(try call("POST", "/programs/thanks/activate", key: shop.secret).status == 200)
            #expect(try call("GET", "/programs/thanks").body["started_by"]?.string == "key:" + shop.id)
            _ = try call("DELETE", "/keys/" + shop.id)
            try fixture.runPrograms(mayWarn: true)
            let paused = try call("GET", "/programs/thanks").body
            #expect(paused["state"]?.string == "paused")
            #expect(paused["note"]?.string == "`key:\(shop.id)`, who began it, has no rights any more")
            let mute = try key(call, [.operate])
            let refused = try call("POST", "/programs/thanks/resume", key: mute.secret)
            #expect(refused.code == "may_not_send", "\(refused.text)")
            #expect(try call("POST", "/programs/thanks/resume").body["state"]?.string == "running")
            let going = try call("GET", "/programs/thanks").body
            #expect(going["note"]?.string == nil)
            #expect(going["started_by"]?.string != "key:" + shop.id)
        }
    }
}
