import Testing

/// `test`, `play`, `simulate` and `backtest`, as a shell runs them, over the example programs.
@Suite struct RehearsalCommandTests {
    private static func project() throws -> Program {
        let carillon = try Program()
        let root = #filePath.prefix(upTo: #filePath.firstRange(of: "/Tests/CLITests")?.lowerBound ?? #filePath.endIndex)
        let copied = try carillon.shell("cp -r '\(root)/examples/.' . && rm -rf outbox .carillon")
        #expect(copied.status == 0, "\(copied.errors)")
        return carillon
    }

    @Test func `green tests end with 0, and a build server can read them`() throws {
        let carillon = try Self.project()
        defer { carillon.remove() }
        let run = try carillon("test", "tests/birthday.yaml", "tests/monthly-review.yaml", "--junit", "out.xml")
        #expect(run.status == 0, "\(run.output)")
        #expect(run.output.contains("✓ a birthday is greeted in the morning, by the contact's own clock"))
        #expect(run.output.contains("5 tests: all passed"))
        // The shape that the servers agree on: suites of cases, with counts that add up.
        let shape = try carillon.shell(
            """
            python3 - <<'END'
            import xml.etree.ElementTree as E
            root = E.parse('out.xml').getroot()
            assert root.tag == 'testsuites' and root.get('tests') == '5' and root.get('failures') == '0', root.attrib
            suites = list(root)
            assert [s.get('name') for s in suites] == ['tests/birthday.yaml', 'tests/monthly-review.yaml']
            for s in suites:
                assert s.tag == 'testsuite' and int(s.get('tests')) == len(list(s))
                for c in s:
                    assert c.tag == 'testcase' and c.get('name') and c.get('classname') and int(c.get('line')) > 0
            END
            """)
        #expect(shape.status == 0, "\(shape.errors)")
    }

    @Test func `a failing test says what came instead, and where both are written`() throws {
        let carillon = try Self.project()
        defer { carillon.remove() }
        try carillon.edit("tests/birthday.yaml", "at: 2027-05-02 09:00", "at: 2027-05-02 10:00")
        let run = try carillon("test", "tests/birthday.yaml", "--junit", "out.xml")
        #expect(run.status == 1)
        #expect(run.output.contains("expected  sent birthday via email-main at 2027-05-02 10:00"))
        #expect(
            run.output.contains("actual    2027-05-02 09:00 sent birthday via email-main (campaigns/birthday.yaml:16)"))
        #expect(run.output.contains("at 2027-05-02 09:00, not 2027-05-02 10:00"))
        #expect(carillon.read("out.xml").contains("<failure message=\"expected  sent birthday"))
        let json = try carillon("test", "tests/birthday.yaml", "--json")
        #expect(json.status == 1)
        #expect(json.output.contains("\"failed\": 1"))
        #expect(try carillon("test", "rules/price-drop.yaml").status == 2)
        #expect(try carillon("test", "gone.yaml").status == 2)
    }

    @Test func `a piped walk draws the message`() throws {
        let carillon = try Self.project()
        defer { carillon.remove() }
        let walk = try carillon.shell(
            """
            printf 'event donation_received amount="EUR 600" project=Well\\nnext\\ndance\\nquit\\n' \
            | carillon play donor-welcome
            """)
        #expect(walk.status == 0, "\(walk.errors)")
        #expect(walk.output.contains("│ Danke, Lena"))
        #expect(walk.output.contains("handed over to support"))
        #expect(walk.output.contains("donor-story"))
        #expect(walk.output.contains("? `dance` is nothing that can be done here"))
        #expect(try carillon("play", "nobody").status == 2)
    }

    @Test func `a seed gives the same page, which needs nothing beside itself`() throws {
        let carillon = try Self.project()
        defer { carillon.remove() }
        try carillon.write(
            "events.jsonl",
            """
            {"contact": "c-00001", "event": "trial_started", "at": "2027-03-01T09:00:00Z", "fields": {"plan": "pro"}}
            {"contact": "c-00004", "event": "price_dropped", "at": "2027-03-02T09:00:00Z", "fields": {"product_id": "r", "name": "Rose", "was": "EUR 10", "price": "EUR 5"}}
            {"contact": "nobody", "event": "trial_started", "at": "2027-03-01T09:00:00Z", "fields": {"plan": "pro"}}
            """)
        func simulate(_ html: String, _ seed: String) throws -> Program.Outcome {
            try carillon(
                "simulate", "--contacts", "contacts.csv", "--events", "events.jsonl", "--seed", seed, "--days", "30",
                "--html", html)
        }
        let first = try simulate("a.html", "7")
        #expect(first.status == 0, "\(first.errors)")
        #expect(first.output.contains("5,960 contacts, 30 days from 2027-03-01, seed 7"))
        #expect(first.output.contains("worst hour"))
        #expect(first.errors.contains("line 3"))
        let second = try simulate("b.html", "7")
        #expect(first.output == second.output)
        let page = carillon.read("a.html")
        #expect(page == carillon.read("b.html"))
        _ = try simulate("c.html", "8")
        #expect(page != carillon.read("c.html"))
        // Nothing is written above the picture's edge.
        for text in page.matches(of: /<text x="[^"]*" y="([^"]*)" class="day"/) {
            #expect((Double(text.1) ?? 0) >= 10, "\(text.0)")
        }
        for outside in ["http://", "https://", "src=", "<script", "@import", "url("] {
            #expect(!page.contains(outside), "\(outside)")
        }
        #expect(try carillon("simulate", "--contacts", "gone.csv").status == 1)
        #expect(try carillon("simulate", "--contacts", "contacts.csv", "--days", "0").status == 2)
        #expect(try carillon("simulate", "--contacts", "contacts.csv", "--opened", "many").status == 2)
    }

    @Test func `a backtest over an empty folder finds nothing, and a campaign is no subject`() throws {
        let carillon = try Self.project()
        defer { carillon.remove() }
        let run = try carillon("backtest", "birthday", "--since", "2026-01-01", "--data", "empty")
        #expect(run.status == 0, "\(run.errors)")
        #expect(run.output.contains("the same for 0 contacts, different for 0"))
        #expect(try carillon("backtest", "spring-sale", "--since", "2026-01-01", "--data", "empty").status == 2)
        #expect(try carillon("backtest", "birthday", "--since", "yesterday", "--data", "empty").status == 2)
    }
}
