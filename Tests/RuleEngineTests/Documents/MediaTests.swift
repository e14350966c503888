import RuleEngine
import Testing

/// What a message may hold beside its text, and what is said of what it may not.
@Suite("Pictures, files, places and buttons") struct MediaTests {
    private static let channels = """
        channel: bot
        kind: telegram
        provider: telegram
        ---
        channel: mail
        kind: email
        provider: outbox
        from: Acme <news@acme.example>
        ---
        segment: everybody
        where: contact.email is known

        """

    private static func codes(_ message: String, kind: String = "telegram", media: String = "") -> [String] {
        let indented = message.split(separator: "\n").map { "    " + $0 }.joined(separator: "\n")
        let text = """
            \(channels)---
            template: shown
            purpose: informational
            \(kind):
              en:
            \(indented)
            ---
            campaign: show
            purpose: informational
            audience: {include: [everybody]}
            via: [\(kind == "email" ? "mail" : "bot")]
            send: shown
            """
        var files = BaseProject.files.map { ($0.path, Array($0.text.utf8)) }
        files[0].1 += Array(("\n" + media + "\n").utf8)
        return BaseProject.compile(bytes: files + [("more.yaml", Array(text.utf8))], looking: look).diagnostics
            .filter { $0.severity == .error }.map { "\($0.code) \($0.message)" }
    }

    @Sendable private static func look(_ folder: String, _ name: String) -> Catalog.MediaFile? {
        switch name {
        case "plan.pdf": Catalog.MediaFile(size: 1000, start: Array("%PDF-1.7".utf8))
        case "page.pdf": Catalog.MediaFile(size: 1000, start: Array("<html>".utf8))
        case "large.pdf": Catalog.MediaFile(size: 9 << 20, start: Array("%PDF-1.7".utf8))
        default: nil
        }
    }

    private static let folder = "media: {folder: media}"
    private static let store = "media: {store: \"https://s3.example/acme\", secret: s3}"

    @Test(
        arguments: [
            ("text: Hi\nimage: https://cdn.example/a.png", ""),
            ("image: https://cdn.example/picture", ""),
            ("text: Hi\nfile: offers/a.pdf\nname: offer.pdf", store),
            ("location: {latitude: 52.5, longitude: -13.25}", ""),
            (
                "text: Hi\nbuttons:\n  - {title: Yes, reply: y}\n  - {title: See, open: \"https://a.example/<<contact.plan>>\"}",
                ""
            ),
        ])
    func `what the provider takes compiles`(message: String, media: String) {
        #expect(Self.codes(message, media: media) == [])
    }

    @Test(
        arguments: [
            (
                "text: Hi\nvideo: https://cdn.example/a.mp4", "",
                "E0191 `telegram`, by which `bot` sends, takes no message with a video"
            ),
            (
                "text: Hi\nlocation: {latitude: 1, longitude: 2}", "",
                "E0191 `telegram`, by which `bot` sends, takes no message with a place with a text"
            ),
            (
                "text: Hi\nimage: http://cdn.example/a.png", "",
                "E0192 `http://cdn.example/a.png` can't be sent: only `https` addresses are fetched"
            ),
            (
                "text: Hi\nimage: https://cdn.example/a.exe", "",
                "E0192 `https://cdn.example/a.exe` is of no type that may be sent"
            ),
            ("text: Hi\nimage: https://cdn.example/a.pdf", "", "E0192 `https://cdn.example/a.pdf` is no image"),
            ("text: Hi\nfile: a.pdf", folder, "E0192 the provider fetches `a.pdf` itself, and can't reach it"),
            (
                "text: Hi\nfile: ../../etc/passwd.txt", store,
                "E0192 `../../etc/passwd.txt` can't be sent: it is no plain name of a file, such as `offers/spring.pdf`"
            ),
            (
                "text: Hi\nimage: https://a.example/a.png\nfile: https://a.example/a.pdf", "",
                "E0193 a message shows one thing"
            ),
            ("location: {latitude: 91, longitude: 2}", "", "E0193 `91` is no latitude"),
            ("text: Hi\nbuttons: [{title: Yes}]", "", "E0193 a button has either `reply` or `open`"),
            (
                "text: Hi\nbuttons: [{title: Yes, open: \"javascript:alert(1)\"}]", "",
                "E0192 `javascript:alert(1)` can't be sent: a button opens `https` addresses only"
            ),
            ("buttons: [{title: Yes, reply: y}]", "", "E0206"),
        ])
    func `what can't be sent is refused`(message: String, media: String, expected: String) {
        let codes = Self.codes(message, media: media)
        #expect(codes.count == 1 && codes.first?.hasPrefix(expected) == true, "\(codes)")
    }

    @Test(
        arguments: [
            ("[plan.pdf]", folder, ""), ("[plan.pdf]", "", "E0192 the project doesn't say where its files lie"),
            ("[none.pdf]", folder, "E0192 there is no file `none.pdf` in `media`"),
            ("[page.pdf]", folder, "E0192 `page.pdf` is not what its name says"),
            ("[large.pdf]", folder, "E0192 the attachments have 9216 KiB, and mail takes 7168 KiB"),
            ("[\"https://a.example/a.pdf\"]", folder, "E0192 mail carries its attachments itself, and fetches nothing"),
            ("[a.exe]", folder, "E0192 `a.exe` is of no type that may be sent"),
        ])
    func `attachments are looked at`(names: String, media: String, expected: String) {
        let codes = Self.codes("subject: Hi\nbody: Hi\nattachments: \(names)", kind: "email", media: media)
        #expect(expected.isEmpty ? codes == [] : codes.count == 1 && codes[0].hasPrefix(expected), "\(codes)")
    }
}
