import RuleEngine
import Testing

/// Reading goes on after a mistake, inside of the same document: every independent one is reported, and none twice.
struct RecoveryTests {
    private func findings(_ text: String) -> [String] {
        let result = BaseProject.compile([("campaigns/a.yaml", text)])
        let found = result.diagnostics.map { diagnostic in
            // What is open is wrong where it was opened, and found where it should have been closed.
            let place = diagnostic.secondary.first { $0.text == "opened here" || $0.text == "the key begins here" }
            let span = (place ?? diagnostic.primary).span
            return (line: result.sources.start(of: span).line, code: diagnostic.code)
        }
        return found.sorted { $0 < $1 }.map { "\($0.line) \($0.code)" }
    }

    @Test(arguments: [
        (
            "an open bracket, and a wrong purpose below it",
            "campaign: a\naudience: {include: [newsletter}\nvia: [email-main]\nsend: welcome\npurpose: marketng\n",
            ["2 E0101", "5 E0217"]
        ),
        (
            "three in one document",
            "campaign: a\npurpose: [\nabout: \"x\nvia: [email-main]\naudience: {include: [newslettr]}\nsend: 'welcome\n",
            ["2 E0101", "3 E0101", "6 E0101"]
        ),
        (
            "a line without a colon says nothing of what it may have been",
            "campaign: a\npurpose marketing\naudience: {include: [newsletter]}\nvia: [email-main]\nsnd: welcome\n",
            ["2 E0101", "5 E0202"]
        ),
        (
            "inside of a mapping",
            "campaign: a\npurpose: marketing\naudience:\n  include: [newsletter\n  expect: 1..x\nvia: [email-main]\nsend: welcome\n",
            ["4 E0101", "5 E0123"]
        ),
        (
            "a quote in the middle",
            "campaign: a\nabout: \"15%\" off\npurpose: marketing\naudience: {}\nvia: [email-main]\nsend: welcome\nowner: x: y\n"
                + "priority: high\n",
            ["2 E0101", "7 E0101", "8 E0124"]
        ),
        (
            "an item of a list",
            "segment: a\nwhere:\n  - contact.seats > 3\n  - \"open\n  - contact.plan ==\nexpct: 1..2\n",
            ["4 E0101", "6 E0202"]
        ),
        (
            "a tab, and marks that YAML cuts",
            "template: a\nemail:\n  en:\n\tsubject: x\n    body: <<contact.first_name | default: \"x\">>\npurpose: marketng\n",
            ["4 E0101", "5 E0107", "6 E0217"]
        ),
        (
            "the document below is read as before",
            "segment: a\nwhere: [\n---\nsegment: b\nwhere: contact.seats >\n",
            ["3 E0101", "5 E0150"]
        ),
    ])
    func `every independent mistake is reported, none twice`(_ what: String, _ text: String, _ expected: [String]) {
        #expect(findings(text) == expected, "\(what)")
    }

    private static let lines = [
        "campaign: a", "about: some text", "purpose: marketing", "topic: offers", "brand: acme",
        "lawful_basis: consent", "policy: house-marketing", "owner: maria", "priority: 40", "audience:",
        "  include: [newsletter]", "  where:", "    - contact.plan != \"team\"", "    - contact.seats > 3",
        "  expect: 10..20", "via: [email-main]", "send: welcome", "budget: {at_most: EUR 60}",
    ]

    /// What may go wrong with a line. Each is one mistake of syntax, on this line.
    private static let mistakes: [@Sendable (String) -> String] = [
        { $0 + ": x" }, { $0.replacing(": ", with: ": [") }, { $0.replacing(": ", with: ": {") },
        { $0.replacing(": ", with: ": @") }, { $0.replacing(": ", with: ": \"a\" ") },
        { $0.replacing(": ", with: ": *") },
    ]

    @Test(arguments: 0..<8)
    func `hundreds of broken documents show each of their mistakes once`(_ part: Int) {
        var random = SeededGenerator(seed: UInt64(part) + 500)
        let broken = [1, 3, 4, 5, 6, 7, 8, 16]
        for number in 0..<50 {
            var lines = Self.lines
            let places = Set((0..<3).map { _ in broken[Int(random.next() % UInt64(broken.count))] })
            for place in places {
                lines[place] = Self.mistakes[Int(random.next() % UInt64(Self.mistakes.count))](lines[place])
            }
            let text = lines.joined(separator: "\n") + "\n"
            let found = findings(text).map { Int($0.prefix { $0 != " " }) ?? 0 }
            #expect(found == places.map { $0 + 1 }.sorted(), "part \(part), number \(number)\n\(text)\(findings(text))")
        }
    }

    @Test func `a long document of mistakes takes no time`() {
        let text = "segment: a\nwhere: x\n" + String(repeating: "about: \"x\" y\n", count: 40_000)
        #expect(findings(text).count >= 20)
        let deep = "segment: a\nwhere:\n" + String(repeating: "  - [\n", count: 60_000)
        #expect(!findings(deep).isEmpty)
    }
}
