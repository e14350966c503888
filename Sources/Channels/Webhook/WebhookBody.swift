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
        json.field("id", content.reference)
        json.field("channel", kind)
        json.field("to", content.recipient)
        json.optionalField("name", content.recipientName)
        json.optionalField("subject", content.subject)
        json.optionalField("text", content.text)
        json.optionalField("html", content.html)
        json.parts(of: content)
        json.optionalField("unsubscribe_url", content.unsubscribeURL)
        json.optionalField("campaign", content.campaign)
        json.endObject()
        json.endObject()
        // One byte that is not UTF-8 would make the whole body unreadable to the receiver.
        return String(validating: json.bytes, as: UTF8.self) == nil
            ? Array(String(decoding: json.bytes, as: UTF8.self).utf8) : json.bytes
    }
}
