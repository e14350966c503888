import RuleEngine
import Testing

/// The plain text of an HTML body.
struct HTMLTextTests {
    private static func text(_ html: String) -> String {
        var buffer: [UInt8] = []
        HTMLText.append(Array(html.utf8), to: &buffer)
        return String(decoding: buffer, as: UTF8.self)
    }

    static let bodies: [(String, String)] = [
        ("", ""), ("Hi", "Hi\n"), ("<p>Hello  Anna,</p>\n\n<p>how are\nyou?</p>", "Hello Anna,\n\nhow are you?\n"),
        ("<h1>Sale</h1>now<br>or<br/>never", "Sale\n\nnow\nor\nnever\n"),
        ("<ul><li>one</li><li>two<ul><li>three</ul></ul>", "- one\n- two\n  - three\n"),
        ("<ol><li>one<li>two</ol><p>Bye", "1. one\n2. two\n\nBye\n"),
        (
            "<a href=\"https://acme.example/a?b=1&amp;c=2\">Have a <b>look</b></a>.",
            "Have a look (https://acme.example/a?b=1&c=2).\n"
        ),
        ("<a href='https://acme.example'>https://acme.example</a>", "https://acme.example\n"),
        ("<a href=\"#top\">up</a> <a href=\"mailto:hi@acme.example\">hi@acme.example</a>", "up hi@acme.example\n"),
        ("Write <a href=\"mailto:hi@acme.example\">us</a>", "Write us (hi@acme.example)\n"),
        ("<a href=\"https://acme.example\"><img src=\"x\" alt=\"Acme\"></a>", "Acme (https://acme.example)\n"),
        ("<a href=\"https://acme.example\"><img src=\"x\"></a>", "https://acme.example\n"),
        ("M&uuml;ller &amp; S&#246;hne &#x26; Co&nbsp;KG &unknown; &", "Müller & Söhne & Co KG &unknown; &\n"),
        ("a &lt;b&gt; c", "a <b> c\n"), ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2\n"),
        ("<head><title>T</title></head><style>p{}</style><script>if (a<b) {}</script>x", "x\n"),
        ("a<!-- <p>no</p> -->b<!doctype html>c", "abc\n"), ("<pre>a\n  b</pre>c", "a\n  b\n\nc\n"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc\n"),
        ("x<hr>y", "x\n\n----------\n\ny\n"), ("<p>&#0;&#x110000;&#9;x</p>", "&#0;&#x110000; x\n"),
        ("<div><div>a</div></div><div>b</div>", "a\nb\n"), ("<p", ""), ("<p>a</p", "a\n"),
        ("<a href=\"https://acme.example\">open", "open (https://acme.example)\n"),
        ("<p>one <em>two</em> three</p>", "one two three\n"), ("&#x4f60;&euro;&hellip;", "你€…\n"),
    ]

    @Test(arguments: bodies)
    func `paragraphs stand apart, lists have signs, links their addresses`(_ html: String, _ expected: String) {
        #expect(Self.text(html) == expected)
    }

    @Test func `any bytes give a text that is little longer`() {
        var random = SeededGenerator(seed: 11)
        let parts = [
            "<", ">", "</", "<a href=\"", "\"", "'", "<li>", "<ol>", "</ul>", "<ul>", "&", ";", "&amp;", "&#x", "<!--",
            "-->", "<p>", "</p>", "<br>", "<script", "</script>", "<pre>", "</a>", "=", "/", " ", "\n", "x", "ü",
            "\u{0}",
            "<td>", "<style>", "&#1", "<img alt=", "mailto:", "#",
        ]
        for round in 0..<20_000 {
            var html: [UInt8] = []
            for _ in 0..<Int.random(in: 0...40, using: &random) {
                if Int.random(in: 0..<8, using: &random) == 0 {
                    html.append(UInt8.random(in: 0...255, using: &random))
                } else {
                    html += Array((parts.randomElement(using: &random) ?? "x").utf8)
                }
            }
            var buffer: [UInt8] = Array("kept".utf8)
            HTMLText.append(html, to: &buffer)
            #expect(buffer.starts(with: Array("kept".utf8)), "round \(round)")
            #expect(buffer.count <= 8 * html.count + 24, "round \(round): \(html)")
            let text = buffer.dropFirst(4)
            #expect(text.isEmpty || text.last == 0x0A, "round \(round)")
        }
    }

    @Test func `a long body takes a time that grows with its length alone`() {
        let deep = String(repeating: "<ul><li>", count: 20_000) + "x"
        #expect(Self.text(deep).hasSuffix("- x\n"))
        let links = String(repeating: "<a href=\"https://acme.example\">", count: 20_000)
        #expect(Self.text(links).utf8.count < 600_000)
    }
}
