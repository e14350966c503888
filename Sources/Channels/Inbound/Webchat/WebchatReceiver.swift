/// What visitors of the web chat do, written down by our own server in the form of a webhook: from there on a chat is read
/// like every other channel. Nothing that comes from outside is ever taken for it.
struct WebchatReceiver: WebhookReceiver {
    func verify(_ request: WebhookRequest, _ context: WebhookContext) -> WebhookReception {
        .refused(.unconfigured)
    }

    func parse(_ request: WebhookRequest) -> [InboundEvent]? {
        guard let body = JSONReader.read(request.body), let name = body["kind"]?.string,
            let kind = InboundEvent.Kind(rawValue: name), let key = body["key"]?.string
        else { return nil }
        var event = InboundEvent(kind, key: key)
        event.contact = body["visitor"]?.string
        event.at = body["at"]?.integer
        event.providerMessageID = body["id"]?.string
        event.watermark = body["watermark"]?.integer
        event.replyTo = body["reply_to"]?.string
        event.setText(body["text"]?.string)
        if kind == .inbound { event.content = body["payload"]?.string == nil ? .text : .button }
        for file in body["files"]?.items ?? [] {
            event.media.append(
                InboundEvent.Media(
                    id: file["id"]?.string, type: file["type"]?.string, fileName: file["name"]?.string))
            if event.content == .text {
                event.content = file["kind"]?.string.flatMap(InboundEvent.Content.init(rawValue:)) ?? .document
            }
        }
        if let payload = body["payload"]?.string { event.details["payload"] = payload }
        if let page = body["page"]?.string { event.details["page"] = page }
        return [event]
    }
}

/// Writes them.
package enum WebchatEvent {
    package struct File: Sendable {
        let id: String
        let type: String
        let name: String
        let kind: String

        package init(id: String, type: String, name: String, kind: String) {
            self.id = id
            self.type = type
            self.name = name
            self.kind = kind
        }
    }

    package static func body(
        kind: String, key: String, visitor: String, at: Int64, id: String? = nil, text: String? = nil,
        payload: String? = nil, page: String? = nil, files: [File] = [], watermark: Int64? = nil,
        replyTo: String? = nil
    ) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.field("kind", kind)
        json.field("key", key)
        json.field("visitor", visitor)
        json.raw("at", Array("\(at)".utf8))
        if let id { json.field("id", id) }
        if let text { json.field("text", text) }
        if let payload { json.field("payload", payload) }
        if let page { json.field("page", page) }
        if !files.isEmpty {
            json.beginArray("files")
            for file in files {
                json.beginElement()
                json.field("id", file.id)
                json.field("type", file.type)
                json.field("name", file.name)
                json.field("kind", file.kind)
                json.endObject()
            }
            json.endArray()
        }
        if let watermark { json.raw("watermark", Array("\(watermark)".utf8)) }
        if let replyTo { json.field("reply_to", replyTo) }
        json.endObject()
        return json.bytes
    }
}
