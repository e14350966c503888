/// The JSON that a receiver gets.
enum WebhookBody {
    static func compose(_ content: MessageContent, kind: String, now: Int) throws(ComposeError) -> [UInt8] {
        guard !content.text.isEmpty || !content.html.isEmpty || !content.parts.isEmpty else {
            throw .empty
        }
        guard !content.recipient.isEmpty, !content.recipient.holdsControl else {
            throw .badAddress
        }
        var time: [UInt8] = []
        MailDate.append(rfc3339: now, to: &time)
        var json = JSONWriter(capacity: content.text.count + content.html.count + 512)
        json.beginObject()
        json.field("type", "message.send")
        json.field("timestamp", time)
        json.beginObject("data")
        json.message(content, kind: kind)
        json.endObject()
        json.endObject()
        // One byte that is not UTF-8 would make the whole body unreadable to the receiver.
        return String(validating: json.bytes, as: UTF8.self) == nil
            ? Array(String(decoding: json.bytes, as: UTF8.self).utf8) : json.bytes
    }
}
