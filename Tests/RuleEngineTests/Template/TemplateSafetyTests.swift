import RuleEngine
import Testing

struct TemplateSafetyTests {
    static let attacks = [
        "<script>alert(1)</script>", "\"><script>alert(1)</script>", "'><img src=x onerror=alert(1)>",
        "<svg/onload=alert(1)>", "javascript:alert(1)", " javascript:alert(1)", "JaVaScRiPt:alert(1)",
        "java\tscript:alert(1)", "&#106;avascript:alert(1)", "data:text/html,<script>alert(1)</script>",
        "vbscript:msgbox(1)", "\" onmouseover=\"alert(1)", "' onfocus='alert(1)", "</p><iframe src=//evil>",
        "<!--", "-->", "<![CDATA[", "]]>", "\u{0}<b>", "＜script＞", "%3Cscript%3E", "\\x3cscript\\x3e",
        "https://a.example/\"onload=\"x", "https://a.example/'><b>", "//evil.example", "file:///etc/passwd",
        "tel:+1\" onclick=\"x", "mailto:a@b.example?subject=<b>", "{{7*7}}", "${7*7}", "<<contact.email>>",
        "<<for a in contact.tags>><<a>><<end>>", "\\<<contact.email>>", "<<end>>", "<<if true>>",
    ]

    static let templates = [
        "<p>¦<<contact.company>>¦</p>", #"<p title="¦<<contact.company>>¦">x</p>"#,
        "<p title='¦<<contact.company>>¦'>x</p>",
        #"<a href="¦https://a.example/?q=<<contact.company>>¦">x</a>"#, #"<a href="¦<<contact.company>>¦">x</a>"#,
        #"<p>¦<<contact.company | prefix: "x">>¦</p>"#, "<p>¦<<contact.company | title | truncate: 90>>¦</p>",
        "<p>¦<<for t in contact.tags>><<t>><<end>>¦</p>", #"<p title="¦<<contact.company | json>>¦">"#,
        #"<p>¦<<contact.first_name | default: "x">>¦</p>"#,
        #"<a href='¦<<link "https://a.example/<<contact.company>>">>¦'>"#,
    ]

    @Test("Nothing that a contact holds becomes markup", arguments: attacks)
    func markup(_ attack: String) {
        for template in Self.templates {
            let frame = template.split(separator: "¦", omittingEmptySubsequences: false)
            let rendered = TemplateFixture().render(
                template.replacing("¦", with: ""),
                as: .html,
                ["company": .text(attack), "tags": .list([attack, attack]), "first_name": .text(attack)]
            )
            if rendered == "{render_unsafe_url}" { continue }
            #expect(rendered.hasPrefix(frame[0]) && rendered.hasSuffix(frame[2]), "\(template) \(rendered)")
            let value = rendered.dropFirst(frame[0].count).dropLast(frame[2].count)
            #expect(!value.contains("<") && !value.contains(">") && !value.contains("\"") && !value.contains("'"))
            // Every ampersand belongs to an escape of ours, or to a URL that was escaped whole.
            for piece in value.split(separator: "&", omittingEmptySubsequences: false).dropFirst() {
                #expect(["amp;", "lt;", "gt;", "quot;", "#39;"].contains { piece.hasPrefix($0) }, "\(value)")
            }
            if template.contains("href") {
                #expect(["https://", "http://", "mailto:", "tel:"].contains { value.lowercased().hasPrefix($0) })
            }
        }
    }

    @Test("A value is no URL unless it is one", arguments: attacks)
    func urls(_ attack: String) {
        let rendered = TemplateFixture().render(
            #"<a href="<<contact.website>>">"#,
            as: .html,
            ["website": .text(attack)]
        )
        let isURL = ["https://", "http://", "mailto:", "tel:"].contains { attack.lowercased().hasPrefix($0) }
        #expect((rendered == "{render_unsafe_url}") == !isURL)
    }

    @Test(
        "A header refuses line breaks and control characters",
        arguments: ["a\r\nBcc: x@y.example", "a\nb", "a\rb", "a\u{0}b", "a\u{1B}[1m", "a\u{7F}"]
    )
    func headers(_ attack: String) {
        #expect(
            TemplateFixture().render("Hi <<contact.company>>", as: .header, ["company": .text(attack)])
                == "{render_control_character}"
        )
        #expect(
            TemplateFixture().render(
                "Hi <<contact.first_name | default: \"x\" | upper>>",
                as: .header,
                ["first_name": .text(attack)]
            )
                == "{render_control_character}"
        )
    }

    @Test("A header takes any letters")
    func headerLetters() {
        #expect(TemplateFixture().render("Grüße, <<contact.company>> 🎉", as: .header) == "Grüße, Müller & Söhne 🎉")
    }

    @Test("What a contact holds is never read as a template", arguments: attacks)
    func templates(_ attack: String) {
        let changes: [String: TemplateFixture.Fact] = ["company": .text(attack), "tags": .list([attack])]
        #expect(TemplateFixture().render("<<contact.company>>", changes) == attack)
        #expect(TemplateFixture().render("<<for t in contact.tags>><<t>><<end>>", changes) == attack)
        #expect(TemplateFixture().render(#"<<contact.company | default: "x" | suffix: "">>"#, changes) == attack)
    }

    @Test("A mutated template is refused at the mutation, or says something else, or the same; it never traps")
    func mutations() {
        let source = """
            Hi <<contact.first_name | default: "there">>,
            <<if contact.seats > 1>>
            Invite <<contact.seats>>: <<link "https://acme.example/?p=<<contact.plan>>" as "invite">>
            <<else>>
            Until <<run.started_at | add: 14d | date: "d MMMM">>
            <<end>>
            <<for t in contact.tags>>[<<t | upper>>]<<end>> <<unsubscribe.link>>
            """
        let bytes = Array(source.utf8)
        let alphabet = Array(#"<>|:",.\ abe1"#.utf8) + [UInt8(ascii: "\n"), 0xFF, 0]
        var state: UInt64 = 20_261_121
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        var refused = 0
        for _ in 0..<2000 {
            var mutated = bytes
            let place = random(mutated.count)
            let letter = alphabet[random(alphabet.count)]
            switch random(3) {
            case 0: mutated.remove(at: place)
            case 1: mutated.insert(letter, at: place)
            default: mutated[place] = letter
            }
            let text = String(decoding: mutated, as: UTF8.self)
            for kind in [TextKind.plain, .html, .header] {
                let result = TemplateFixture().compile(text, as: kind)
                #expect((result.text == nil) == result.diagnostics.contains { $0.severity == .error })
                for diagnostic in result.diagnostics {
                    #expect(diagnostic.primary.span.end <= Int32(text.utf8.count))
                }
                if result.text == nil { refused += 1 } else { _ = TemplateFixture().render(text, as: kind) }
            }
        }
        #expect(refused > 1000)
    }

    @Test("Two hundred cut marks each give an error on their line or another text")
    func cuts() {
        let lines = [
            "Hi <<contact.company>>!", #"<<contact.plan | title | suffix: "x">>"#, "<<if contact.is_member>>a<<end>>b",
            "<<for t in contact.tags>><<t>>,<<end>>", #"<<link "https://acme.example/<<contact.plan>>" as "n">>"#,
        ]
        for (index, line) in lines.enumerated() {
            for place in 0..<line.utf8.count {
                var bytes = Array(line.utf8)
                bytes.remove(at: place)
                let source = "first\n" + String(decoding: bytes, as: UTF8.self) + "\nlast"
                let result = TemplateFixture().compile(source)
                if result.text == nil {
                    for diagnostic in result.diagnostics {
                        #expect(diagnostic.primary.span.start >= 6)
                        #expect(diagnostic.primary.span.end <= Int32(6 + bytes.count))
                    }
                } else {
                    // Blanks inside a mark, and the names of links and loop variables, have no meaning for the text.
                    let same = TemplateFixture().render(source) == TemplateFixture().render("first\n" + line + "\nlast")
                    let removed = Array(line.utf8)[place]
                    #expect(!same || removed == UInt8(ascii: " ") || index == 4, "\(source)")
                }
            }
        }
    }
}
