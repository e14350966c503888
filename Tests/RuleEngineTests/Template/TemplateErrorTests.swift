import RuleEngine
import Testing

struct TemplateErrorTests {
    struct Case: CustomStringConvertible, Sendable {
        let code: String
        /// The places between ⟦ and ⟧.
        let source: String
        var kind = TextKind.plain
        var description: String { "\(code) \(source)" }

        init(_ code: String, _ source: String, _ kind: TextKind = .plain) {
            self.code = code
            self.source = source
            self.kind = kind
        }
    }

    static let cases: [Case] = [
        // Marks
        Case("E0170", "a ⟦<<contact.plan⟧\nb"),
        Case("E0170", "a ⟦<<contact.plan > b⟧"),
        Case("E0170", "⟦<<contact.plan ⟧<<contact.seats>>".replacing(" ⟧", with: "⟧ ")),
        Case("E0171", #"a <<contact.plan | suffix: ⟦"x>> b⟧"#),
        Case("E0172", "a ⟦<<>>⟧"),
        Case("E0172", "a ⟦<<  >>⟧"),
        Case("E0172", "⟦<< | upper>>⟧"),
        // Blocks
        Case("E0173", "⟦<<if contact.is_member>>⟧a"),
        Case("E0173", "⟦<<for t in contact.tags>>⟧<<t>>"),
        Case("E0174", "a⟦<<end>>⟧"),
        Case("E0174", "a⟦<<else>>⟧"),
        Case("E0174", "<<if contact.is_member>>a<<else>>b⟦<<else>>⟧c<<end>>"),
        Case("E0174", "<<for t in contact.tags>>a⟦<<else>>⟧b<<end>>"),
        Case("E0174", "<<if contact.is_member>>a<<else ⟦when x⟧>>b<<end>>"),
        Case("E0174", "<<if contact.is_member>>a<<end ⟦if⟧>>"),
        Case("E0175", "⟦<<if>>⟧a<<end>>"),
        Case("E0175", "<<if contact.is_member>>a⟦<<else if>>⟧b<<end>>"),
        Case("E0175", "⟦<<for t contact.tags>>⟧a<<end>>"),
        Case("E0175", "⟦<<for in contact.tags>>⟧a<<end>>"),
        Case("E0175", "⟦<<for t in>>⟧a<<end>>"),
        // Links
        Case("E0176", "⟦<<link>>⟧"),
        Case("E0176", "⟦<<link https://a.example>>⟧"),
        Case("E0176", #"⟦<<link "https://a.example" called "x">>⟧"#),
        Case("E0176", #"⟦<<link "https://a.example" as x>>⟧"#),
        Case("E0176", #"⟦<<link "">>⟧"#),
        Case("E0176", #"<<link "https://a.example/⟦<<if contact.is_member>>⟧x" as "x">>"#),
        Case("E0176", #"⟦<<short_link nowhere>>⟧"#), Case("E0345", #"<<short_link "⟦/shop⟧" as "x">>"#),
        Case("E0183", #"⟦<<block legal>>⟧"#), Case("E0183", #"⟦<<block "">>⟧"#),
        Case("E0254", #"<<block "⟦legal⟧">>"#), Case("E0184", #"⟦<<content>>⟧"#),
        Case("E0345", #"<<link "⟦javascript:alert(1)⟧" as "x">>"#),
        Case("E0345", #"<<link "⟦/shop⟧" as "x">>"#),
        Case("E0345", #"<<link "⟦ftp://<<contact.plan>>⟧" as "x">>"#),
        Case("E0346", #"<<link "https://a.example" as "x">> <<link "https://b.example" as ⟦"x"⟧>>"#),
        Case("E0347", #"<<link "https://a.example" as "x">> ⟦<<link "https://b.example">>⟧"#),
        // Filters
        Case("E0177", "⟦<<contact.plan | >>⟧"),
        Case("E0177", #"<<contact.plan | default⟦ "x"⟧>>"#.replacing("⟦ ", with: " ⟦")),
        Case("E0177", "<<contact.plan | ⟦suffix:⟧>>"),
        Case("E0177", "<<contact.plan | suffix: ⟦friend⟧>>"),
        Case("E0177", #"<<contact.plan | truncate: 3, ⟦x⟧>>"#),
        Case("E0177", "<<contact.first_name | default: ⟦friend⟧>>"),
        Case("E0340", "<<contact.plan | ⟦uper⟧>>"),
        Case("E0340", #"<<contact.first_name | ⟦defualt⟧: "x">>"#),
        Case("E0340", "<<contact.plan | ⟦raw⟧>>"),
        Case("E0341", "<<contact.seats | ⟦upper⟧>>"),
        Case("E0341", #"<<contact.plan | ⟦date⟧: "d">>"#),
        Case("E0341", "<<contact.birthday | ⟦time⟧>>"),
        Case("E0341", "<<contact.seats | ⟦money⟧>>"),
        Case("E0341", "<<contact.plan | ⟦number⟧>>"),
        Case("E0341", #"<<contact.plan | ⟦join⟧: ",">>"#),
        Case("E0341", "<<contact.plan | ⟦add⟧: 14d>>"),
        Case("E0341", #"<<contact.is_member | ⟦suffix⟧: "x">>"#),
        Case("E0342", "<<contact.plan | ⟦truncate⟧>>"),
        Case("E0342", "<<contact.plan | truncate: ⟦0⟧>>"),
        Case("E0342", "<<contact.plan | suffix: ⟦3⟧>>"),
        Case("E0342", #"<<contact.plan | upper: ⟦"x"⟧>>"#),
        Case("E0342", "<<contact.birthday | add: ⟦3h⟧>>"),
        Case("E0342", "<<contact.seats | add: ⟦3d⟧>>"),
        Case("E0342", "<<contact.score | number: ⟦7⟧>>"),
        Case("E0342", #"<<contact.seats | ⟦plural⟧: "seat">>"#),
        Case("E0343", #"<<contact.birthday | date: ⟦"DD.MM"⟧>>"#),
        Case("E0343", #"<<contact.birthday | date: ⟦"d 'of MM"⟧>>"#),
        Case("E0343", #"<<contact.birthday | date: ⟦"HH:mm"⟧>>"#),
        Case("E0343", #"<<contact.birthday | date: ⟦""⟧>>"#),
        // Values
        Case("E0240", "Hi <<contact.⟦first_nam⟧>>"),
        Case("E0312", "Hi ⟦<<contact.first_name>>⟧,"),
        Case("E0312", "Hi ⟦<<contact.first_name | upper>>⟧,"),
        Case("E0312", "<<if contact.first_name is known>>a<<else>>⟦<<contact.first_name>>⟧<<end>>"),
        Case("E0312", "<<if contact.first_name is known>>a<<end>>⟦<<contact.first_name>>⟧"),
        Case("E0344", "⟦<<contact.is_member>>⟧"),
        Case("E0344", "⟦<<run.started_at>>⟧"),
        Case("E0344", "⟦<<contact.tags>>⟧"),
        Case("E0350", "<<for t in ⟦contact.plan⟧>><<t>><<end>>"),
        Case("E0351", "<<for ⟦contact⟧ in contact.tags>>x<<end>>"),
        Case("E0351", "<<for t in contact.tags>><<for ⟦t⟧ in contact.tags>>x<<end>><<end>>"),
        Case("E0351", "<<for ⟦end⟧ in contact.tags>>x<<end>>"),
        // Headers
        Case("E0348", #"⟦<<link "https://a.example" as "x">>⟧"#, .header),
        Case("E0353", "a⟦\n⟧b", .header),
        Case("E0353", "a⟦\t⟧b", .header),
        // HTML
        Case("E0349", "<script>var x = ⟦<<contact.plan | json>>⟧;</script>", .html),
        Case("E0349", "<style>a{color:⟦<<contact.plan>>⟧}</style>", .html),
        Case("E0349", "<p class=⟦<<contact.plan>>⟧>", .html),
        Case("E0349", "<p ⟦<<contact.plan>>⟧>", .html),
        Case("E0349", "</⟦<<contact.plan>>⟧>", .html),
        Case("E0349", "<!-- ⟦<<contact.plan>>⟧ -->", .html),
        Case("E0349", #"<p onclick="f('⟦<<contact.plan>>⟧')">"#, .html),
        Case("E0349", #"<p style="color:⟦<<contact.plan>>⟧">"#, .html),
        Case("E0349", #"<a href="java⟦<<contact.plan>>⟧">"#, .html),
        Case("E0349", #"<img srcset="⟦<<contact.website>>⟧ 2x">"#, .html),
        Case("E0352", "⟦<<if contact.is_member>>⟧<p title=\"<<end>>x", .html),
        Case("E0352", "⟦<<for t in contact.tags>>⟧<p <<end>>>", .html),
    ]

    @Test("Every mistake is told at its place", arguments: cases)
    func mistake(_ example: Case) {
        let source = example.source.replacing("⟦", with: "").replacing("⟧", with: "")
        let found = TemplateFixture().marked(source, as: example.kind)
        #expect(found.source == example.source)
        #expect(found.codes == [example.code])
    }

    @Test("Independent mistakes are all told, none twice")
    func several() {
        let found = TemplateFixture().marked(
            "<<contact.plann | uper>> <<contact.first_name>> <<end>> <<contact.plan | date | upper>> <<x"
        )
        #expect(
            found.source
                == "<<contact.⟦plann⟧ | ⟦uper⟧>> ⟦<<contact.first_name>>⟧ ⟦<<end>>⟧ <<contact.plan | ⟦date⟧ | upper>> ⟦<<x⟧"
        )
        #expect(found.codes == ["E0240", "E0340", "E0312", "E0174", "E0341", "E0170"])
    }

    @Test("A broken opening mark doesn't make its end stray")
    func brokenOpening() {
        #expect(TemplateFixture().marked("<<if contact.is_member\na\n<<else>>\nb\n<<end>>").codes == ["E0170"])
    }

    @Test("Blocks nest sixteen deep and no deeper")
    func depth() {
        func nested(_ depth: Int) -> String {
            String(repeating: "<<if contact.is_member>>", count: depth) + "x"
                + String(repeating: "<<end>>", count: depth)
        }
        #expect(TemplateFixture().render(nested(16)) == "x")
        #expect(TemplateFixture().marked(nested(17)).codes == ["E0178"])
        #expect(TemplateFixture().marked(nested(2000)).codes == ["E0178"])
    }

    @Test("A text has five thousand marks at most")
    func marks() {
        #expect(TemplateFixture().marked(String(repeating: "<<contact.plan>>", count: 5001)).codes == ["E0180"])
    }

    @Test("The same name in another part of the message leads to the same place")
    func knownLinks() {
        let span = SourceSpan(file: FileID(rawValue: 0), start: 0, end: 1)
        var fixture = TemplateFixture()
        fixture.knownLinks = [DeclaredLink(name: "shop", url: "https://a.example", span: span)]
        #expect(fixture.marked(#"<<link "https://a.example" as "shop">>"#).codes == [])
        #expect(fixture.marked(#"<<link "https://b.example" as "shop">>"#).codes == ["E0346"])
    }
}
