/// What a message may be made of.
package enum MessagePart: String, Sendable, CaseIterable {
    case text, html, image, video, audio, file, location, buttons
    /// What a mail carries.
    case attachment
    /// A text that the provider has approved before.
    case approved
}

/// Something to look at or to listen to, by the address from which the provider fetches it.
package struct MessageMedia: Sendable, Equatable {
    package enum Kind: String, Sendable {
        case image, video, audio, file
    }

    package var kind: Kind
    /// `https://…`; it is the provider that fetches it, so it must be public.
    package var url: [UInt8]
    /// As the recipient sees a file's name; empty for none.
    package var name: [UInt8]
    /// In the project's `media`: its address is made when the message is.
    package var storedName: String?

    package init(kind: Kind, url: [UInt8], name: [UInt8] = []) {
        self.kind = kind
        self.url = url
        self.name = name
    }

    var part: MessagePart {
        switch kind {
        case .image: .image
        case .video: .video
        case .audio: .audio
        case .file: .file
        }
    }

    /// Whether the address can stand in a request as it is.
    var isSound: Bool {
        url.count <= 2048 && url.starts(with: Array("https://".utf8)) && url.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }
}

/// A place on earth.
package struct MessageLocation: Sendable, Equatable {
    package var latitude: Double
    package var longitude: Double
    package var label: [UInt8]

    package init(latitude: Double, longitude: Double, label: [UInt8] = []) {
        self.latitude = latitude
        self.longitude = longitude
        self.label = label
    }

    var isSound: Bool {
        abs(latitude) <= 90 && abs(longitude) <= 180
    }
}

/// A text that lies with the provider, under the name under which it was approved.
package struct ApprovedText: Sendable, Equatable {
    package var name: String
    /// As approved: `en` is not `en_US`.
    package var language: String
    /// What stands in its gaps, in their order.
    package var values: [[UInt8]]

    package init(name: String, language: String, values: [[UInt8]] = []) {
        self.name = name
        self.language = language
        self.values = values
    }
}

/// Something to tap.
package struct MessageButton: Sendable, Equatable {
    package enum Action: Sendable, Equatable {
        /// Comes back to us when it is tapped.
        case reply([UInt8])
        case open(url: [UInt8])
    }

    package var title: [UInt8]
    package var action: Action

    package init(title: [UInt8], action: Action) {
        self.title = title
        self.action = action
    }
}

extension MessageContent {
    /// The parts that this message needs of a provider, apart from its plain text.
    var parts: [MessagePart] {
        var parts: [MessagePart] = []
        if let media { parts.append(media.part) }
        if location != nil { parts.append(.location) }
        if approved != nil { parts.append(.approved) }
        if !buttons.isEmpty { parts.append(.buttons) }
        if !attachmentNames.isEmpty { parts.append(.attachment) }
        return parts
    }

    /// Refuses what the provider can't carry, before a byte of it is written.
    func check(_ traits: ChannelTraits) throws(ComposeError) {
        for part in parts where !traits.contents.contains(part) {
            throw .notSupported(part)
        }
        if let media, media.storedName == nil, !media.isSound {
            throw .unsafeHeader(field: "media")
        }
        if let location, !location.isSound {
            throw .unsafeHeader(field: "location")
        }
    }
}

extension JSONWriter {
    /// A message in our own format, as the members of the object that is open. What it doesn't hold is left out.
    mutating func message(_ content: MessageContent, kind: String) {
        field("id", content.reference)
        field("channel", kind)
        field("to", content.recipient)
        optionalField("name", content.recipientName)
        optionalField("subject", content.subject)
        optionalField("text", content.text)
        optionalField("html", content.html)
        parts(of: content)
        optionalField("unsubscribe_url", content.unsubscribeURL)
        optionalField("campaign", content.campaign)
    }

    /// Everything that a message holds beside its texts.
    private mutating func parts(of content: MessageContent) {
        if let media = content.media {
            beginObject("media")
            field("kind", media.kind.rawValue)
            field("url", media.url)
            optionalField("name", media.name)
            endObject()
        }
        if let location = content.location {
            beginObject("location")
            raw("latitude", Array("\(location.latitude)".utf8))
            raw("longitude", Array("\(location.longitude)".utf8))
            optionalField("label", location.label)
            endObject()
        }
        if let approved = content.approved {
            beginObject("approved")
            field("name", approved.name)
            field("language", approved.language)
            beginArray("values")
            for value in approved.values { element(value) }
            endArray()
            endObject()
        }
        if !content.attachments.isEmpty {
            beginArray("attachments")
            for attachment in content.attachments {
                beginElement()
                field("name", attachment.name)
                field("type", attachment.type)
                field("content", attachment.base64)
                endObject()
            }
            endArray()
        }
        if !content.buttons.isEmpty {
            beginArray("buttons")
            for button in content.buttons {
                beginElement()
                field("title", button.title)
                switch button.action {
                case .reply(let payload): field("reply", payload)
                case .open(let url): field("url", url)
                }
                endObject()
            }
            endArray()
        }
    }
}
