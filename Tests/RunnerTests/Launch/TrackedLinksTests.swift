import RuleEngine
import Runner
import Testing

@testable import Runner

@Suite struct TrackedLinksTests {
    private let delivery = DeliveryKey(launch: LaunchID(rawValue: 1), contact: ContactKey(rawValue: 2), step: 3)
    private let key = DataKey(bytes: [UInt8](repeating: 7, count: 32))

    private func channel(_ settings: [String: String]) -> CheckedChannel {
        var channel = CheckedChannel(
            id: "email-main", kind: "email", provider: "smtp",
            span: SourceSpan(file: FileID(rawValue: 0), start: 0, end: 0))
        channel.settings = settings
        return channel
    }

    private func tracked(_ html: String, _ settings: [String: String] = ["track_clicks": "true"]) throws -> String {
        let links = try #require(TrackedLinks(channel(settings), publicURL: "https://go.example/", key: key))
        var bytes = Array(html.utf8)
        links.apply(to: &bytes, of: delivery)
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test(arguments: [
        #"<a href="https://a.example/">x</a>"#, #"<A class=x HREF='http://a.example/?b=1&amp;c=2'>x</A>"#,
        #"<a\#n  title="a > b" href="https://a.example/ü">x</a>"#,
    ])
    func `a link that leads away leads over us`(html: String) throws {
        let text = try tracked(html)
        #expect(text.contains("https://go.example/c/"))
        #expect(text.contains("?u=http"))
        let values = text.split { $0 == "\"" || $0 == "'" }
        let address = try #require(values.first { $0.hasPrefix("https://go.example/c/") })
        let parts = address.dropFirst("https://go.example/c/".count).split(separator: "?u=")
        let target = try #require(AddressDecoding.decode(parts[1]))
        #expect(TrackingDesk(key: key).clicked(String(parts[0]), to: target) == delivery)
        #expect(TrackingDesk(key: key).clicked(String(parts[0]), to: target + "x") == nil)
        #expect(TrackingDesk(key: key).opened(String(parts[0])) == nil)
        #expect(ReferenceSealer(key).open(parts[0]) == nil)
    }

    @Test(arguments: [
        #"<a href="https://go.example/u/abc">x</a>"#, #"<a href="mailto:a@b.example">x</a>"#, #"<a name="x">y</a>"#,
        #"<a href=https://a.example>x</a>"#, #"<abbr href="https://a.example/">x</abbr>"#, "<a", "<a href=\"https://",
        #"<link href="https://a.example/">"#, "", #"<a data-href="https://a.example/">x</a>"#,
    ])
    func `everything else stays as it is`(html: String) throws {
        #expect(try tracked(html) == html)
    }

    @Test func `the image stands at the end of the body`() throws {
        let text = try tracked("<body><p>x</p></BODY></html>", ["track_opens": "true"])
        #expect(text.hasPrefix(#"<body><p>x</p><img src="https://go.example/o/"#))
        #expect(text.hasSuffix("</BODY></html>"))
    }

    @Test func `nothing is known unless the channel says so and can be reached`() {
        #expect(TrackedLinks(channel([:]), publicURL: "https://go.example", key: key) == nil)
        #expect(TrackedLinks(channel(["track_clicks": "true"]), publicURL: nil, key: key) == nil)
    }
}

private enum AddressDecoding {
    static func decode(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else { return nil }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
