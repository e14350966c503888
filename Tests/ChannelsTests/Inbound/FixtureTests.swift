import Testing

@testable import Channels

/// Recorded requests of each provider, with the events that must come of them.
@Suite struct FixtureTests {
    @Test(arguments: InboundData.names("Webhooks"))
    func `a request gives the events that its file expects`(name: String) throws {
        let fixture = InboundData.read("Webhooks/" + name)
        let provider = try #require(fixture["provider"]?.string)
        var settings = WebhookSettings()
        if case .object(let secrets)? = fixture["secrets"] {
            for (name, value) in secrets {
                settings.set(name, [value.string ?? ""])
            }
        }
        let receiver = try #require(WebhookRegistry.receiver(for: provider, settings))
        let request = try #require(Self.request(fixture["request"]))
        let reception = receiver.verify(request, WebhookContext(now: 1_767_607_200))
        let expected = fixture.at("expect", "events")?.items ?? []
        if let body = fixture.at("expect", "body")?.string {
            #expect(reception == .answer(body))
            return
        }
        if fixture.at("expect", "http_status")?.integer == 401 {
            guard case .refused(let refusal) = reception else {
                Issue.record("\(name) was taken")
                return
            }
            #expect(refusal.status == 401)
            return
        }
        #expect(reception == .genuine)
        let events = try #require(receiver.parse(request)).flatMap { Self.spread($0, fixture["state_before"]) }
        #expect(events.count == expected.count, "\(events)")
        for (event, expectation) in zip(events, expected) {
            guard case .object(let members) = expectation else {
                continue
            }
            for (member, value) in members {
                #expect(Self.member(member, of: event, like: value) == value, "\(name): \(member) of \(event)")
            }
        }
        #expect(Set(events.map(\.key)).count == events.count || events.contains { $0.watermark != nil })
    }

    private static func request(_ request: JSONValue?) -> WebhookRequest? {
        guard let request, let method = request["method"]?.string else {
            return nil
        }
        var url = request["url"]?.string ?? "https://hook.example.com" + (request["path"]?.string ?? "/")
        if let query = request["query"]?.string {
            url += "?" + query
        }
        var headers: [String: String] = [:]
        if case .object(let members)? = request["headers"] {
            for (name, value) in members {
                headers[name.lowercased()] = value.string
            }
        }
        return WebhookRequest(
            method: method, url: url, headers: headers, body: Array((request["body"]?.string ?? "").utf8))
    }

    /// A watermark concerns each message that was sent up to it; the store knows which those are.
    private static func spread(_ event: InboundEvent, _ before: JSONValue?) -> [InboundEvent] {
        guard let watermark = event.watermark else {
            return [event]
        }
        return (before?["outbound"]?.items ?? []).compactMap { message in
            guard let sentAt = InstantReader.milliseconds(message["sent_at_ms"]), sentAt <= watermark else {
                return nil
            }
            var single = event
            single.providerMessageID = message["id"]?.string
            return single
        }
    }

    private static func member(_ name: String, of event: InboundEvent, like value: JSONValue) -> JSONValue? {
        func text(_ text: String?) -> JSONValue? { text.map { .text($0) } }
        switch name {
        case "event": return .text(event.kind.isStatus ? "status" : event.kind.rawValue)
        case "status": return .text(event.kind.rawValue)
        case "provider_message_id": return text(event.providerMessageID)
        case "contact": return text(event.contact)
        case "our_ref": return text(event.reference)
        case "content": return text(event.content?.rawValue)
        case "text": return text(event.text)
        case "reply_to": return text(event.replyTo)
        case "media_id": return text(event.media.first?.id)
        case "media_url": return text(event.media.first?.url)
        case "file_name": return text(event.media.first?.fileName)
        case "latitude": return event.latitude.map { .number("\($0)") }
        case "longitude": return event.longitude.map { .number("\($0)") }
        case "at":
            return value == .null
                ? (event.at == nil ? .null : nil) : InstantReader.text(value.string) == event.at ? value : nil
        case "window_until":
            // A day after the person wrote.
            return InstantReader.text(value.string) == event.at.map { $0 + 86_400_000_000 } ? value : nil
        case "own_phone": return .flag(event.details["own_phone"] == "true")
        case "error":
            return .object([
                "code": .number(event.failureCode ?? ""), "class": .text(event.failureClass?.rawValue ?? ""),
            ])
        case "pricing":
            return .object([
                "model": .text(event.details["pricing.model"] ?? ""),
                "type": .text(event.details["pricing.type"] ?? ""),
                "category": .text(event.details["pricing.category"] ?? ""),
                "billable": .flag(event.details["pricing.billable"] == "true"),
            ])
        default: return text(event.details[name])
        }
    }
}
