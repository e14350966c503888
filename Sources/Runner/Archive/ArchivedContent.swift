import Channels

/// A message's texts and parts, as the channel was handed them.
package struct ArchivedContent: Sendable, Equatable {
    /// What the kept form marks its parts with; never reuse one.
    enum Mark: UInt8 {
        case subject = 1
        case text = 2
        case html = 3
        case mediaKind = 4
        case mediaURL = 5
        case storedMedia = 6
        case mediaName = 7
        case latitude = 8
        case longitude = 9
        case placeLabel = 10
        case attachment = 11
        case buttonTitle = 12
        case buttonReply = 13
        case buttonOpens = 14
        case approvedName = 15
        case approvedLanguage = 16
        case approvedValue = 17
    }

    private var parts: [(mark: Mark, bytes: [UInt8])]

    init(_ content: MessageContent) {
        var parts: [(mark: Mark, bytes: [UInt8])] = []
        Self.forEachPart(of: content) { parts.append(($0, $1)) }
        self.parts = parts
    }

    /// Nil where it is damaged, or a newer program has written it.
    package init?(kept: [UInt8], frame: [UInt8]) {
        guard let read = ArchiveCoding.parts(kept, frame: frame) else { return nil }
        parts = []
        for part in read {
            guard let mark = Mark(rawValue: part.mark) else { return nil }
            parts.append((mark, part.bytes))
        }
    }

    package static func == (left: Self, right: Self) -> Bool {
        left.parts.elementsEqual(right.parts) { $0.mark == $1.mark && $0.bytes == $1.bytes }
    }

    /// Nil where the message has none.
    package var subject: [UInt8]? { bytes(.subject) }
    package var text: [UInt8]? { bytes(.text) }
    package var html: [UInt8]? { bytes(.html) }
    /// The names of what a mail carried. What was in the files is not kept.
    package var attachments: [String] { parts.filter { $0.mark == .attachment }.map { Self.string($0.bytes) } }

    private func bytes(_ mark: Mark) -> [UInt8]? { parts.first { $0.mark == mark }?.bytes }

    static func forEachPart(of content: MessageContent, _ body: (Mark, [UInt8]) -> Void) {
        func text(_ mark: Mark, _ text: String) { body(mark, Array(text.utf8)) }
        if !content.subject.isEmpty { body(.subject, content.subject) }
        if !content.text.isEmpty { body(.text, content.text) }
        if !content.html.isEmpty { body(.html, content.html) }
        if let media = content.media {
            text(.mediaKind, media.kind.rawValue)
            if let name = media.storedName { text(.storedMedia, name) } else { body(.mediaURL, media.url) }
            if !media.name.isEmpty { body(.mediaName, media.name) }
        }
        if let location = content.location {
            text(.latitude, "\(location.latitude)")
            text(.longitude, "\(location.longitude)")
            if !location.label.isEmpty { body(.placeLabel, location.label) }
        }
        for name in content.attachmentNames { text(.attachment, name) }
        for button in content.buttons {
            body(.buttonTitle, button.title)
            switch button.action {
            case .reply(let payload): body(.buttonReply, payload)
            case .open(let url): body(.buttonOpens, url)
            }
        }
        if let approved = content.approved {
            text(.approvedName, approved.name)
            text(.approvedLanguage, approved.language)
            for value in approved.values { body(.approvedValue, value) }
        }
    }

    // MARK: Told

    package var json: JSON {
        [
            "subject": string(.subject), "text": string(.text), "html": string(.html),
            "media": bytes(.mediaKind) == nil
                ? .null
                : [
                    "kind": string(.mediaKind), "url": string(.mediaURL), "stored_as": string(.storedMedia),
                    "name": string(.mediaName),
                ],
            "location": bytes(.latitude) == nil
                ? .null
                : [
                    "latitude": .written(Self.string(bytes(.latitude) ?? [])),
                    "longitude": .written(Self.string(bytes(.longitude) ?? [])), "label": string(.placeLabel),
                ],
            "attachments": .array(attachments.map { .string($0) }), "buttons": .array(buttons),
            "approved": bytes(.approvedName) == nil
                ? .null
                : [
                    "name": string(.approvedName), "language": string(.approvedLanguage),
                    "values": .array(
                        parts.filter { $0.mark == .approvedValue }.map { .string(Self.string($0.bytes)) }),
                ],
        ]
    }

    private var buttons: [JSON] {
        parts.indices.filter { parts[$0].mark == .buttonTitle }.map { index in
            let next = parts.indices.contains(index + 1) ? parts[index + 1] : nil
            func value(_ mark: Mark) -> JSON { next?.mark == mark ? JSON(next.map { Self.string($0.bytes) }) : .null }
            return [
                "title": .string(Self.string(parts[index].bytes)), "reply": value(.buttonReply),
                "opens": value(.buttonOpens),
            ]
        }
    }

    private func string(_ mark: Mark) -> JSON { JSON(bytes(mark).map(Self.string)) }

    private static func string(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
