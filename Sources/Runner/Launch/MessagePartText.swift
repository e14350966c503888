import Channels
import RuleEngine

/// A picture, file, place or button of a message, ready to be rendered.
struct MessagePartText: Sendable {
    enum Use: Sendable {
        case media(MessageMedia.Kind, isStored: Bool)
        case fileName
        case latitude, longitude, placeLabel
        case attachment
        /// A button's title begins it; what it does follows.
        case title, reply, open
    }

    let use: Use
    let text: CompiledText?

    static func all(of message: CompiledMessage) -> [MessagePartText] {
        var parts: [MessagePartText] = []
        func add(_ use: Use, _ field: String) {
            if let text = message.fields[field] { parts.append(MessagePartText(use: use, text: text)) }
        }
        var buttons = 0
        var attachments = 0
        for part in message.parts {
            switch part.kind {
            case .image, .video, .audio, .file:
                let isStored = if case .named? = part.reference { true } else { false }
                add(
                    .media(MessageMedia.Kind(rawValue: part.kind.rawValue) ?? .file, isStored: isStored),
                    part.kind.rawValue)
                add(.fileName, "file.name")
            case .location:
                add(.latitude, "location.latitude")
                add(.longitude, "location.longitude")
                add(.placeLabel, "location.label")
            case .attachment:
                attachments += 1
                // The places of refused ones don't count: such a template is not sent.
                add(.attachment, "attachment.\(attachments)")
            case .reply, .open:
                buttons += 1
                let place = "button.\(buttons)"
                if message.fields[place + ".title"] != nil {
                    add(.title, place + ".title")
                } else {
                    parts.append(MessagePartText(use: .title, text: nil))
                }
                add(part.kind == .reply ? .reply : .open, place + (part.kind == .reply ? ".reply" : ".open"))
            }
        }
        return parts
    }
}

extension MessageContent {
    mutating func clearParts() {
        media = nil
        location = nil
        if !buttons.isEmpty { buttons.removeAll(keepingCapacity: true) }
        if !attachmentNames.isEmpty { attachmentNames.removeAll(keepingCapacity: true) }
    }

    mutating func add(_ use: MessagePartText.Use, _ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        switch use {
        case .media(let kind, let isStored):
            media = MessageMedia(kind: kind, url: isStored ? [] : bytes)
            if isStored { media?.storedName = text }
        case .fileName: media?.name = bytes
        case .latitude: location = MessageLocation(latitude: Double(text) ?? .nan, longitude: 0)
        case .longitude: location?.longitude = Double(text) ?? .nan
        case .placeLabel: location?.label = bytes
        case .attachment: attachmentNames.append(text)
        case .title: buttons.append(MessageButton(title: bytes, action: .reply([])))
        case .reply: if !buttons.isEmpty { buttons[buttons.count - 1].action = .reply(bytes) }
        case .open: if !buttons.isEmpty { buttons[buttons.count - 1].action = .open(url: bytes) }
        }
    }
}
