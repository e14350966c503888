/// Chat on a web site: our own server keeps the conversation and shows it. A message goes there as to a receiver of
/// webhooks, signed and safe to repeat, because whoever sends may be another process than the one that serves.
package enum WebchatChannel {
    /// Where a message for the visitors of a channel is taken.
    package static func path(of channel: String) -> String { "/webchat/v1/\(channel)/deliver" }

    static let descriptor = ChannelDescriptor(
        provider: "webchat",
        kinds: ["webchat"],
        settings: [
            .init("server", .url), .init("origins", .text, isRequired: true), .init("title", .text),
            .init("identify", .oneOf(["optional", "required"])), .init("uploads", .oneOf(["none", "images", "all"])),
            .init("max_upload", .integer(1024...(10 << 20))), .init("timeout", .text),
            .init("connections", .integer(1...256)),
        ],
        needsSender: false,
        traits: facts
    ) { configuration throws(ChannelSetupError) in
        var configuration = configuration
        let reader = SettingReader(configuration)
        for origin in origins(reader.text("origins") ?? "") where !isOrigin(origin) {
            throw .badSetting(
                "origins", configuration, "holds `\(origin)`, which is no origin",
                help:
                    "write scheme, host and perhaps port of each site: `https://acme.example, https://www.acme.example`"
            )
        }
        var server = reader.text("server") ?? "http://127.0.0.1:8087"
        while server.hasSuffix("/") { server.removeLast() }
        // A sandbox has put its own address there.
        if configuration.settings["endpoint"] == nil {
            configuration.settings["endpoint"] = server + path(of: configuration.id)
            configuration.settings["allow_private"] = "true"
        }
        return try WebhookChannel(configuration, traits: facts)
    }

    /// As the setting names them, a comma between.
    package static func origins(_ text: String) -> [String] {
        text.split(whereSeparator: { $0 == "," || $0.isWhitespace }).map(String.init)
    }

    /// Scheme, host and port, and nothing behind: what a browser sends.
    private static func isOrigin(_ text: String) -> Bool {
        guard let url = try? EgressURL(text), url.target == "/", !text.hasSuffix("/") else { return false }
        return text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x2A }
    }

    private static let facts = ChannelTraits(
        contents: [.text, .image, .video, .audio, .file, .location, .buttons, .attachment],
        parts: .init(
            captioned: [.image, .video, .audio, .file, .location, .attachment], mostReplies: 10, mostOpens: 10,
            mixesButtons: true, buttonsBelowMedia: true),
        clearing: [.idempotencyKey],
        statuses: [.sent, .delivered, .read, .clicked],
        textLimit: .init(4000, .characters),
        cost: .free)
}
