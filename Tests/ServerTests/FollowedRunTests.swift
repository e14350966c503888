import RuleEngine
import Runner
import Storage
import Testing

@testable import Server

/// From a link of ours in a mail to the run that waits for it, and on.
@Suite struct FollowedRunTests {
    private func fixture() throws -> ServiceFixture {
        let channel = ServiceProject.files.first { $0.path == "channels/email-main.yaml" }?.text ?? ""
        return try ServiceFixture(extra: [
            ("channels/email-main.yaml", channel + "track_clicks: true\ntrack_opens: true\n"),
            (
                "templates/offer.yaml",
                """
                template: offer
                purpose: transactional
                email:
                  en:
                    subject: 'An offer'
                    html: '<p><a href="<<link "https://shop.example/offer" as "shop">>">Look</a></p>'
                    body: 'Look: <<link "https://shop.example/offer" as "shop">>'

                """
            ), ("campaigns/clicks.yaml", Self.rule("clicks", #"clicked(first, link "shop")"#)),
            ("campaigns/opens.yaml", Self.rule("opens", "opened(first)")),
        ])
    }

    private static func rule(_ name: String, _ condition: String) -> String {
        """
        rule: \(name)
        purpose: transactional
        trigger: {event: order_placed}
        via: [email-main]
        steps:
          - send: offer
            name: first
          - wait_until: \(condition)
            up_to: 3d
            then:
              - exit: looked
            else:
              - exit: silent

        """
    }

    /// The path of an address of ours in a mail.
    private static func path(_ kind: String, in mail: String) throws -> String {
        let text = mail.replacing("=\r\n", with: "").replacing("=3D", with: "=")
        let start = try #require(text.firstRange(of: "http://127.0.0.1:8087/\(kind)/"))
        let path = text[start.lowerBound...].prefix { $0 != "\"" }.dropFirst("http://127.0.0.1:8087".count)
        return String(path.replacing("&amp;", with: "&"))
    }

    @Test(arguments: [("clicks", "c"), ("opens", "o")])
    func `a run that waits for a look at our link goes on when somebody looks`(
        _ program: String, _ kind: String
    ) async throws {
        let fixture = try fixture()
        try await fixture.serve { call in
            for (id, plan) in [("c1", "pro"), ("c2", "free")] {
                _ = try call("PUT", "/contacts/\(id)", #"{"email": "\#(id)@example.com", "plan": "\#(plan)"}"#)
            }
            #expect(try call("POST", "/programs/\(program)/activate").body["outcome"]?.string == "activated")
        }
        for contact in 1...2 as ClosedRange<Int64> {
            let order = NewEvent(
                contact: ContactKey(rawValue: contact), name: "order_placed", at: ServiceFixture.now,
                fields: ["order_id": Value("A-\(contact)")], keys: [.id("e\(contact)")])
            _ = try fixture.store.openEvents().append([order], now: ServiceFixture.now)
        }
        try fixture.runPrograms()
        let mail = try #require(try fixture.outbox().first { $0.contains("c1@example.com") })
        let path = try Self.path(kind, in: mail)
        try await fixture.serve { call in
            func open() throws -> [String] {
                try call("GET", "/runs?program=\(program)&state=open").body["items"]?.items.compactMap {
                    $0["contact"]?.string
                } ?? []
            }
            #expect(try open() == ["c1", "c2"])
            let followed = try call.client.request("GET", path)
            #expect(followed.status == (kind == "c" ? 302 : 200), "\(path): \(followed)")
            if kind == "c" { #expect(followed.headers["location"] == "https://shop.example/offer") }
            try fixture.runPrograms()
            let rest = try open()
            #expect(rest == ["c2"], "\(program)")
            let ended = try call("GET", "/runs?program=\(program)&state=ended").body["items"]?.items
            #expect(ended?.compactMap { $0["ending"]?.string } == ["exit looked"])
        }
    }
}
