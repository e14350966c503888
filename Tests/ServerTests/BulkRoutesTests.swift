import RuleEngine
import Runner
import Storage
import Testing

@testable import Server

/// Messages to many become campaigns of the project.
@Suite struct BulkRoutesTests {
    private static let careful = """
        policy: careful
        purpose: marketing
        packs: [eu.eprivacy]
        approval: {needed_over: 1 contacts, by: can_approve_campaigns}

        """

    private static let nudge = """
        rule: nudge
        purpose: marketing
        topic: news
        lawful_basis: consent
        policy: careful
        trigger: {event: order_placed}
        runs: many
        via: [email-main]
        steps:
          - send: hello

        """

    private func fixture() throws -> ServiceFixture {
        try ServiceFixture(extra: [
            ("policies/careful.yaml", Self.careful), ("campaigns/nudge.yaml", Self.nudge),
        ])
    }

    private func people(_ call: ServiceClient) throws {
        for (id, name) in [("c1", "anna"), ("c2", "ben"), ("c3", "cem")] {
            _ = try call(
                "PUT", "/contacts/" + id,
                #"{"email": "\#(name)@example.com", "plan": "pro", "tags": ["newsletter", "friends"], "consent.email": "express", "consent.email.at": "2026-01-01", "consent.email.source": "form"}"#
            )
        }
    }

    /// A person other than the owner looks at it and agrees.
    private func agree(to program: String, _ fixture: ServiceFixture) throws {
        let desk = try fixture.openDesk()
        let version = try #require(try desk.approvalStanding(of: program)["version"]?.string)
        let anna = Principal(user: "anna", role: .admin, scopes: Set(Scope.allCases), session: "s1")
        _ = try desk.approve(program, version: version, by: anna)
    }

    @Test func `it is a campaign with its graph, its price and its launch`() async throws {
        let fixture = try fixture()
        try await fixture.serve { call in
            try people(call)
            let reply = try call(
                "POST", "/communication/bulk-send",
                #"{"name": "spring", "channel": "email-main", "template": "hello", "recipients": {"contacts": ["c1", "ben@example.com"]}}"#
            )
            #expect(reply.status == 201)
            #expect(reply.body["state"]?.string == "RUNNING", "\(reply.text)")
            #expect(reply.body["audience"]?.integer == 2)
            #expect(reply.body["would_send"]?.integer == 2)
            #expect(reply.body["estimated_cost"]?["micros"]?.integer == 800)
            #expect(try call("GET", "/campaigns/spring").body["state"]?.string == "RUNNING")
            #expect(try call("GET", "/programs/spring").body["file"]?.string == "campaigns/spring.yaml")
            #expect((try call("GET", "/programs/spring/graph").body["nodes"]?.integer ?? 0) > 1)
            #expect(
                try call(
                    "POST", "/communication/bulk-send",
                    #"{"name": "spring", "channel": "email-main", "template": "hello", "recipients": {"list": "friends"}}"#
                ).code == "exists")
            let later = try call(
                "POST", "/communication/bulk-send",
                #"{"channel": "email-main", "purpose": "transactional", "lawful_basis": "contract", "delimiters": "{{ }}", "message": {"email": {"en": {"subject": "Hi", "body": "Dear {{contact.first_name | default: \"you\"}}"}}}, "recipients": {"list": "friends"}, "scheduled_at": "2027-06-01T10:00:30Z"}"#
            )
            #expect(later.body["state"]?.string == "SCHEDULED", "\(later.text)")
            #expect(later.body["starts_at"]?.string?.hasPrefix("2027-06-01T10:01:00") == true)
        }
    }

    @Test func `it waits for somebody who agrees, where the policy asks for that`() async throws {
        let fixture = try fixture()
        try await fixture.serve { call in
            try people(call)
            let reply = try call(
                "POST", "/communication/bulk-send",
                #"{"name": "big", "channel": "email-main", "template": "hello", "policy": "careful", "recipients": {"list": "friends"}}"#
            )
            #expect(reply.body["state"]?.string == "DRAFT", "\(reply.text)")
            #expect(reply.body["needs_approval"]?.flag == true)
            #expect(reply.body["reason"]?.string == "not_approved")
            #expect(try call("POST", "/campaigns/big/start").code == "not_approved")
            try agree(to: "big", fixture)
            #expect(
                try call("POST", "/campaigns/big/start", scopes: [.manageCampaigns, .sendSMS]).code == "may_not_send")
            let started = try call("POST", "/campaigns/big/start")
            #expect(started.body["state"]?.string == "RUNNING", "\(started.text)")
            #expect(try call("POST", "/programs/nudge/activate").code == "not_approved")
            try agree(to: "nudge", fixture)
            #expect(try call("POST", "/programs/nudge/activate").body["outcome"]?.string == "activated")
        }
    }

    @Test func `files are written all or none`() async throws {
        let fixture = try fixture()
        try await fixture.serve { call in
            let good =
                #"{"path": "segments/pros.yaml", "text": "segment: pros\nwhere:\n  - contact.plan == \"pro\"\n"}"#
            let bad = #"{"path": "segments/bad.yaml", "text": "segment: bad\nwhere:\n  - contact.nothing > 1\n"}"#
            let refused = try call("POST", "/programs", #"{"files": [\#(good), \#(bad)]}"#)
            #expect(refused.code == "bad_file")
            #expect(refused.body["errors"]?.items.first?["line"]?.integer == 3)
            #expect(try call("GET", "/segments/pros/preview").code == "unknown_segment")
            #expect(try call("POST", "/programs", #"{"files": [\#(good)]}"#).body["errors"]?.integer == 0)
            #expect(try call("GET", "/segments/pros/preview").body["count"]?.integer == 0)
            #expect(
                try call("POST", "/programs", #"{"files": [{"path": "segments/pros.yaml", "text": null}]}"#).status
                    == 200)
            #expect(try call("GET", "/segments/pros/preview").code == "unknown_segment")
            for path in [
                "../x.yaml", "segments/.x.yaml", "carillon.yaml", "elsewhere/x.yaml", "segments/x.txt", "/etc/x.yaml",
                "segments//x.yaml",
            ] {
                #expect(
                    try call("POST", "/programs", #"{"files": [{"path": "\#(path)", "text": "segment: x\n"}]}"#).code
                        == "bad_path", "\(path)")
            }
        }
    }
}
