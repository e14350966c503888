import Glibc
import RuleEngine
import Runner
import Storage
import TestKit
import Testing

@testable import Server

/// The pages for recipients over a real data folder: what a scanner fetches changes nothing, and what a person presses does.
@Suite struct PagesTests {
    @Test func `a GET and a HEAD of every page change nothing`() async throws {
        let day = try PageDay()
        try await day.fixture.serve { call in
            let link = try day.confirmation(call)
            let before = try day.state()
            for _ in 0..<3 {
                for path in ["/p/" + day.token, "/u/" + day.token, link] {
                    for method in ["GET", "HEAD"] {
                        let answer = try call.client.request(method, path)
                        #expect(answer.status == 200, "\(method) \(path)")
                        #expect(answer.headers["content-security-policy"]?.hasPrefix("default-src 'none'") == true)
                        #expect(answer.headers["referrer-policy"] == "no-referrer")
                        #expect(answer.headers["cache-control"] == "no-store")
                        #expect(!answer.body.contains("anna@example.com") && !answer.body.contains("c1"))
                        #expect(!answer.body.contains("<script"))
                    }
                }
            }
            #expect(try day.state() == before)
        }
    }

    @Test func `a saved page turns topics and channels off and on again`() async throws {
        let day = try PageDay()
        try await day.fixture.serve { call in
            let path = "/p/" + day.token
            let asked = try call.client.request("GET", path)
            #expect(asked.body.contains(#"name="on" value="email/news" checked"#), "\(asked.body)")
            let shown = "shown=email&shown=email%2Fnews"
            let off = try call.client.form(path, "\(shown)&on=email&do=save")
            #expect(off.body.contains("Saved."))
            #expect(try day.text("SELECT topic FROM topic_optout") == "news")
            // What the page didn't show is not taken for a box that was emptied.
            _ = try call.client.form(path, "shown=email&on=email&do=save")
            #expect(try day.text("SELECT count(*) FROM topic_optout") == "1")
            _ = try call.client.form(path, "\(shown)&on=email&on=email%2Fnews&do=save")
            #expect(try day.text("SELECT count(*) FROM topic_optout") == "0")
            _ = try call.client.form(path, "\(shown)&do=nothing")
            #expect(try day.text("SELECT count(*) FROM suppression") == "1")
            #expect(try call.client.request("GET", path).body.contains(#"value="email">"#))
            _ = try call.client.form(path, "\(shown)&on=email&on=email%2Fnews&do=save")
            #expect(try day.text("SELECT count(*) FROM suppression") == "0")
            let stands = "SELECT level || ' ' || wording FROM consent WHERE revoked_at IS NULL AND channel = 'email'"
            #expect(try day.text(stands) == "2 News and offers from Our Shop by email")
        }
    }

    @Test func `what a provider or an operator has stopped is not turned on by the page`() async throws {
        let day = try PageDay()
        try await day.fixture.serve { call in
            _ = try call(
                "POST", "/suppressions",
                #"{"target": "anna@example.com", "channel": "email", "reason": "complaint", "source": "provider"}"#)
            let path = "/p/" + day.token
            #expect(try call.client.request("GET", path).body.contains("it was stopped by you or by your provider"))
            _ = try call.client.form(path, "shown=email&on=email&do=save")
            #expect(try day.text("SELECT count(*) FROM suppression") == "1")
        }
    }

    @Test func `consent counts once its button is pressed, by its own link and in time`() async throws {
        let day = try PageDay()
        try await day.fixture.serve { call in
            let link = try day.confirmation(call)
            let live = "SELECT count(*) FROM consent WHERE channel = 'email' AND source LIKE 'double opt-in%'"
            #expect(try call.client.request("GET", link).body.contains("News &amp; offers"))
            #expect(try call.client.form(link, "confirm=no").status == 400)
            #expect(try call.client.form(link, "List-Unsubscribe=One-Click").status == 400)
            #expect(try day.text(live) == "0")
            #expect(try call.client.form(link, "confirm=yes").body.contains("Thank you"))
            #expect(try day.text(live) == "1")
            #expect(try call.client.form(link, "confirm=yes").body.contains("Thank you"))
            #expect(try day.text("SELECT count(*) FROM consent_event WHERE source LIKE 'double opt-in%'") == "1")
            // One link's token is no other's.
            #expect(try call.client.form("/confirm/" + day.token, "confirm=yes").status == 404)
            #expect(try call.client.request("GET", "/p/" + link.dropFirst("/confirm/".count)).status == 404)
            let late = try day.confirmation(call)
            try day.fixture.store.connect().execute("UPDATE opt_in SET expires_at = 1 WHERE confirmed_at IS NULL")
            #expect(try call.client.form(late, "confirm=yes").body.contains("too old"))
            #expect(try day.text("SELECT count(*) FROM opt_in WHERE confirmed_at IS NULL") == "1")
        }
    }

    @Test func `a changed link leads nowhere, and a followed one is in the ledger`() async throws {
        let day = try PageDay()
        try await day.fixture.serve { call in
            var html = Array(#"<p><a href="https://shop.example/a?x=1&amp;y=2">x</a></p>"#.utf8)
            day.tracking.apply(to: &html, of: day.delivery)
            let text = String(decoding: html, as: UTF8.self)
            let link = String(text.split(separator: "\"")[1].dropFirst("http://127.0.0.1:8087".count))
            let head = try call.client.request("HEAD", link)
            #expect(head.status == 302)
            #expect(try day.text("SELECT count(*) FROM channel_event") == "0")
            let followed = try call.client.request("GET", link)
            #expect(followed.status == 302)
            #expect(followed.headers["location"] == "https://shop.example/a?x=1&y=2")
            #expect(try day.text("SELECT flags & 2 FROM delivery_status") == "2")
            for changed in [
                link.replacing("shop.example", with: "evil.example"), link + "x", String(link.prefix { $0 != "?" }),
                link.replacing("/c/", with: "/c/a"), "/c/\(day.token)?u=https%3A%2F%2Fevil.example",
            ] {
                let answer = try call.client.request("GET", changed)
                #expect(answer.status == 404 && answer.headers["location"] == nil, "\(changed)")
            }
            let image = String(
                try #require(text.split(separator: "\"").first { $0.contains("/o/") }).dropFirst(
                    "http://127.0.0.1:8087".count))
            let opened = try call.client.request("GET", image)
            #expect(opened.headers["content-type"] == "image/gif")
            #expect(opened.headers["cross-origin-resource-policy"] == "cross-origin")
            _ = try call.client.request("GET", image)
            #expect(try day.text("SELECT flags & 3 FROM delivery_status") == "3")
            #expect(try day.text("SELECT count(*) FROM channel_event") == "2")
            #expect(try call.client.request("GET", "/o/" + day.token).status == 404)
        }
    }

    @Test(.enabled(if: access("/usr/bin/chromedriver", X_OK) == 0, "chromium-driver is not installed"))
    func `a person goes through preferences, unsubscribing and double opt-in in a browser`() async throws {
        let day = try PageDay()
        let seen = try await day.fixture.serve { call in
            let base = "http://127.0.0.1:\(call.client.port)"
            let confirm = try day.confirmation(call)
            return try Python(
                script: "walk_pages.py", [base + "/p/" + day.token, base + "/u/" + day.token, base + confirm, "en"]
            ).finish()
        }
        try #require(!seen.contains(#""unavailable""#), "a browser is installed and can't start: \(seen)")
        let box = "News and offers from Our Shop by email"
        #expect(seen.contains(#""before": [["email", true, "\#(box)"], ["email/news", true, "News"]]"#), "\(seen)")
        #expect(
            seen.contains(
                #""saved": {"boxes": [["email", true, "\#(box)"], ["email/news", false, "News"]], "status": "Saved."#),
            "\(seen)")
        #expect(seen.contains(#""unsubscribed": {"button": null, "heading": "You are unsubscribed""#), "\(seen)")
        #expect(seen.contains(#""after": [["email", false, "\#(box)"]"#), "\(seen)")
        #expect(seen.contains(#""asked": {"button": "I agree", "heading": "Please confirm""#), "\(seen)")
        #expect(seen.contains(#""confirmed": {"button": null, "heading": "Thank you""#), "\(seen)")
        #expect(seen.contains(#""again": [["email", true, "\#(box)"]"#), "\(seen)")
    }
}

/// A contact who has got one mail of a campaign.
private final class PageDay: Sendable {
    let fixture: ServiceFixture
    let delivery = DeliveryKey(launch: LaunchID(rawValue: 7), contact: ContactKey(rawValue: 1), step: 1)
    let token: String
    let tracking: TrackedLinks

    init() throws {
        fixture = try ServiceFixture()
        token = ReferenceSealer(fixture.store.key).seal(delivery)
        var channel = CheckedChannel(
            id: "email-main", kind: "email", provider: "outbox",
            span: SourceSpan(file: FileID(rawValue: 0), start: 0, end: 0))
        channel.settings = ["track_clicks": "true", "track_opens": "true"]
        tracking = try #require(
            TrackedLinks(channel, publicURL: "http://127.0.0.1:8087", key: fixture.store.key))
        try fixture.store.connect().execute(
            """
            INSERT INTO contact (id, external_id, created_at, updated_at) VALUES (1, 'c1', 1, 1);
            INSERT INTO consent (contact, channel, purpose, level, given_at) VALUES (1, 'email', 'marketing', 1, 1);
            INSERT INTO launch (id, program, version, channel_id, channel_kind, purpose, topic, brand, currency, state,
                created_at, source)
            VALUES (7, 'hello', 'v', 'email-main', 'email', 'marketing', 'news', 'Our Shop', 'EUR', 3, 1, '');
            INSERT INTO delivery (tenant, launch, contact, step, occurrence, state, created_at, updated_at, accepted_at)
            VALUES (1, 7, 1, 1, 0, 10, 1, 1, 1);
            """)
        let key = AddressHasher(fixture.store.key).key(kind: "email", "anna@example.com")
        let insert = try fixture.store.connect().prepare(
            "INSERT INTO identity (contact, kind, address, address_key) VALUES (1, 'email', 'anna@example.com', ?1)")
        insert.bindBlob(1, key)
        try insert.run()
    }

    /// The path of a new link.
    func confirmation(_ call: ServiceClient) throws -> String {
        let asked = try call(
            "POST", "/consents/requests",
            #"{"contact": "c1", "channel": "email", "source": "form 7", "wording": "News & offers"}"#)
        #expect(asked.status == 201)
        let link = try #require(asked.body["link"]?.string)
        return String(link.dropFirst("http://127.0.0.1:8087".count))
    }

    func text(_ sql: String) throws -> String? {
        let statement = try fixture.store.connect().prepareOnce(sql)
        return try statement.step() ? statement.optionalString(0) : nil
    }

    /// All that a person's wish would change.
    func state() throws -> String {
        try ["consent", "consent_event", "suppression", "topic_optout", "permission", "opt_in", "channel_event"].map {
            try text(
                "SELECT '\($0) ' || count(*) || coalesce(group_concat(rowid), '') FROM (SELECT 1 AS rowid FROM \($0))")
                ?? ""
        }.joined(separator: ";")
    }
}
