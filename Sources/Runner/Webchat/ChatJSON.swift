import Channels
import RuleEngine

/// Writes what browsers get. `<`, `>` and `&` are escaped too, so that no text of a conversation can end a script or begin
/// a tag wherever the JSON may come to stand.
struct ChatJSON {
    private var bytes: [UInt8] = [0x7B]

    var closed: String { String(decoding: bytes + [0x7D], as: UTF8.self) }

    mutating func text(_ name: String, _ text: String) {
        key(name)
        append(text)
    }

    mutating func number(_ name: String, _ number: Int64) {
        key(name)
        bytes.append(contentsOf: "\(number)".utf8)
    }

    mutating func flag(_ name: String, _ flag: Bool) {
        key(name)
        bytes.append(contentsOf: (flag ? "true" : "false").utf8)
    }

    /// JSON that is ours already.
    mutating func raw(_ name: String, _ json: String) {
        key(name)
        bytes.append(contentsOf: json.utf8)
    }

    private mutating func key(_ name: String) {
        if bytes.count > 1 { bytes.append(0x2C) }
        append(name)
        bytes.append(0x3A)
    }

    private mutating func append(_ text: String) {
        bytes.append(0x22)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": bytes.append(contentsOf: "\\\(scalar)".utf8)
            case "<", ">", "&", "\u{2028}", "\u{2029}", "\u{0}"..."\u{1F}":
                let hex = String(scalar.value, radix: 16)
                bytes.append(contentsOf: ("\\u" + String(repeating: "0", count: 4 - hex.count) + hex).utf8)
            default: bytes.append(contentsOf: String(scalar).utf8)
            }
        }
        bytes.append(0x22)
    }

    // MARK: Messages

    /// What a message carries; its bytes are asked for by themselves.
    mutating func files(_ files: [ChatFile]) {
        guard !files.isEmpty else { return }
        let parts = files.map { file in
            var part = ChatJSON()
            part.text("id", file.id)
            part.text("name", file.name)
            part.text("type", file.type.mime)
            part.text("kind", file.type.family.rawValue)
            part.number("size", Int64(file.bytes.count))
            return part.closed
        }
        raw("files", "[" + parts.joined(separator: ",") + "]")
    }

    /// One message as a line.
    ///
    /// - Parameter addresses: of its files, by which their bytes are asked for: made anew each time, since they end.
    static func line(_ message: ChatMessage, id: String, addresses: [String]) -> String {
        var json = ChatJSON()
        json.number("seq", message.sequence)
        json.text("id", id)
        json.text("from", message.source == .visitor ? "visitor" : "us")
        json.number("at", message.at.microseconds / 1000)
        json.raw("message", message.body)
        if !addresses.isEmpty {
            let quoted = addresses.map { "\"\($0)\"" }
            json.raw("addresses", "[" + quoted.joined(separator: ",") + "]")
        }
        return json.closed
    }

    /// What a visitor may see of a message of ours: only what we know how to show, and only `https` addresses.
    static func shown(_ data: JSONValue, files: [ChatFile]) -> String {
        var json = ChatJSON()
        json.text("text", ChatDesk.clean(data["text"]?.string ?? ""))
        if let media = data["media"], let url = safe(media["url"]?.string) {
            var part = ChatJSON()
            part.text("kind", media["kind"]?.string ?? "file")
            part.text("url", url)
            part.text("name", ChatDesk.clean(media["name"]?.string ?? ""))
            json.raw("media", part.closed)
        }
        if let place = data["location"], let latitude = place["latitude"]?.double,
            let longitude = place["longitude"]?.double
        {
            var part = ChatJSON()
            part.raw("latitude", "\(latitude)")
            part.raw("longitude", "\(longitude)")
            part.text("label", ChatDesk.clean(place["label"]?.string ?? ""))
            json.raw("location", part.closed)
        }
        let buttons = (data["buttons"]?.items ?? []).prefix(20).compactMap { button -> String? in
            guard let title = button["title"]?.string else { return nil }
            var part = ChatJSON()
            part.text("title", ChatDesk.clean(title))
            if let reply = button["reply"]?.string {
                part.text("reply", reply)
            } else if let url = safe(button["url"]?.string) {
                part.text("url", url)
            } else {
                return nil
            }
            return part.closed
        }
        if !buttons.isEmpty { json.raw("buttons", "[" + buttons.joined(separator: ",") + "]") }
        json.files(files)
        return json.closed
    }

    private static func safe(_ url: String?) -> String? {
        guard let url, url.hasPrefix("https://"), url.utf8.count <= 4096,
            url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { return nil }
        return url
    }
}
