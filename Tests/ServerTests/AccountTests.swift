import RuleEngine
import Runner
import Storage
import Testing

@testable import Server

/// People who log in, what they may do, and what is written down of it.
@Suite struct AccountTests {
    private static let password = "a long and quiet evening"

    /// An account with a password, made as somebody makes one.
    private func account(
        _ name: String, _ role: Role, _ extra: [Scope] = [], _ call: ServiceClient
    ) throws -> (token: String, csrf: String, cookie: String) {
        let scopes = JSON(extra.map(\.rawValue)).compactText
        let made = try call(
            "POST", "/users", #"{"name": "\#(name)", "role": "\#(role.rawValue)", "scopes": \#(scopes)}"#)
        #expect(made.status == 201)
        let invitation = try #require(made.body["token"]?.string)
        let set = #"{"token": "\#(invitation)", "password": "\#(Self.password)"}"#
        #expect(try call("POST", "/users/password", set, key: "none").status == 200)
        #expect(try call("POST", "/users/password", set, key: "none").code == "bad_login")
        let begun = try call(
            "POST", "/sessions", #"{"name": "\#(name)", "password": "\#(Self.password)"}"#, key: "none")
        #expect(begun.status == 201)
        return (
            try #require(begun.body["token"]?.string), try #require(begun.body["csrf_token"]?.string),
            try #require(begun.headers["set-cookie"])
        )
    }

    @Test func `a person logs in, and a wrong password tells nothing`() async throws {
        let fixture = try ServiceFixture()
        try await fixture.serve { call in
            let anna = try account("anna", .campaignManager, [.sendEmail], call)
            for part in ["__Host-carillon=crs_", "; Path=/", "; Secure", "; HttpOnly", "; SameSite=Strict"] {
                #expect(anna.cookie.contains(part), "\(anna.cookie)")
            }
            let me = try call("GET", "/sessions/current", key: anna.token)
            #expect(me.body["role"]?.string == "campaign_manager")
            #expect(me.body["scopes"]?.items.compactMap(\.string).contains("can_send_email") == true)
            var answers: Set<String> = []
            for (name, password) in [("anna", "wrong"), ("nobody", Self.password), ("", "x")] where !name.isEmpty {
                let reply = try call(
                    "POST", "/sessions", #"{"name": "\#(name)", "password": "\#(password)"}"#, key: "none")
                #expect(reply.status == 401)
                answers.insert(reply.text)
            }
            #expect(answers.count == 1)
            #expect(try call("GET", "/users", key: anna.token).code == "forbidden")
            #expect(try call("DELETE", "/sessions/current", key: anna.token).status == 200)
            #expect(try call("GET", "/sessions/current", key: anna.token).code == "session_over")
            for word in ["short", "anna", "aaaaaaaaaaaaaa"] {
                let token = try #require(try call("POST", "/users/anna/reset").body["token"]?.string)
                let reply = try call(
                    "POST", "/users/password", #"{"token": "\#(token)", "password": "\#(word)"}"#, key: "none")
                #expect(reply.status == 422, "\(word)")
            }
        }
        // Neither password nor token is in the database.
        let bytes = try fixture.databaseBytes()
        #expect(bytes.firstRange(of: Array(Self.password.utf8)) == nil)
        #expect(bytes.firstRange(of: Array("crs_".utf8)) == nil)
        #expect(!fixture.logged.joined().contains(Self.password))
    }

    @Test func `after five wrong passwords the right one isn't looked at`() async throws {
        let fixture = try ServiceFixture()
        try await fixture.serve { call in
            _ = try account("anna", .analyst, [], call)
            let wrong = #"{"name": "anna", "password": "wrong"}"#
            for _ in 0..<5 { #expect(try call("POST", "/sessions", wrong, key: "none").code == "bad_login") }
            let right = #"{"name": "anna", "password": "\#(Self.password)"}"#
            #expect(try call("POST", "/sessions", right, key: "none").code == "bad_login")
        }
    }

    @Test func `a cookie alone changes nothing, and another site's page neither`() async throws {
        let fixture = try ServiceFixture()
        try await fixture.serve { call in
            let anna = try account("anna", .admin, [], call)
            let cookie = ["Cookie": "a=b; __Host-carillon=" + anna.token, "Content-Type": "application/json"]
            func send(_ method: String, _ path: String, _ more: [String: String]) throws -> RawClient.Response {
                try call.client.request(
                    method, APIRoutes.base + path, headers: cookie.merging(more) { $1 },
                    body: method == "GET" ? nil : #"{"name": "x", "scopes": ["can_view_reports"]}"#)
            }
            #expect(try send("GET", "/keys", [:]).status == 200)
            let host = "http://127.0.0.1"
            for more in [
                [:], ["X-CSRF-Token": "0"], ["X-CSRF-Token": anna.csrf, "Origin": "https://evil.example"],
                ["X-CSRF-Token": anna.csrf, "Sec-Fetch-Site": "cross-site"],
                ["X-CSRF-Token": anna.csrf, "Origin": "null"],
            ] {
                let answer = try send("POST", "/keys", more)
                #expect(answer.status == 403 && answer.body.contains("other_site"), "\(more): \(answer.body)")
            }
            let fine = ["X-CSRF-Token": anna.csrf, "Origin": host, "Sec-Fetch-Site": "same-origin"]
            #expect(try send("POST", "/keys", fine).status == 201)
            // A key that isn't right is not made good by a cookie.
            #expect(try send("GET", "/keys", ["Authorization": "Bearer crl_nothing"]).status == 401)
        }
    }

    @Test func `nobody gives more than they have, and nobody changes themselves`() async throws {
        let fixture = try ServiceFixture()
        try await fixture.serve { call in
            let anna = try account("anna", .admin, [], call)
            _ = try account("ben", .campaignManager, [.sendEmail], call)
            func refused(_ method: String, _ path: String, _ body: String, _ code: String) throws {
                let reply = try call(method, path, body, key: anna.token)
                #expect(reply.code == code, "\(path) \(body): \(reply.text)")
            }
            try refused("POST", "/keys", #"{"name": "x", "scopes": ["can_view_pii"]}"#, "more_than_own")
            try refused("POST", "/keys", #"{"name": "x", "scopes": []}"#, "no_scope")
            try refused(
                "POST", "/keys", #"{"name": "x", "scopes": ["can_operate"], "expires_at": "2020-01-01T00:00:00Z"}"#,
                "bad_time")
            try refused("POST", "/users", #"{"name": "eve", "role": "reviewer"}"#, "more_than_own")
            try refused(
                "POST", "/users", #"{"name": "eve", "role": "analyst", "scopes": ["can_operate"]}"#, "not_of_role")
            try refused("POST", "/users", #"{"name": "anna", "role": "analyst"}"#, "name_taken")
            try refused("POST", "/users", #"{"name": "A b", "role": "analyst"}"#, "bad_name")
            try refused("PATCH", "/users/anna", #"{"role": "analyst"}"#, "own_account")
            try refused("PATCH", "/users/ben", #"{"disabled": true}"#, "more_than_own")
            try refused("PATCH", "/users/eve", #"{"disabled": true}"#, "unknown_user")
        }
    }

    @Test func `a change of rights ends the sessions, and a revoked or rotated key opens nothing`() async throws {
        let fixture = try ServiceFixture()
        try await fixture.serve { call in
            let ben = try account("ben", .analyst, [], call)
            #expect(try call("GET", "/programs", key: ben.token).status == 200)
            #expect(try call("PATCH", "/users/ben", #"{"disabled": true}"#).body["disabled"]?.flag == true)
            #expect(try call("GET", "/programs", key: ben.token).code == "session_over")
            let made = try call("POST", "/keys", #"{"name": "b", "scopes": ["can_view_reports"]}"#)
            let (id, secret) = (
                try #require(made.body["id"]?.string), try #require(made.body["secret"]?.string)
            )
            try fixture.refresh()
            #expect(try call("GET", "/programs", key: secret).status == 200)
            let rotated = try call("POST", "/keys/\(id)/rotate", #"{"overlap_seconds": 0}"#)
            let next = try #require(rotated.body["secret"]?.string)
            try fixture.refresh()
            #expect(try call("GET", "/programs", key: secret).code == "expired_key")
            #expect(try call("GET", "/programs", key: next).status == 200)
            #expect(!(try call("GET", "/keys").text.contains(String(next.dropFirst(12)))))
            #expect(try call("DELETE", "/keys/" + id).code == "unknown_key_id")
        }
    }

    @Test func `a reviewer sees people, which is written down, and may do nothing but kill`() async throws {
        let fixture = try ServiceFixture()
        try await fixture.serve { call in
            _ = try call("PUT", "/contacts/c1", #"{"email": "canary@example.com", "plan": "pro"}"#)
            let rita = try account("rita", .reviewer, [], call)
            #expect(try call("GET", "/contacts/c1", key: rita.token).text.contains("canary@example.com"))
            #expect(try call("POST", "/programs/hello/plan", key: rita.token).code == "looks_only")
            #expect(try call("POST", "/programs/hello/kill", key: rita.token).code == "not_found")
            let newest = try call("GET", "/audit?limit=1").body["items"]?.items.first
            #expect(newest?["actor"]?.string == "user:rita")
            #expect(newest?["action"]?.string == "getContact")
            #expect(newest?["object"]?.string == "contact:1")
        }
    }

    @Test func `approval is a person's, of one meaning, and not of one's own`() async throws {
        let fixture = try ServiceFixture(extra: [
            ("policies/marketing.yaml", ApprovalProject.policy), ("campaigns/thanks.yaml", ApprovalProject.rule),
        ])
        try await fixture.serve { call in
            let anna = try account("anna", .admin, [.sendEmail], call)
            let olga = try account("olga", .admin, [.sendEmail], call)
            #expect(try call("POST", "/programs/thanks/activate", key: anna.token).code == "not_approved")
            let standing = try call("GET", "/programs/thanks/approvals", key: anna.token)
            let version = try #require(standing.body["version"]?.string)
            #expect(standing.body["approved"]?.flag == false)
            let agreed = #"{"version": "\#(version)"}"#
            #expect(try call("POST", "/programs/thanks/approvals", agreed).code == "no_person")
            #expect(try call("POST", "/programs/thanks/approvals", agreed, key: olga.token).code == "own")
            let old = #"{"version": "\#(String(repeating: "0", count: 64))"}"#
            #expect(try call("POST", "/programs/thanks/approvals", old, key: anna.token).code == "changed")
            let done = try call("POST", "/programs/thanks/approvals", agreed, key: anna.token)
            #expect(done.status == 201 && done.body["approved"]?.flag == true)
            let mute = try account("mute", .campaignManager, [], call)
            #expect(try call("POST", "/programs/thanks/activate", key: mute.token).code == "may_not_send")
            #expect(try call("POST", "/programs/thanks/activate", key: olga.token).status == 200)
            // A comment is no change of meaning, and a wait is one.
            try fixture.write("campaigns/thanks.yaml", ApprovalProject.rule + "# a comment\n")
            #expect(try call("GET", "/programs/thanks/approvals").body["approved"]?.flag == true)
            try fixture.write(
                "campaigns/thanks.yaml", ApprovalProject.rule.replacing("  - send", with: "  - wait: 1d\n  - send"))
            #expect(try call("GET", "/programs/thanks/approvals").body["approved"]?.flag == false)
            #expect(try call("POST", "/programs/thanks/activate", key: olga.token).code == "not_approved")
        }
    }

    @Test func `whoever changed a program's meaning last can't agree to it, by a key of theirs neither`() async throws {
        let fixture = try ServiceFixture(extra: [
            ("policies/marketing.yaml", ApprovalProject.policy), ("campaigns/thanks.yaml", ApprovalProject.rule),
        ])
        try await fixture.serve { call in
            let anna = try account("anna", .admin, [.sendEmail], call)
            let ben = try account("ben", .admin, [.sendEmail], call)
            func write(_ text: String, _ key: String) throws {
                let file: JSON = ["path": "campaigns/thanks.yaml", "text": .string(text)]
                let files: JSON = ["files": .array([file])]
                #expect(try call("POST", "/programs", files.compactText, key: key).status == 200)
            }
            func agree(_ key: String) throws -> String? {
                let standing = try call("GET", "/programs/thanks/approvals", key: key)
                let version = try #require(standing.body["version"]?.string)
                return try call("POST", "/programs/thanks/approvals", #"{"version": "\#(version)"}"#, key: key).code
            }
            let later = ApprovalProject.rule.replacing("  - send", with: "  - wait: 1d\n  - send")
            try write(later, anna.token)
            #expect(try agree(anna.token) == "own")
            // A comment changes nothing, and makes nobody an editor of what the program means.
            try write(later + "# a comment\n", ben.token)
            #expect(try agree(anna.token) == "own")
            #expect(try agree(ben.token) == nil)
            let scopes = JSON([Scope.manageCampaigns, .manageTemplates].map(\.rawValue)).compactText
            let made = try call("POST", "/keys", #"{"name": "x", "scopes": \#(scopes)}"#, key: anna.token)
            try fixture.refresh()
            let secret = try #require(made.body["secret"]?.string)
            try write(later.replacing("1d", with: "2d"), secret)
            #expect(try agree(anna.token) == "own")
            // What a template says is part of what a program means.
            let template = try call("GET", "/communication/templates/hello").body["source"]?.string ?? ""
            let changed: JSON = ["source": .string(template.replacing("Hello", with: "Good day"))]
            let written = try call(
                "POST", "/communication/templates/hello/versions", changed.compactText, key: ben.token)
            #expect(written.status < 300, "\(written.text)")
            #expect(try agree(ben.token) == "own")
            #expect(try agree(anna.token) == nil)
        }
    }

    @Test func `what was changed is in the chain, by ids, and what was refused is not`() async throws {
        let fixture = try ServiceFixture()
        try await fixture.serve { call in
            _ = try call("PUT", "/contacts/c1", #"{"email": "canary@example.com", "plan": "pro"}"#)
            _ = try call("PATCH", "/contacts/canary@example.com", #"{"plan": "free"}"#)
            _ = try call("PATCH", "/contacts/c1", #"{"plan": "gold"}"#)
            _ = try call("POST", "/suppressions", #"{"target": "canary2@example.com", "source": "letter"}"#)
            _ = try call("DELETE", "/contacts/canary@example.com?because=letter")
            let log = try call("GET", "/audit")
            let entries = log.body["items"]?.items ?? []
            #expect(
                entries.compactMap { $0["action"]?.string } == [
                    "eraseContact", "suppress", "patchContact", "putContact",
                ])
            #expect(entries.compactMap { $0["object"]?.string }.filter { $0 == "contact:1" }.count == 3)
            #expect(entries[2]["before"]?.string == entries[3]["after"]?.string)
            #expect(entries[2]["before"]?.string != entries[2]["after"]?.string)
            #expect(!log.text.contains("canary"))
            #expect(try call("GET", "/audit/verify").body["entries"]?.integer == 4)
        }
    }

    /// The triggers stand in the way of an accident; whoever takes them off is seen by the chain.
    @Test(arguments: [
        ("UPDATE audit_entry SET actor = 'somebody' WHERE number = 2", 2),
        ("UPDATE audit_entry SET at = at + 1 WHERE number = 3", 3), ("DELETE FROM audit_entry WHERE number = 2", 2),
        ("UPDATE audit_entry SET number = 9 WHERE number = 1", 1),
        ("UPDATE audit_entry SET before = x'00' WHERE number = 4", 4),
    ])
    func `one changed byte, and one missing entry, are found`(_ sql: String, _ place: Int64) throws {
        let fixture = try ServiceFixture()
        let log = try fixture.store.openAudit()
        for action in ["a", "b", "c", "d"] {
            try log.append(
                AuditEntry(at: ServiceFixture.now, actor: "x", action: action, object: "", request: "r"))
        }
        let connection = try fixture.store.connect()
        #expect(throws: StoreError.self) { try connection.execute(sql) }
        guard case .whole(4, _) = try log.verify() else {
            Issue.record("the chain is broken before anybody touched it")
            return
        }
        try connection.execute("DROP TRIGGER audit_entry_stays; DROP TRIGGER audit_entry_is_kept")
        try connection.execute(sql)
        #expect(try log.verify() == .broken(at: place))
    }

    @Test func `the audit's lists name operations that are there`() throws {
        let routes = Set(try ServiceFixture().routes.map(\.id))
        for id in APIRoute.unaudited.union(APIRoute.disclosing).union(APIRoute.revealing).union(APIRoute.forReviewers) {
            #expect(routes.contains(id), "\(id)")
        }
    }
}

private enum ApprovalProject {
    static let policy = """
        policy: marketing
        purpose: marketing
        packs: [eu.eprivacy, uk.pecr]
        consent:
          email: soft_optin
        approval: {needed_over: 10 contacts, by: can_approve_campaigns}

        """

    static let rule = """
        rule: thanks
        purpose: marketing
        lawful_basis: consent
        owner: olga
        trigger: {event: order_placed}
        runs: many
        via: [email-main]
        steps:
          - send: hello

        """
}
