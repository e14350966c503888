import Glibc

/// Writes each message to a folder instead of sending it: mail as `.eml`, every other kind as `.json`.
///
/// The wire form is the file's name, a line feed, and the file's bytes, because a session sees nothing else of a
/// message.
struct OutboxChannel: Channel {
    static let descriptor = ChannelDescriptor(
        provider: "outbox",
        kinds: [],
        settings: [
            .init("folder", .text, isRequired: true),
            .init("max_size", .integer(1024...(100 << 20))),
            .init("track_clicks", .flag),
            .init("track_opens", .flag),
        ],
        needsSender: false,
        traits: ChannelTraits(contents: Set(MessagePart.allCases), parts: .everything)
    ) { configuration throws(ChannelSetupError) in try OutboxChannel(configuration) }

    let capabilities = ChannelCapabilities(inFlight: 1000)
    private let folder: String
    private let kind: String
    private let mail: MailComposer?
    private let sizeLimit: Int
    private let media: MediaSource?

    init(_ configuration: ChannelConfiguration) throws(ChannelSetupError) {
        guard let folder = configuration.settings["folder"], !folder.isEmpty else {
            throw ChannelSetupError(
                message: "channel `\(configuration.id)` has no `folder`", help: "name a folder for the messages")
        }
        self.folder = folder.hasPrefix("/") ? folder : configuration.baseFolder + "/" + folder
        kind = configuration.kind
        media = configuration.media
        sizeLimit = try SettingReader(configuration).integer("max_size", default: MailComposer.defaultSizeLimit)
        if configuration.kind == "email" {
            guard let from = Mailbox(configuration.from ?? "carillon@localhost") else {
                throw .badSender(configuration)
            }
            mail = MailComposer(from: from, sizeLimit: sizeLimit, stuffsDots: false)
        } else {
            mail = nil
        }
    }

    func compose(_ content: MessageContent, into wire: inout [UInt8]) throws(ComposeError) {
        if mail != nil { try content.check(ChannelTraits(contents: [.text, .html, .attachment])) }
        let content = content.needsFilling ? try content.filled(from: media, now: SystemClock.now) : content
        let start = wire.count
        // The name must stay inside the folder, whatever the reference holds.
        guard !content.reference.isEmpty, content.reference.count <= 128, content.reference.first != 0x2E,
            content.reference.allSatisfy({ EncodedWords.isAtom($0) && $0 != 0x2F })
        else {
            throw .unsafeHeader(field: "reference")
        }
        wire.append(contentsOf: content.reference)
        if let mail {
            wire.append(literal: ".eml\n")
            do {
                try mail.compose(content, into: &wire)
            } catch {
                wire.removeSubrange(start...)
                throw error
            }
            return
        }
        wire.append(literal: ".json\n")
        let document = try document(content)
        if document.count > sizeLimit {
            wire.removeSubrange(start...)
            throw .tooLarge(limit: sizeLimit)
        }
        wire.append(contentsOf: document)
        wire.append(0x0A)
    }

    private func document(_ content: MessageContent) throws(ComposeError) -> [UInt8] {
        guard !content.text.isEmpty || !content.html.isEmpty || !content.parts.isEmpty else {
            throw .empty
        }
        guard !content.recipient.isEmpty, !content.recipient.holdsControl else {
            throw .badAddress
        }
        var json = JSONWriter(capacity: content.text.count + content.html.count + 512)
        json.beginObject()
        json.message(content, kind: kind)
        json.endObject()
        return json.bytes
    }

    func open(report: @escaping @Sendable ([SendReport]) -> Void) throws(ChannelSetupError) -> any ChannelSession {
        try OutboxSession(folder: folder, report: report)
    }
}
