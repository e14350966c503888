import RuleEngine
import Testing

struct TemplateRenderingTests {
    struct Case: CustomStringConvertible, Sendable {
        let source: String
        let result: String
        var language = "en"
        var description: String { source }

        init(_ source: String, _ result: String, _ language: String = "en") {
            self.source = source
            self.result = result
            self.language = language
        }
    }

    static let plain: [Case] = [
        Case("", ""),
        Case("no marks, a < b > c, >> done", "no marks, a < b > c, >> done"),
        Case("<<contact.company>>", "Müller & Söhne"),
        Case("a<<contact.plan>>b<<contact.seats>>c", "atrialb3c"),
        Case("<< contact.plan >>", "trial"),
        Case(#"\<<contact.company>> and \<<"#, "<<contact.company>> and <<"),
        Case(#"Hi <<contact.first_name | default: "there">>"#, "Hi Anna"),
        Case("<<sender.name>>, <<sender.postal_address>>", "Acme, Hauptstraße 1, Berlin"),
        Case(#"<<sender.website | default: "-">>"#, "https://acme.example"),
        Case("<<unsubscribe.link>>", "https://go.acme.example/u/abc?x=1&y=2"),
        Case("<<contact.score>> <<contact.balance>> <<contact.birthday>>", "1.5 €1,234.50 March 8, 1990"),
        Case(
            "<<contact.score>> <<contact.balance>> <<contact.birthday>>",
            "1,5 1.234,50\u{A0}€ 8. März 1990",
            "de"
        ),
        Case("<<contact.seats + 1>>", "4"),
        Case("<<if contact.seats > 1>>many<<else>>one<<end>>", "many"),
        Case("<<if contact.seats > 5>>many<<else if contact.seats == 3>>three<<else>>one<<end>>", "three"),
        Case("<<if contact.seats > 5>>many<<else if contact.seats == 4>>four<<else>>other<<end>>", "other"),
        Case("<<if contact.seats > 5>>many<<end>>.", "."),
        Case("<<if contact.first_name is known>><<contact.first_name>><<end>>", "Anna"),
        Case("<<if contact.first_name is missing>>you<<else>><<contact.first_name>><<end>>", "Anna"),
        Case("<<for tag in contact.tags>>[<<tag>>]<<end>>", "[vip][early bird]"),
        Case(
            "<<for a in contact.tags>><<for b in contact.tags>><<a>>-<<b>> <<end>><<end>>",
            "vip-vip vip-early bird early bird-vip early bird-early bird "
        ),
        Case("<<if contact.is_member>>member<<end>>", "member"),
        Case(#"<<link "https://acme.example/shop" as "shop">>"#, "https://acme.example/shop"),
        Case(
            #"<<link "https://acme.example/?c=<<contact.company>>&p=<<contact.plan>>">>"#,
            "https://acme.example/?c=M%C3%BCller%20%26%20S%C3%B6hne&p=trial"
        ),
        Case(#"<<link "<<contact.website>>" as "own">>"#, "https://example.com/a?b=1&c=2"),
        Case(
            #"<<link "https://a.example/?n=<<contact.first_name | default: "x y">>" as "n">>"#,
            "https://a.example/?n=Anna"
        ),
    ]

    @Test("Plain text renders", arguments: plain)
    func plainText(_ example: Case) {
        #expect(TemplateFixture(language: example.language).render(example.source) == example.result)
    }

    static let missing: [Case] = [
        Case(#"Hi<<contact.first_name | prefix: " ">>,"#, "Hi,"),
        Case(#"Hi <<contact.first_name | default: "there">>,"#, "Hi there,"),
        Case(#"Hi <<contact.first_name | upper | default: "there">>,"#, "Hi there,"),
        Case(#"<<contact.first_name | suffix: ", hello">>"#, ""),
        Case("<<contact.first_name | json>>", "null"),
        Case("<<if contact.first_name is known>>Hi <<contact.first_name>><<else>>Hi you<<end>>", "Hi you"),
        Case("<<contact.orders | default: 0>>", "0"),
        Case("<<contact.orders | default: 0 | plural: \"order\", \"orders\">>", "orders"),
        Case(#"<<contact.renewal | date: "d MMM" | default: "some day">>"#, "some day"),
    ]

    @Test("A missing value gives way", arguments: missing)
    func missingValues(_ example: Case) {
        #expect(TemplateFixture().render(example.source, without: ["first_name"]) == example.result)
    }

    static let lines: [Case] = [
        Case("a\n<<if contact.seats > 1>>\nb\n<<else>>\nc\n<<end>>\nd\n", "a\nb\nd\n"),
        Case("a\n  <<if contact.seats > 1>>  \nb\n  <<end>>", "a\nb\n"),
        Case("<<for tag in contact.tags>>\n- <<tag>>\n<<end>>\nend", "- vip\n- early bird\nend"),
        Case("a <<if contact.seats > 1>>\nb<<end>>\nc", "a \nb\nc"),
        Case("<<contact.plan>>\n\nx", "trial\n\nx"),
        Case("a\r\n<<if contact.is_member>>\r\nb\r\n<<end>>\r\nc", "a\r\nb\r\nc"),
    ]

    @Test("A line with only block marks leaves no empty line", arguments: lines)
    func standaloneLines(_ example: Case) {
        #expect(TemplateFixture().render(example.source) == example.result)
    }

    static let html: [Case] = [
        Case("<p><<contact.company>></p>", "<p>Müller &amp; Söhne</p>"),
        Case("<p><<contact.company | escape>></p>", "<p>Müller &amp; Söhne</p>"),
        Case(#"<p title="<<contact.company>>">x</p>"#, #"<p title="Müller &amp; Söhne">x</p>"#),
        Case(#"<a href="<<contact.website>>">x</a>"#, #"<a href="https://example.com/a?b=1&amp;c=2">x</a>"#),
        Case(#"<a href='<<unsubscribe.link>>'>x</a>"#, "<a href='https://go.acme.example/u/abc?x=1&amp;y=2'>x</a>"),
        Case(
            #"<a href="https://a.example/?q=<<contact.company>>&amp;z=1">x</a>"#,
            #"<a href="https://a.example/?q=M%C3%BCller%20%26%20S%C3%B6hne&amp;z=1">x</a>"#
        ),
        Case(
            #"<a href="https://a.example/?q=<<contact.company | url>>">x</a>"#,
            #"<a href="https://a.example/?q=M%C3%BCller%20%26%20S%C3%B6hne">x</a>"#
        ),
        Case(
            #"<a href="<<link "https://a.example/?a=1&b=<<contact.plan>>" as "x">>">x</a>"#,
            #"<a href="https://a.example/?a=1&amp;b=trial">x</a>"#
        ),
        Case(
            #"<a href="<<if contact.is_member>>https://a.example<<else>>https://b.example<<end>>/?p=<<contact.plan>>">"#,
            #"<a href="https://a.example/?p=trial">"#
        ),
        Case("<style>a{}</style><p><<contact.plan>></p>", "<style>a{}</style><p>trial</p>"),
        Case("<!-- x --><<contact.plan>>", "<!-- x -->trial"),
        Case("<ul><<for t in contact.tags>><li><<t>></li><<end>></ul>", "<ul><li>vip</li><li>early bird</li></ul>"),
        Case(#"<p data-x="<<contact.company | json>>">"#, ##"<p data-x="&quot;Müller \u0026 Söhne&quot;">"##),
    ]

    @Test("HTML escapes by default", arguments: html)
    func htmlText(_ example: Case) {
        #expect(TemplateFixture().render(example.source, as: .html) == example.result)
    }

    @Test("Slots, uses and links are told")
    func told() throws {
        let source =
            #"<<contact.plan>> <<if contact.is_member>><<unsubscribe.link>><<end>> <<sender.postal_address>> <<link "https://a.example" as "a">>"#
        let text = try #require(TemplateFixture().compile(source).text)
        #expect(text.slots == [TemplateFixture.schema.slot(of: "plan"), TemplateFixture.schema.slot(of: "is_member")])
        #expect(text.uses == [.unsubscribeLink, .senderPostalAddress])
        #expect(text.always == [.senderPostalAddress])
        #expect(text.links.map(\.name) == ["a"])
        #expect(text.links.map(\.url) == ["https://a.example"])
    }

    @Test("What both arms show is shown always")
    func bothArms() throws {
        let source = "<<if contact.is_member>>a <<unsubscribe.link>><<else>>b <<unsubscribe.link>><<end>>"
        #expect(try #require(TemplateFixture().compile(source).text).always == [.unsubscribeLink])
    }

    @Test("Limits hold whatever the data say")
    func limits() {
        var fixture = TemplateFixture()
        fixture.limits = RenderLimits(bytes: 40, loopSteps: 10)
        let many = TemplateFixture.Fact.list(Array(repeating: "x", count: 5))
        #expect(fixture.render("<<for t in contact.tags>><<end>>done", ["tags": many]) == "done")
        #expect(
            fixture.render("<<for t in contact.tags>><<for u in contact.tags>><<end>><<end>>", ["tags": many])
                == "{render_loop_limit}"
        )
        #expect(fixture.render("<<contact.company>><<contact.company>><<contact.company>>") == "{render_too_long}")
    }

    @Test("The canonical form holds the meaning and not the spelling")
    func canonical() throws {
        func form(_ source: String) throws -> [UInt8] {
            var writer = CanonicalWriter()
            try #require(TemplateFixture().compile(source).text).writeCanonical(into: &writer)
            return writer.bytes
        }
        let first = try form(#"Hi <<contact.first_name | default: "x">>"#)
        #expect(try form(#"Hi <<  contact.first_name|default:"x">>"#) == first)
        #expect(try form(#"Hi <<contact.first_name | default: "y">>"#) != first)
        #expect(try form(#"Hi <<contact.company | default: "x">>"#) != first)
        #expect(try form(#"Ho <<contact.first_name | default: "x">>"#) != first)
        #expect(try form("<<if contact.seats > 1>>a<<end>>") != form("<<if contact.seats > 2>>a<<end>>"))
        #expect(try form("<<if contact.seats > 1>>a<<end>>b") != form("<<if contact.seats > 1>>ab<<end>>"))
    }
}
