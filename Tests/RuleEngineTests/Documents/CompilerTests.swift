import RuleEngine
import Testing

struct CompilerTests {
    private func codes(_ changes: [(path: String, text: String)]) -> [String] {
        BaseProject.compile(changes).diagnostics.map(\.code)
    }

    @Test func `every mistake of every file is reported, in the order of files and lines`() {
        let result = BaseProject.compile([
            (
                "segments/newsletter.yaml",
                "segment: newsletter\nwhere: contact.tags contains \"newsletter\"\nabot: x\nexpect: 5\n"
            ),
            (
                "campaigns/a.yaml",
                "campaign: a\npurpose: marketting\naudience: {include: [nobody]}\nvia: []\n---\ncampaign: b\nholdouts: 5%\n"
            ),
        ])
        #expect(
            result.diagnostics.map {
                "\(result.sources.path(of: $0.primary.span)):\(result.sources.start(of: $0.primary.span).line) \($0.code)"
            }
                == [
                    "segments/newsletter.yaml:3 E0202", "segments/newsletter.yaml:4 E0123", "campaigns/a.yaml:2 E0217",
                    "campaigns/a.yaml:6 E0206", "campaigns/a.yaml:6 E0206", "campaigns/a.yaml:6 E0206",
                    "campaigns/a.yaml:7 E0202",
                ]
        )
    }

    /// One after the other, the last piece first: whatever depends on the order of the pieces shows.
    @Test func `many workers find what one finds, in the same order`() {
        let backwards = Workers(count: 2) { pieces, piece in
            for number in (0..<pieces).reversed() { piece(number) }
        }
        let names = ["seats", "seets", "plan", "country"]
        let files = (0..<300).map { number in
            SourceFile(
                path: "rules/r-\(number).yaml",
                bytes: Array(
                    """
                    rule: r-\(number % 290)
                    purpose: transactional
                    trigger: {event: cart_updated, where: event.total > EUR \(number)}
                    steps:
                      - if: contact.\(names[number % 4]) == \(number % 4 == 1 ? "3" : "contact.seats")
                        then: [{tag: a}]
                      - wait: \(number % 7)d

                    """.utf8))
        }
        let base = BaseProject.files.map { SourceFile(path: $0.path, bytes: Array($0.text.utf8)) }
        let all = base + files
        let one = Compiler.compile(all, catalog: BaseProject.catalog)
        let many = Compiler.compile(all, catalog: BaseProject.catalog, workers: backwards)
        func text(_ result: Compiler.Result) -> String {
            DiagnosticRenderer(sources: result.sources).text(result.diagnostics)
        }
        #expect(one.diagnostics.count > 100)
        #expect(text(one) == text(many))
        let sound =
            base
            + (0..<200).map { number in
                SourceFile(
                    path: "rules/s-\(number).yaml",
                    bytes: Array(
                        """
                        rule: s-\(number)
                        purpose: transactional
                        trigger: {event: cart_updated}
                        steps:
                          - if: contact.seats > 3 and contact.seats > \(number % 3)
                            then: [{tag: a}]

                        """.utf8))
            }
        let first = Compiler.compile(sound, catalog: BaseProject.catalog)
        #expect(first.project != nil && !first.diagnostics.isEmpty)
        #expect(text(first) == text(Compiler.compile(sound, catalog: BaseProject.catalog, workers: backwards)))
    }

    @Test func `a broken document keeps its name`() {
        #expect(
            codes([
                ("segments/newsletter.yaml", "segment: newsletter\nwhere: contact.seats > 3\nabot: x\n"),
                ("campaigns/a.yaml", BaseProject.campaign),
            ]) == ["E0202"]
        )
    }

    @Test func `an unreadable project file is the only news`() {
        #expect(codes([("carillon.yaml", "project: [\n"), ("campaigns/a.yaml", BaseProject.campaign)]) == ["E0101"])
        #expect(
            codes([
                ("carillon.yaml", "project: acme\nbrands: {acme: {nam: Acme}}\n"),
                ("campaigns/a.yaml", BaseProject.campaign),
            ]) == ["E0202"]
        )
    }

    @Test func `nothing at all is no project`() {
        #expect(Compiler.compile([], catalog: BaseProject.catalog).project == nil)
        #expect(codes([("carillon.yaml", "# nothing\n")]).contains("E0216"))
    }

    @Test func `a warning can be allowed with a reason, and an error can't`() {
        let cut = "segment: a\nabout: Deal #1\nwhere: contact.seats > 3\n"
        #expect(codes([("segments/a.yaml", cut)]) == ["L018"])
        func allowing(_ comment: String) -> [String] {
            codes([("segments/a.yaml", cut.replacing("about", with: comment + "\nabout"))])
        }
        #expect(allowing("# allow text-cut-by-comment: the ticket's number") == [])
        #expect(allowing("# allow text-cut-by-comment:") == ["L019", "L018"])
        #expect(allowing("# allow text-cut-by-comment") == ["L019", "L018"])
        #expect(allowing("# allow another-lint: why not") == ["L018"])
        #expect(
            codes([("segments/a.yaml", "segment: a\n# allow E0202: because\nabot: x\nwhere: contact.seats > 3\n")]) == [
                "E0202"
            ]
        )
    }

    @Test(arguments: ["include", "exclude"])
    func `marketing by the default policy and the built-in one`(_ key: String) throws {
        let result = BaseProject.compile([
            ("campaigns/a.yaml", BaseProject.campaign),
            ("carillon.yaml", BaseProject.project.replacing("  policy: house-marketing\n", with: "")),
        ])
        #expect(try #require(result.project).campaigns["spring-sale"]?.policy == nil)
    }

    @Test func `a policy without a word on a channel takes the packs' minimum, else express`() throws {
        let project = try #require(BaseProject.compile().project)
        let policy = try #require(project.policies["house-marketing"])
        #expect(policy.consent["email"] == .softOptIn)
        #expect(policy.consent["sms"] == .express)
    }

    @Test func `a link to the mail in the browser stands in mails that have an address to lead to`() {
        let template = """
            template: notice
            purpose: transactional
            email:
              en: {subject: "For you", body: "<<browser.link>> <<preferences.link>>"}
            sms:
              en: 'Hello'

            """
        #expect(codes([("templates/notice.yaml", template)]) == [])
        let text = template.replacing("'Hello'", with: "'Look: <<browser.link>>'")
        #expect(codes([("templates/notice.yaml", text)]) == ["E0423"])
        let lines = BaseProject.project.split(separator: "\n", omittingEmptySubsequences: false)
        let unreachable = lines.filter { !$0.hasPrefix("public_url:") }.joined(separator: "\n")
        #expect(codes([("templates/notice.yaml", template), ("carillon.yaml", unreachable)]).contains("E0423"))
    }

    @Test func `each language and the HTML must have the links`() {
        let template = """
            template: welcome
            purpose: marketing
            email:
              en:
                subject: Welcome
                body: <<sender.postal_address>> <<unsubscribe.link>>
                html: <p><<sender.postal_address>></p>
              de:
                subject: Willkommen
                body: <<unsubscribe.link>>

            """
        #expect(codes([("templates/welcome.yaml", template)]) == ["E0402", "E0403"])
        let service = template.replacing("purpose: marketing\n", with: "")
        #expect(codes([("templates/welcome.yaml", service)]) == [])
        #expect(
            codes([("templates/welcome.yaml", service), ("campaigns/a.yaml", BaseProject.campaign)]) == [
                "E0402", "E0403",
            ]
        )
    }

    /// Whatever stands in the files, the compiler comes back: mutated files, each twice as wild as a typo.
    @Test(arguments: 0..<4)
    func `the compiler is total`(_ seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        let texts = BaseProject.files.map(\.text) + [BaseProject.campaign]
        let paths = BaseProject.files.map(\.path) + ["campaigns/a.yaml"]
        let scraps = [
            "<<", ">>", "{{", "}}", ": ", " #", "'", "\"", "|", ">", "[", "]", "{", "}", "&a ", "*a", "!x ", "---",
            "\n", "  ", "\t",
            "- ", "é", "🌷", "\u{0}", "\\", "%", "@", ",", "?", "<<if", "<<end>>", "(", ")", "in", "not ",
            "99999999999999999999",
        ]
        for _ in 0..<50 {
            var files: [(path: String, bytes: [UInt8])] = []
            for (path, text) in zip(paths, texts) {
                var bytes = Array(text.utf8)
                for _ in 0..<Int.random(in: 0...3, using: &random) {
                    let place = Int.random(in: 0...bytes.count, using: &random)
                    switch Int.random(in: 0..<4, using: &random) {
                    case 0:
                        bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 1...20, using: &random)))
                    case 1: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
                    default: bytes.insert(contentsOf: (scraps.randomElement(using: &random) ?? "").utf8, at: place)
                    }
                }
                files.append((path, bytes))
            }
            let result = BaseProject.compile(bytes: files)
            #expect((result.project == nil) == result.diagnostics.contains { $0.severity == .error })
            let renderer = DiagnosticRenderer(sources: result.sources)
            #expect(renderer.text(result.diagnostics).isEmpty == result.diagnostics.isEmpty)
            if let campaign = result.project?.campaigns.first?.value, let project = result.project {
                #expect(!ProgramGraph.lower(campaign, in: project).canonicalForm.isEmpty)
            }
        }
    }

    @Test func `long files of mistakes take no time`() {
        let keys = (0..<40_000).map { "key\($0): x\n" }.joined()
        #expect(codes([("segments/a.yaml", "segment: a\nwhere: contact.seats > 3\n" + keys)]).count == 40_000)
        let segments = (0..<300).map { "segment: segment-\($0)\nwhere: contact.seats > 3\n---\n" }.joined()
        let names = (0..<300).map { "segmen-\($0)" }.joined(separator: ", ")
        let campaign = BaseProject.campaign.replacing("[newsletter]", with: "[\(names)]")
        #expect(codes([("segments/a.yaml", segments), ("campaigns/a.yaml", campaign)]).count == 300)
    }

    @Test func `an empty list of conditions and a list inside of one are refused`() {
        #expect(codes([("segments/a.yaml", "segment: a\nwhere: []\n")]) == ["E0129"])
        #expect(codes([("segments/a.yaml", "segment: a\nwhere: [[contact.seats > 3]]\n")]) == ["E0119"])
    }
}
