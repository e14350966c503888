import RuleEngine
import Runner
import Testing

@testable import Server

@Suite struct ContactRoutesTests {
    private static let anna = """
        {"email": "Anna@Example.COM", "first_name": "Anna", "plan": "pro", "language": "de", "country": "DE",
         "tags": ["newsletter", "vip"], "allow.sms": false, "consent.email": "express",
         "consent.email.at": "2026-03-02", "consent.email.source": "newsletter form"}
        """

    @Test func `a contact is written, changed, replaced and forgotten`() async throws {
        let fixture = try ServiceFixture()
        try await fixture.serve { call in
            let created = try call("PUT", "/contacts/c1", Self.anna)
            #expect(created.status == 201)
            #expect(created.body["addresses"]?.items.first?["address"]?.string == "Anna@example.com")
            #expect(created.body["consents"]?.items.first?["level"]?.string == "express")
            #expect(created.body["permissions"]?["sms"]?.flag == false)
            #expect(try call("PUT", "/contacts/c1", Self.anna).status == 200)

            let patched = try call("PATCH", "/contacts/anna%40example.com", #"{"first_name": "Anne"}"#)
            #expect(patched.status == 200)
            #expect(patched.body["attributes"]?["first_name"]?.string == "Anne")
            #expect(patched.body["attributes"]?["plan"]?.string == "pro")
            #expect(patched.body["attributes"]?["country"]?.string == "DE")

            let replaced = try call("PUT", "/contacts/c1", #"{"email": "anna@example.com", "plan": "free"}"#)
            #expect(replaced.body["attributes"]?["first_name"] == nil)
            #expect(replaced.body["attributes"]?["plan"]?.string == "free")
            // What somebody agreed to is no field: it is taken back, and not left out.
            #expect(replaced.body["consents"]?.items.count == 1)

            #expect(try call("DELETE", "/contacts/c1").code == "no_reason")
            let erased = try call("DELETE", "/contacts/c1?because=letter%20of%20May")
            #expect(erased.status == 200)
            #expect(try call("GET", "/contacts/anna@example.com").code == "unknown_contact")
            let list = try call("GET", "/suppressions")
            #expect(list.body["items"]?.items.count ?? 0 > 0)
        }
    }

    @Test func `pages of the suppression list follow each other`() async throws {
        let fixture = try ServiceFixture()
        try await fixture.serve { call in
            for number in 1...5 {
                _ = try call("POST", "/suppressions", #"{"target": "a\#(number)@example.com", "source": "letter"}"#)
            }
            let all = try call("GET", "/suppressions").body["items"]?.items.count ?? 0
            var seen = 0
            var next = ""
            for _ in 0..<10 {
                let page = try call("GET", "/suppressions?limit=2" + next).body
                seen += page["items"]?.items.count ?? 0
                guard let cursor = page["next_cursor"]?.string else { break }
                next = "&cursor=" + cursor
            }
            #expect(all >= 5 && seen == all)
            #expect(try call("GET", "/suppressions?cursor=nonsense").code == "bad_cursor")
            #expect(try call("GET", "/campaigns?cursor=nonsense").code == "bad_cursor")
            let revoked =
                #"{"contact": "c1", "channel": "email", "action": "revoked", "source": "letter", "level": "express"}"#
            #expect(try call("POST", "/consents", revoked).code == "only_granted")
        }
    }

    @Test func `what is wrong is named by field`() async throws {
        let fixture = try ServiceFixture()
        try await fixture.serve { call in
            let bad = try call("PUT", "/contacts/c1", #"{"email": "nonsense", "plan": "gold"}"#)
            #expect(bad.status == 422)
            #expect(bad.code == "refused")
            #expect(bad.body["errors"]?.items.compactMap { $0["field"]?.string }.sorted() == ["email", "plan"])
            #expect(try call("GET", "/contacts/c1").status == 404)
            let unknown = try call("PUT", "/contacts/c1", #"{"email": "a@example.com", "plam": "pro"}"#)
            #expect(unknown.code == "header")
            #expect(unknown.text.contains("plam"))
            #expect(try call("PATCH", "/contacts/c1", #"{"plan": "pro"}"#).code == "unknown_contact")
            #expect(try call("PUT", "/contacts/c1", #"{"tags": {"a": 1}}"#).code == "wrong_value")
            #expect(try call("PUT", "/contacts/c1", #"{"id": "c2", "plan": "pro"}"#).code == "wrong_value")
        }
    }

    @Test func `who changes what somebody else has changed is told so`() async throws {
        let fixture = try ServiceFixture()
        try await fixture.serve { call in
            _ = try call("PUT", "/contacts/c1", Self.anna)
            let shown = try call("GET", "/contacts/c1")
            let tag = try #require(shown.headers["etag"])
            #expect(try call("GET", "/contacts/c1", headers: ["If-None-Match": tag]).status == 304)
            let mine = try call("PATCH", "/contacts/c1", #"{"plan": "free"}"#, headers: ["If-Match": tag])
            #expect(mine.status == 200)
            let late = try call("PATCH", "/contacts/c1", #"{"plan": "pro"}"#, headers: ["If-Match": tag])
            #expect(late.status == 412)
            #expect(late.code == "changed")
            #expect(try call("GET", "/contacts/c1").body["attributes"]?["plan"]?.string == "free")
            #expect(try call("GET", "/contacts/c1", headers: ["If-None-Match": tag]).status == 200)
        }
    }

    @Test func `a file comes in, and lists come in pages`() async throws {
        let fixture = try ServiceFixture()
        try await fixture.serve { call in
            let rows = (1...120).map { number in
                "p\(number),p\(number)@example.com,pro,\(number % 2 == 0 ? "DE" : "GB"),\(number % 3 == 0 ? "vip" : "")\n"
            }
            let file = "id,email,plan,country,tags\n" + rows.joined() + "bad,nonsense,pro,DE,\n"
            let brought = try call(
                "POST", "/contacts/imports", file, type: "text/csv", headers: ["Idempotency-Key": "one"])
            #expect(brought.body["created"]?.integer == 120)
            #expect(brought.body["refused"]?.integer == 1)
            let again = try call(
                "POST", "/contacts/imports", file, type: "text/csv", headers: ["Idempotency-Key": "one"])
            #expect(again.headers["idempotency-replayed"] == "true")
            #expect(again.text == brought.text)
            #expect(try call("POST", "/contacts/imports?strict=true", file, type: "text/csv").code == "strict")
            #expect(try call("POST", "/contacts/imports", file).code == "unknown_type")

            var seen: [String] = []
            var cursor: String?
            repeat {
                let reply = try call("GET", "/contacts?limit=50" + (cursor.map { "&cursor=\($0)" } ?? ""))
                seen += reply.body["items"]?.items.compactMap { $0["id"]?.string } ?? []
                cursor = reply.body["next_cursor"]?.string
            } while cursor != nil
            #expect(seen == (1...120).map { "p\($0)" })
            let offset = try call("GET", "/contacts?limit=2&offset=10")
            #expect(offset.body["items"]?.items.compactMap { $0["id"]?.string } == ["p11", "p12"])
            let first = try #require(try call("GET", "/contacts?limit=2").body["next_cursor"]?.string)
            let behind = try call("GET", "/contacts?limit=2&offset=10&cursor=" + first)
            #expect(behind.body["items"]?.items.compactMap { $0["id"]?.string } == ["p13", "p14"])
            func count(_ query: String) throws -> Int {
                try call("GET", "/contacts?limit=200&" + query).body["items"]?.items.count ?? -1
            }
            #expect(try count("country=DE") == 60)
            #expect(try count("tag=vip") == 40)
            #expect(try count("q=p11") == 11)
            #expect(try count("q=P7@EXAMPLE.com") == 1)
            #expect(try count("do_not_contact=true") == 0)
            #expect(try count("changed_since=2030-01-01T00:00:00Z") == 0)
            for query in ["limit=0", "limit=x", "limit=1&limit=2", "offset=-1", "do_not_contact=yes"] {
                #expect(try call("GET", "/contacts?" + query).code == "bad_parameter", "\(query)")
            }
            #expect(try call("GET", "/contacts?colour=red").code == "unknown_parameter")
        }
    }

    /// A table that comes later is in it without anybody's doing.
    @Test func `an export covers every table that names the contact`() async throws {
        let fixture = try ServiceFixture()
        try await fixture.serve { call in
            _ = try call("PUT", "/contacts/c1", Self.anna)
            let reply = try call("GET", "/contacts/c1/export")
            let tables = Set(reply.body["records"]?.entries.map(\.key) ?? [])
            #expect(tables.isSuperset(of: ["contact", "identity", "permission", "consent", "consent_event"]))
            #expect(reply.text.contains("newsletter form"))
        }
    }
}

@Suite struct ConsentRoutesTests {
    @Test func `consent is given and taken back, and its history stays`() async throws {
        let fixture = try ServiceFixture()
        try await fixture.serve { call in
            _ = try call("PUT", "/contacts/c1", #"{"email": "anna@example.com", "plan": "pro"}"#)
            let granted = try call(
                "POST", "/consents",
                #"{"contact": "c1", "action": "granted", "channel": "email", "level": "express", "source": "form 7"}"#)
            #expect(granted.body["consents"]?.items.first?["level"]?.string == "express")
            let revoked = try call(
                "POST", "/consents",
                #"{"contact": "anna@example.com", "action": "revoked", "channel": "email", "source": "call"}"#)
            #expect(revoked.body["consents"]?.items.first?["revoked_via"]?.string == "call")
            let shown = try call("GET", "/consents?contact=c1")
            #expect(shown.body["history"]?.items.compactMap { $0["action"]?.string } == ["granted", "revoked"])
            #expect(shown.body["history"]?.items.first?["actor"]?.string?.hasPrefix("key:") == true)
            #expect(try call("GET", "/consents").code == "no_contact")
            let late =
                #"{"contact": "c1", "action": "granted", "channel": "email", "level": "express", "source": "f", "#
            #expect(try call("POST", "/consents", late + #""at": "2040-01-01T00:00:00Z"}"#).code == "bad_time")
            let without = #"{"contact": "c1", "action": "granted", "channel": "email", "source": "f"}"#
            #expect(try call("POST", "/consents", without).code == "no_level")
            let fax = #"{"contact": "c1", "action": "revoked", "channel": "fax", "source": "f"}"#
            #expect(try call("POST", "/consents", fax).code == "wrong_value")
        }
    }

    @Test func `an address is suppressed whether a contact has it or not, and lifted with a reason`() async throws {
        let fixture = try ServiceFixture()
        try await fixture.serve { call in
            let body = #"{"target": "ben@example.com", "channel": "email", "reason": "complaint", "source": "letter"}"#
            #expect(try call("POST", "/suppressions", body).body["entries"]?.integer == 1)
            #expect(try call("POST", "/suppressions", body).body["entries"]?.integer == 0)
            let list = try call("GET", "/suppressions?limit=1")
            #expect(list.body["items"]?.items.first?["reason"]?.string == "suppressed_complaint")
            // The address itself is not kept.
            #expect(!list.text.contains("ben@"))
            #expect(try call("POST", "/suppressions/lift", #"{"target": "ben@example.com"}"#).code == "missing_key")
            let lift = #"{"target": "ben@example.com", "channel": "email", "because": "the person asked for it"}"#
            #expect(try call("POST", "/suppressions/lift", lift).body["entries"]?.integer == 1)
            #expect(try call("POST", "/suppressions", #"{"target": "c9", "source": "x"}"#).code == "unknown_contact")
            #expect(try call("POST", "/suppressions", #"{"target": "a@", "source": "x"}"#).code == "bad_address")
        }
    }

    @Test func `preferences are read and written`() async throws {
        let fixture = try ServiceFixture()
        try await fixture.serve { call in
            _ = try call("PUT", "/contacts/c1", #"{"email": "anna@example.com", "plan": "pro"}"#)
            let path = "/communication/contacts/c1/preferences"
            let changed = try call(
                "POST", path,
                """
                {"preferred_channel": "email", "channels": {"sms": false, "email": true},
                 "topics_off": [{"channel": "email", "topic": "news"}], "source": "preference form"}
                """)
            #expect(changed.body["channels"]?["sms"]?.flag == false)
            #expect(changed.body["preferred_channel"]?.string == "email")
            #expect(changed.body["topics_off"]?.items.first?["topic"]?.string == "news")
            #expect(try call("GET", path).text == changed.text)
            #expect(try call("POST", path, #"{"channels": {"fax": true}}"#).code == "unknown_channel")
            let stopped = try call("POST", path, #"{"do_not_contact": true}"#)
            #expect(stopped.body["channels"]?["email"]?.flag == true)
            let list = try call("GET", "/suppressions")
            #expect(list.body["items"]?.items.first?["reason"]?.string == "dnc_tenant")
        }
    }
}
