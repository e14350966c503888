import Channels
import TestKit
import Testing

@testable import Runner

/// The kept form of texts: whatever was put in comes out, and nothing that is read brings the program down.
@Suite struct ArchiveCodingTests {
    private static func kept(_ parts: [[UInt8]], _ frame: MessageFrame, reference: [UInt8]) -> [UInt8] {
        var kept: [UInt8] = []
        ArchiveCoding.begin(reference: reference, into: &kept)
        var expected = 0
        for part in parts {
            ArchiveCoding.append(2, part, frame: frame, reference: reference, expected: &expected, into: &kept)
        }
        return kept
    }

    /// Pieces of the frame, changed pieces, the reference and noise, in any order.
    private static func text(_ frame: [UInt8], _ reference: [UInt8], _ random: inout SeededRandom) -> [UInt8] {
        var text: [UInt8] = []
        for _ in 0..<Int.random(in: 0..<12, using: &random) {
            switch Int.random(in: 0..<5, using: &random) {
            case 0,
                1 where !frame.isEmpty:
                let start = Int.random(in: 0..<max(1, frame.count), using: &random)
                text += frame[min(start, frame.count)...].prefix(Int.random(in: 0..<60, using: &random))
            case 2: text += reference
            case 3: text += reference.prefix(9)
            default:
                text += (0..<Int.random(in: 0..<20, using: &random)).map { _ in
                    UInt8.random(in: 0...255, using: &random)
                }
            }
        }
        return text
    }

    @Test(arguments: 0..<40)
    func `what is put in comes out, byte for byte`(seed: Int) {
        var random = SeededRandom(seed: UInt64(seed))
        for _ in 0..<50 {
            // Few letters: much of it stands in several places.
            let letters = Int.random(in: 1...4, using: &random)
            let constants = (0..<Int.random(in: 0..<400, using: &random)).map { _ in
                UInt8(97 + Int.random(in: 0..<letters, using: &random))
            }
            let frame = MessageFrame(constants)
            let reference = (0..<Int.random(in: 0..<60, using: &random)).map { _ in
                UInt8.random(in: 97...122, using: &random)
            }
            let parts = (0..<3).map { _ in Self.text(constants, reference, &random) }
            let kept = Self.kept(parts, frame, reference: reference)
            #expect(ArchiveCoding.parts(kept, frame: constants)?.map(\.bytes) == parts, "seed \(seed)")
        }
    }

    @Test(arguments: 0..<40)
    func `what is damaged is read as something else or as nothing`(seed: Int) {
        var random = SeededRandom(seed: UInt64(seed))
        let constants = Array("Hello , your order is here. No more mail: https://go.example/u/".utf8)
        let frame = MessageFrame(constants)
        let text = Array("Hello Anna, your order is here. No more mail: https://go.example/u/abcdefghijklmnop".utf8)
        let kept = Self.kept([text], frame, reference: Array("abcdefghijklmnop".utf8))
        for _ in 0..<300 {
            var damaged = kept
            for _ in 0...Int.random(in: 0..<3, using: &random) {
                damaged[Int.random(in: 0..<damaged.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            if Bool.random(using: &random) { damaged.removeLast(Int.random(in: 0..<damaged.count, using: &random)) }
            let other = Bool.random(using: &random) ? constants : Array(constants.prefix(7))
            _ = ArchiveCoding.parts(damaged, frame: other)
        }
        #expect(ArchiveCoding.parts([], frame: constants) == nil)
    }

    @Test func `constants cost next to nothing`() {
        let constants = Array(repeating: Array("A sentence that every reader of this mail gets. ".utf8), count: 200)
            .enumerated().flatMap { $1 + Array("\($0) ".utf8) }
        let half = constants.count / 2
        let text = constants[..<half] + Array("Anna".utf8) + constants[half...]
        let kept = Self.kept([Array(text)], MessageFrame(constants), reference: [])
        #expect(kept.count < 30, "\(kept.count) of \(text.count) bytes")
    }

    @Test func `every part of a message is there`() {
        var content = MessageContent()
        content.subject = Array("Grüße".utf8)
        content.text = Array("Look\r\n".utf8)
        content.media = MessageMedia(kind: .image, url: Array("https://a.example/b.png".utf8), name: [])
        content.location = MessageLocation(latitude: 52.1, longitude: -0.5, label: Array("Here".utf8))
        content.attachmentNames = ["terms.pdf", "map.png"]
        content.buttons = [
            MessageButton(title: Array("Yes".utf8), action: .reply(Array("y".utf8))),
            MessageButton(title: Array("Shop".utf8), action: .open(url: Array("https://a.example".utf8))),
        ]
        content.approved = ApprovedText(name: "order", language: "en_US", values: [Array("Anna".utf8), []])
        let frame = MessageFrame(Array("Look".utf8))
        var kept: [UInt8] = []
        ArchiveCoding.begin(reference: [], into: &kept)
        var expected = 0
        ArchivedContent.forEachPart(of: content) {
            ArchiveCoding.append($0.rawValue, $1, frame: frame, reference: [], expected: &expected, into: &kept)
        }
        let read = ArchivedContent(kept: kept, frame: frame.bytes)
        #expect(read == ArchivedContent(content))
        #expect(read?.subject == content.subject && read?.text == content.text && read?.html == nil)
        #expect(
            read?.json.compactText
                == #"{"subject": "Grüße", "text": "Look\r\n", "html": null, "#
                + #""media": {"kind": "image", "url": "https://a.example/b.png", "stored_as": null, "name": null}, "#
                + #""location": {"latitude": 52.1, "longitude": -0.5, "label": "Here"}, "#
                + #""attachments": ["terms.pdf", "map.png"], "#
                + #""buttons": [{"title": "Yes", "reply": "y", "opens": null}, "#
                + #"{"title": "Shop", "reply": null, "opens": "https://a.example"}], "#
                + #""approved": {"name": "order", "language": "en_US", "values": ["Anna", ""]}}"#)
    }
}
