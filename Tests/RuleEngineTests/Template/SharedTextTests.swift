import Testing

@testable import RuleEngine

/// Texts that messages share: blocks, and the layouts of brands.
struct SharedTextTests {
    private static let legal = """
        block: legal
        text:
          en: |
            <<sender.postal_address>>
            <<unsubscribe.link>>
        html:
          en: |
            <p><<sender.postal_address>>, <a href="<<unsubscribe.link>>">no more</a></p>

        """

    private static func template(_ body: String, _ html: String = "") -> String {
        "template: offer\npurpose: marketing\nemail:\n  en:\n    subject: An offer\n    body: |\n"
            + body.split(separator: "\n").map { "      \($0)\n" }.joined()
            + (html.isEmpty
                ? "" : "    html: |\n" + html.split(separator: "\n").map { "      \($0)\n" }.joined())
    }

    private static func compile(_ files: [(String, String)]) -> Compiler.Result {
        BaseProject.compile(files.map { (path: $0.0, text: $0.1) })
    }

    private static func rendered(_ text: CompiledText?, contact: [String: TemplateFixture.Fact] = [:]) throws -> String
    {
        var buffer: [UInt8] = []
        try #require(text).render(
            into: &buffer, facts: FactPage(slotCount: 40), row: 0, context: TemplateFixture().context)
        return String(decoding: buffer, as: UTF8.self)
    }

    @Test func `a block stands for its text, in every part of the message`() throws {
        let result = Self.compile([
            ("blocks/legal.yaml", Self.legal),
            ("templates/offer.yaml", Self.template("Hi!\n<<block \"legal\">>\nBye", "<p>Hi!</p>\n<<block \"legal\">>")),
        ])
        #expect(result.diagnostics.map(\.code) == [])
        let message = try #require(result.project?.templates["offer"]?.messages["email"]?["en"])
        #expect(
            try Self.rendered(message.fields["text"])
                == "Hi!\nHauptstraße 1, Berlin\nhttps://go.acme.example/u/abc?x=1&y=2\nBye\n")
        #expect(
            try Self.rendered(message.fields["html"])
                == "<p>Hi!</p>\n<p>Hauptstraße 1, Berlin, <a href=\"https://go.acme.example/u/abc?x=1&amp;y=2\">no more</a></p>\n"
        )
    }

    static let mistakes: [(block: String, body: String, codes: [String])] = [
        ("", "<<block \"legl\">>\n<<sender.postal_address>><<unsubscribe.link>>", ["E0254"]),
        ("", "<<block legal>>\n<<block \"legal\">>", ["E0183"]),
        ("", "<<block \"legal\" as \"x\">>\n<<block \"legal\">>", ["E0183"]),
        ("Hi <<contact.first_name>>", "<<block \"x\">>\n<<block \"legal\">>", ["E0312"]),
        // What the path has shown holds in the block as well.
        (
            "Hi <<contact.first_name>>",
            "<<if contact.first_name is known>>\n<<block \"x\">>\n<<end>>\n<<block \"legal\">>", []
        ),
        ("<<block \"legal\">>", "<<block \"x\">>\n<<block \"legal\">>", ["E0256"]),
        ("<<block \"x\">>", "<<block \"x\">>\n<<block \"legal\">>", ["E0256"]),
        ("<<content>>", "<<block \"x\">>\n<<block \"legal\">>", ["E0184"]),
        ("", "<<content>>\n<<block \"legal\">>", ["E0184"]),
        // Nobody shows it, and it is wrong all the same.
        ("<<contact.seat>>", "<<block \"legal\">>", ["E0240"]),
    ]

    @Test(arguments: mistakes)
    func `what is wrong with a block is told`(_ block: String, _ body: String, _ codes: [String]) {
        let other = block.isEmpty ? "" : "---\nblock: x\ntext:\n  en: '\(block)'\n"
        let result = Self.compile([
            ("blocks/legal.yaml", Self.legal + other), ("templates/offer.yaml", Self.template(body)),
        ])
        #expect(result.diagnostics.map(\.code) == codes)
    }

    @Test func `a mistake in a block shows both places`() throws {
        let block = "block: greeting\ntext:\n  en: Hi <<contact.first_name>>\n"
        let result = Self.compile([
            ("blocks/a.yaml", block + "---\n" + Self.legal),
            ("templates/offer.yaml", Self.template("<<block \"greeting\">>\n<<block \"legal\">>")),
        ])
        let found = try #require(result.diagnostics.first)
        #expect(result.sources.path(of: found.primary.span) == "blocks/a.yaml")
        #expect(found.secondary.contains { result.sources.path(of: $0.span) == "templates/offer.yaml" })
    }

    @Test func `a link of a block is a link of the message`() {
        let block = "block: shop\ntext:\n  en: <<link \"https://acme.example\" as \"shop\">>\n"
        let rule = """
            sequence: a
            purpose: marketing
            lawful_basis: consent
            enter: {event: trial_started}
            steps:
              - send: offer
                via: [email-main]
              - if: clicked(offer, link "NAME")
                then: [{tag: keen}]

            """
        for (name, codes) in [("shop", []), ("shp", ["E0250"])] as [(String, [String])] {
            let result = Self.compile([
                ("blocks/a.yaml", block + "---\n" + Self.legal),
                ("templates/offer.yaml", Self.template("<<block \"shop\">>\n<<block \"legal\">>")),
                ("sequences/a.yaml", rule.replacing("NAME", with: name)),
            ])
            #expect(result.diagnostics.map(\.code) == codes)
        }
    }

    // MARK: Layouts

    private static func project(_ layout: String) -> String {
        BaseProject.project.replacing(
            "  acme: {name: Acme GmbH, postal_address: \"Hauptstraße 1, 10115 Berlin\", website: https://acme.example}\n",
            with: "  acme:\n    name: Acme GmbH\n    postal_address: Hauptstraße 1, 10115 Berlin\n    layout:\n"
                + layout.split(separator: "\n").map { "      \($0)\n" }.joined())
    }

    private static let frame = """
        text: |
          == Acme ==
          <<content>>
          --
          <<sender.postal_address>> <<unsubscribe.link>>
        html: |
          <body><h1>Acme</h1>
          <<content>>
          <p><<sender.postal_address>> <a href="<<unsubscribe.link>>">no more</a></p></body>
        """

    @Test func `a layout stands around every email of its brand, and may hold what the law asks`() throws {
        let result = Self.compile([
            ("carillon.yaml", Self.project(Self.frame)),
            ("templates/offer.yaml", Self.template("Hi!", "<p>Hi!</p>")),
            ("campaigns/a.yaml", BaseProject.campaign.replacing("send: welcome", with: "send: offer")),
        ])
        #expect(result.diagnostics.map(\.code) == [])
        let message = try #require(result.project?.campaigns["spring-sale"]?.template.messages["email"]?["en"])
        #expect(
            try Self.rendered(message.fields["text"])
                == "== Acme ==\nHi!\n\n--\nHauptstraße 1, Berlin https://go.acme.example/u/abc?x=1&y=2\n")
        #expect(try Self.rendered(message.fields["html"]).hasPrefix("<body><h1>Acme</h1>\n<p>Hi!</p>\n\n<p>Haupt"))
        #expect(try Self.rendered(message.fields["subject"]) == "An offer")
    }

    static let frames: [(String, String, [String])] = [
        ("<<content>>\n  --", "--", ["E0184"]), ("<<content>>\n  --", "<<content>><<content>>\n  --", ["E0184"]),
        ("<h1>Acme</h1>", "<h1 title=\"<<content>>\">", ["E0349", "E0184"]),
        ("sender.postal_address", "sender.adress", ["E0243"]),
    ]

    @Test(arguments: frames)
    func `what is wrong with a layout is told`(_ old: String, _ new: String, _ codes: [String]) {
        let frame = Self.frame.replacing(old, with: new, maxReplacements: 1)
        let result = Self.compile([("carillon.yaml", Self.project(frame))])
        #expect(Set(result.diagnostics.map(\.code)).isSuperset(of: [codes[0]]), "\(result.diagnostics.map(\.message))")
    }

    @Test func `a layout without the unsubscribe link leaves the law to the message`() {
        let result = Self.compile([
            ("carillon.yaml", Self.project("text: |\n  Acme\n  <<content>>")),
            ("templates/offer.yaml", Self.template("Hi!")),
        ])
        #expect(result.diagnostics.map(\.code) == ["E0402", "E0403"])
    }

    @Test func `a block and a layout are in the version of what shows them`() throws {
        func form(_ block: String, _ frame: String) throws -> [UInt8] {
            let result = Self.compile([
                ("carillon.yaml", Self.project(frame)), ("blocks/a.yaml", block),
                ("templates/offer.yaml", Self.template("Hi!\n<<block \"legal\">>")),
                ("campaigns/a.yaml", BaseProject.campaign.replacing("send: welcome", with: "send: offer")),
            ])
            let project = try #require(result.project)
            return ProgramGraph.lower(try #require(project.campaigns["spring-sale"]), in: project).canonicalForm
        }
        let now = try form(Self.legal, Self.frame)
        #expect(try form(Self.legal.replacing("legal\n", with: "legal\nabout: For all\n"), Self.frame) == now)
        #expect(try form(Self.legal.replacing("<<sender", with: "By <<sender"), Self.frame) != now)
        #expect(try form(Self.legal, Self.frame.replacing("==", with: "--")) != now)
    }

    // MARK: Lists of records

    @Test func `the records of an event's list are looked into`() throws {
        let template = """
            template: cart
            sms:
              en: "<<for item in entry.items>><<item.quantity>> x <<item.sku | upper>>; <<end>>"

            """
        func codes(_ template: String) -> [String] {
            Self.compile([("templates/cart.yaml", template)]).diagnostics.map(\.code)
        }
        let result = Self.compile([("templates/cart.yaml", template)])
        #expect(result.diagnostics.map(\.code) == [])
        let text = try #require(result.project?.templates["cart"]?.messages["sms"]?["en"]?.fields["text"])
        var context = TemplateFixture().context
        let things: [Value] = [.list([Value("tulip"), .number(2, .int)]), .list([Value("rose"), .number(1, .int)])]
        context.journey = JourneyFacts(entry: ["items": .list(things)])
        var buffer: [UInt8] = []
        try text.render(into: &buffer, facts: FactPage(slotCount: 40), row: 0, context: context)
        #expect(String(decoding: buffer, as: UTF8.self) == "2 x TULIP; 1 x ROSE; ")
        #expect(codes(template.replacing("item.sku", with: "item.skus")) == ["E0243"])
        #expect(codes(template.replacing("item.quantity", with: "item.quantity | upper")) == ["E0341"])
        #expect(codes(template.replacing("<<item.quantity>>", with: "<<item>>")) == ["E0243"])
    }

    // MARK: Parts of a message

    @Test func `an email may have HTML alone`() {
        func codes(_ parts: String) -> [String] {
            let text = "template: a\npurpose: transactional\nemail:\n  en:\n    subject: Hi\n" + parts
            return Self.compile([("templates/a.yaml", text)]).diagnostics.map(\.code)
        }
        #expect(codes("    html: <p>Hi</p>\n") == [])
        #expect(codes("    body: Hi\n") == [])
        #expect(codes("") == ["E0206"])
    }

    @Test func `a short link is a link`() throws {
        let text =
            "template: a\npurpose: transactional\nsms:\n  en: 'Go: <<short_link \"https://acme.example/a\" as \"go\">>'\n"
        let result = Self.compile([("templates/a.yaml", text)])
        #expect(result.diagnostics.map(\.code) == [])
        let message = try #require(result.project?.templates["a"]?.messages["sms"]?["en"]?.fields["text"])
        #expect(try Self.rendered(message) == "Go: https://acme.example/a")
        #expect(message.links.map(\.isShort) == [true])
        #expect(message.links.first?.name == "go")
    }

    static let segments: [(String, [String])] = [
        ("Hi", []), (String(repeating: "a", count: 160), []), (String(repeating: "a", count: 161), ["E0363"]),
        (String(repeating: "č", count: 71), ["E0363"]),
        ("<<contact.company>>" + String(repeating: "a", count: 121), []),
        (String(repeating: "a", count: 155) + "<<contact.plan>>", []),
        (String(repeating: "a", count: 157) + "<<contact.plan>>", ["E0363"]),
        (String(repeating: "a", count: 130) + "<<contact.first_name | default: \"x\">>", ["L050"]),
        (String(repeating: "a", count: 130) + "<<contact.first_name | default: \"x\" | truncate: 20, \"\">>", []),
        (String(repeating: "a", count: 60) + "<<contact.first_name | default: \"x\" | truncate: 20>>", ["L050"]),
    ]

    @Test(arguments: segments)
    func `max_segments holds for the longest text`(_ text: String, _ codes: [String]) {
        let template =
            "template: a\npurpose: transactional\nsms:\n  max_segments: 1\n  en: '\(text)'\n"
        if text.contains("company") { return }
        let result = Self.compile([("templates/a.yaml", template)])
        #expect(result.diagnostics.map(\.code) == codes)
    }

    @Test func `max_length of the schema limits what a field takes`() {
        let schema = BaseProject.schema.replacing(
            "first_name: {type: optional text, pii: true}", with: "first_name: {type: optional text, max_length: 20}")
        let text = String(repeating: "a", count: 130) + "<<contact.first_name | default: \"x\">>"
        let template = "template: a\npurpose: transactional\nsms:\n  max_segments: 1\n  en: '\(text)'\n"
        let result = Self.compile([("schema/acme.yaml", schema), ("templates/a.yaml", template)])
        #expect(result.diagnostics.map(\.code) == [])
        let longer = Self.compile([
            ("schema/acme.yaml", schema.replacing("max_length: 20", with: "max_length: 31")),
            ("templates/a.yaml", template),
        ])
        #expect(longer.diagnostics.map(\.code) == ["E0363"])
        let number = BaseProject.schema.replacing("seats: int", with: "seats: {type: int, max_length: 3}")
        #expect(Self.compile([("schema/acme.yaml", number)]).diagnostics.map(\.code) == ["E0412"])
    }
}
