import Testing

@testable import RuleEngine

/// How long a text can become is known before anybody gets it.
struct LongestRenderingTests {
    private static let settings: ProjectSettings = {
        var settings = ProjectSettings(id: "acme")
        settings.brands = [
            "acme": Brand(
                name: "Acme", postalAddress: "Hauptstraße 1, Berlin", website: "https://acme.example")
        ]
        settings.publicURL = "https://go.acme.example"
        return settings
    }()

    private static let facts = RenderingFacts(schema: TemplateFixture.schema, settings: settings)

    private func longest(
        _ source: String, language: String = "en", _ assumption: LongestRendering.Assumption = .usual
    ) throws -> LongestRendering {
        let text = try #require(TemplateFixture(language: language).compile(source).text, "\(source)")
        return text.longest(Self.facts, assuming: assumption)
    }

    static let exact: [(String, Int, LongestRendering.Encoding, Int)] = [
        ("", 0, .gsm7, 0), ("Hi", 2, .gsm7, 1), (String(repeating: "a", count: 160), 160, .gsm7, 1),
        (String(repeating: "a", count: 161), 161, .gsm7, 2), (String(repeating: "a", count: 307), 307, .gsm7, 3),
        ("Grüße €", 8, .gsm7, 1), ("Grüße 🌷", 8, .ucs2, 1), (String(repeating: "č", count: 71), 71, .ucs2, 2),
        // The longest word of an enumeration, and the longest arm of a branch.
        ("<<contact.plan>>", 5, .gsm7, 1), ("<<if contact.seats > 3>>three<<else>>1<<end>>", 5, .gsm7, 1),
        // The shorter arm may be the dearer one: it leaves the small alphabet.
        ("<<if contact.seats > 3>>three<<else>>…<<end>>", 1, .ucs2, 1),
        ("<<contact.birthday | date: \"EEEE, d MMMM y\">>", 28, .gsm7, 1),
        ("<<contact.country | default: \"\">>", 2, .gsm7, 1), ("<<sender.name>>", 4, .gsm7, 1),
        ("<<contact.seats | plural: \"seat\", \"seats\">>", 5, .gsm7, 1),
        // An ending that nobody sees: it leaves the small alphabet.
        ("<<contact.company | truncate: 10>>", 10, .ucs2, 1),
        ("<<contact.company | truncate: 10, \"...\">>", 10, .gsm7, 1),
        ("<<contact.first_name | default: \"there\">>", 40, .gsm7, 1),
        ("<<contact.first_name | prefix: \", \">>", 42, .gsm7, 1),
        ("<<for tag in contact.tags>><<tag>>;<<end>>", 105, .gsm7, 1),
        ("<<contact.tags | join: \", \">>", 108, .gsm7, 1),
        ("<<link \"https://acme.example/a\">>", 22, .gsm7, 1), ("<<contact.seats | number>>", 9, .gsm7, 1),
    ]

    @Test(arguments: exact)
    func `a text is measured by its longest values`(
        _ source: String, _ units: Int, _ encoding: LongestRendering.Encoding, _ segments: Int
    ) throws {
        let found = try longest(source)
        #expect(found.encoding == encoding)
        #expect(found.segments == segments)
        #expect(found.units == units)
    }

    @Test func `what is assumed is named`() throws {
        let found = try longest("<<contact.company>> <<contact.plan>> <<contact.seats>> <<contact.company>>")
        #expect(found.assumed == ["contact.company", "contact.seats"])
        #expect(try longest("<<contact.plan>>").assumed == [])
        #expect(try longest("Hi <<contact.company>>!", .empty).characters == 4)
        #expect(try longest("Hi <<contact.company>>!", .anyCharacter).encoding == .ucs2)
    }

    // MARK: No rendering is longer

    static let sources = [
        "Hi <<contact.first_name | default: \"there\">>, your <<contact.plan | title>> plan has <<contact.seats>> seats.",
        "<<contact.company | truncate: 12>> <<contact.company | truncate: 9, \"\">>",
        "<<if contact.first_name is known>>Dear <<contact.first_name>>,<<else if contact.seats > 2>>…<<else>>Hello<<end>>",
        "<<for tag in contact.tags>>- <<tag>>\n<<end>>", "<<contact.tags | join: \" / \">>",
        "<<contact.birthday>> <<contact.birthday | date: \"EEEE d MMM yy\">> <<contact.joined_at | time>>",
        "<<contact.balance>> <<contact.balance | money: 0>> <<contact.score | number: 2>> <<contact.score>>",
        "<<link \"https://acme.example/<<contact.plan>>?u=<<unsubscribe.link | url>>\" as \"a\">>",
        "<<contact.seats | plural: \"Platz\", \"Plätze\">> <<contact.orders | default: 0>> <<contact.seats | add: 12 | number>>",
        "<<contact.renewal | date: \"d. MMMM\" | default: \"nie\">> <<sender.postal_address>> <<contact.country | default: \"XX\">>",
        "<<contact.plan | upper>><<contact.first_name | prefix: \"–\">><<contact.company | json>>",
    ]

    /// Septets, UTF-16 units and parts, counted by hand.
    private static func parts(_ text: String) -> Int {
        let widths = text.unicodeScalars.map { SMSAlphabet.width(of: $0) }
        let isSmall = widths.allSatisfy { $0 != nil }
        let units = isSmall ? widths.map { $0 ?? 0 } : text.unicodeScalars.map { $0.value > 0xFFFF ? 2 : 1 }
        let sum = units.reduce(0, +)
        if sum <= (isSmall ? 160 : 70) { return sum == 0 ? 0 : 1 }
        var count = 1
        var used = 0
        for unit in units {
            if used + unit > (isSmall ? 153 : 67) { (count, used) = (count + 1, 0) }
            used += unit
        }
        return count
    }

    @Test(arguments: [LongestRendering.Assumption.usual, .anyCharacter])
    func `no rendering of ten thousand contacts is longer`(_ assumption: LongestRendering.Assumption) throws {
        var random = SeededGenerator(seed: 7)
        let letters = Array(
            "abcdefghijklmnopqrstuvwxyzäöüßéèàñABCDEFGHIJKLMNOPQRSTUVWXYZÅØ0123456789 .,-'&".unicodeScalars)
        let others = Array("čłşβж中🌷€[]{}|^~…“”\u{301}".unicodeScalars)
        func text(_ most: Int) -> String {
            var text = String.UnicodeScalarView()
            for _ in 0..<Int.random(in: 1...most, using: &random) {
                let isOther = assumption == .anyCharacter && Int.random(in: 0..<3, using: &random) == 0
                text.append((isOther ? others : letters).randomElement(using: &random) ?? "a")
            }
            return String(text)
        }
        let fixtures = ["en", "de", "pl", "fr"].map { TemplateFixture(language: $0) }
        var texts: [(CompiledText, LongestRendering, TemplateFixture)] = []
        for fixture in fixtures {
            for source in Self.sources {
                // Polish has three words where the others have two.
                let source = fixture.language == "pl" ? source.replacing("\"Platz\"", with: "\"a\", \"Platz\"") : source
                // Graphemes of several characters have no bound in characters.
                if assumption == .anyCharacter, source.contains("truncate") { continue }
                let text = try #require(fixture.compile(source).text, "\(source)")
                texts.append((text, text.longest(Self.facts, assuming: assumption), fixture))
            }
        }
        for number in 0..<10_000 {
            var contact = TemplateFixture.anna
            contact["first_name"] = Bool.random(using: &random) ? .text(text(40)) : nil
            contact["company"] = .text(text(40))
            contact["plan"] = .text(["free", "trial", "pro"].randomElement(using: &random) ?? "free")
            contact["seats"] = .int(Int64.random(in: 0...9_000_000, using: &random))
            contact["orders"] =
                Bool.random(using: &random) ? .int(Int64.random(in: 0...9_999_999, using: &random)) : nil
            contact["score"] = .decimal(Int64.random(in: 0...9_999_999_999_999, using: &random))
            contact["balance"] = .money(Int64.random(in: 0...9_999_999_000_000, using: &random))
            contact["birthday"] = .date(
                year: Int.random(in: 1920...2030, using: &random), month: Int.random(in: 1...12, using: &random),
                day: Int.random(in: 1...28, using: &random))
            contact["joined_at"] = .instant(Int64.random(in: 0...1_900_000_000_000_000, using: &random))
            contact["tags"] = .list((0..<Int.random(in: 0...5, using: &random)).map { _ in text(20) })
            let page = TemplateFixture.page(contact)
            for step in 0..<2 {
                let (compiled, bound, fixture) = texts[(number * 2 + step) % texts.count]
                var buffer: [UInt8] = []
                try compiled.render(into: &buffer, facts: page, row: 0, context: fixture.context)
                let shown = String(decoding: buffer, as: UTF8.self)
                #expect(buffer.count <= bound.bytes, "contact \(number): \(shown)")
                #expect(shown.unicodeScalars.count <= bound.characters, "contact \(number): \(shown)")
                #expect(shown.utf16.count <= bound.utf16, "contact \(number): \(shown)")
                #expect(Self.parts(shown) <= bound.segments, "contact \(number): \(shown)")
            }
        }
    }
}
