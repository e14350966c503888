import Channels
import Testing

@testable import Sandbox

/// What the sandbox tells must pass the very checks that providers' webhooks pass, and mean the same.
@Suite struct CallbackTests {
    private static let base = "http://127.0.0.1:8087"
    private static let now = 1_767_225_600

    private static func line(_ number: UInt64) -> CallbackAddress {
        CallbackAddress(
            base: base, target: "/webhooks/under-test", number: MessageNumber(seed: 5, number: number), now: now)
    }

    private static func message(_ adapter: Adapter) throws -> SandboxMessage {
        let playground = try Playground()
        let channel = try adapter.channel(adapter.configuration(playground.server.address))
        _ = try adapter.send(channel, [adapter.content()])
        let entry = try #require(playground.server.book.list(limit: 1).conversations.first?.entries.first)
        guard case .message(let message) = entry.side else { throw Missing() }
        return message
    }

    private struct Missing: Error {}

    private static func request(_ callback: Callback, _ line: CallbackAddress) -> WebhookRequest {
        var headers: [String: String] = [:]
        for header in callback.headers {
            let parts = header.split(separator: ":", maxSplits: 1)
            headers[parts[0].lowercased()] = String(parts[1].drop { $0 == " " })
        }
        return WebhookRequest(
            method: "POST", url: line.base + (callback.target ?? line.target), headers: headers, body: callback.body)
    }

    /// What each provider tells, as our receivers understand it.
    private static let told: [String: Set<InboundEvent.Kind>] = [
        "twilio": [.queued, .sent, .delivered, .failed], "vonage sms": [.sent, .delivered, .failed],
        "vonage messages": [.sent, .delivered, .failed], "aws-sns": [.queued, .sent, .delivered, .failed],
        "telegram": [], "whatsapp-cloud": [.sent, .delivered, .read, .failed],
        "twilio-whatsapp": [.queued, .sent, .delivered, .read, .failed], "messenger": [.sent, .delivered, .read],
        "instagram": [.sent, .read],
        "sendgrid": [.queued, .delivered, .opened, .clicked, .failed, .bounced, .complained, .unsubscribed],
        "mailgun": [.queued, .delivered, .opened, .clicked, .failed, .bounced, .complained, .unsubscribed],
        "postmark": [.delivered, .opened, .clicked, .bounced, .complained, .unsubscribed],
        "webhook": [
            .queued, .sent, .delivered, .read, .opened, .clicked, .failed, .bounced, .complained, .unsubscribed,
        ],
    ]

    @Test(arguments: Adapter.all)
    func `statuses are signed as the provider signs, and say what it says`(adapter: Adapter) throws {
        let message = try Self.message(adapter)
        let desk = try #require(ProviderDesks.all[message.provider])
        let receiver = try #require(
            WebhookRegistry.receiver(for: message.provider, SandboxAccount.receiving(message.provider)))
        let statuses: [MessageStatus] = [
            .queued, .sent, .delivered, .read, .opened, .clicked("https://acme.example/spring"), .failed(code: "30005"),
            .bounced(isFinal: true), .complained, .unsubscribed,
        ]
        var seen: Set<InboundEvent.Kind> = []
        for (index, status) in statuses.enumerated() {
            let line = Self.line(UInt64(index))
            guard let callback = desk.callback(status, of: message, line) else { continue }
            let request = Self.request(callback, line)
            let context = WebhookContext(now: Self.now)
            #expect(receiver.verify(request, context) == .genuine, "\(adapter.name) \(status)")
            let events = try #require(receiver.parse(request), "\(adapter.name) \(status)")
            let event = try #require(events.first)
            seen.insert(event.kind)
            // Found again by the provider's id, or by what it echoes. Messenger's "read" names a point in time.
            let isNamed =
                event.providerMessageID?.hasPrefix(message.id) == true || event.reference == "ref0"
                || event.watermark != nil
            #expect(isNamed, "\(adapter.name) \(status): \(event)")
            var forged = request
            forged.body.append(0x20)
            // What isn't covered by a signature: Telegram's, Mailgun's and Postmark's bodies, and blanks behind the members that Vonage
            // and Amazon sign.
            if !["telegram", "mailgun", "postmark", "vonage sms", "aws-sns"].contains(adapter.name) {
                #expect(receiver.verify(forged, context) != .genuine, "\(adapter.name) \(status)")
            }
        }
        #expect(seen == Self.told[adapter.name], "\(adapter.name)")
    }

    @Test(arguments: Adapter.all)
    func `a STOP that somebody types is a genuine message from that person`(adapter: Adapter) throws {
        let message = try Self.message(adapter)
        let desk = try #require(ProviderDesks.all[message.provider])
        let receiver = try #require(
            WebhookRegistry.receiver(for: message.provider, SandboxAccount.receiving(message.provider)))
        let line = Self.line(77)
        let word = PersonsWord(
            number: MessageNumber(seed: 5, number: 78), provider: message.provider, channel: message.channel,
            from: message.to, to: message.from, text: "STOP", answered: message, at: Self.now)
        // What people write to Postmark comes by another of its services.
        guard adapter.name != "postmark" else { return }
        let callback = try #require(desk.callback(word, line))
        let request = Self.request(callback, line)
        #expect(receiver.verify(request, WebhookContext(now: Self.now)) == .genuine)
        let event = try #require(receiver.parse(request)?.first)
        #expect(event.kind == .inbound)
        #expect(event.text == "STOP")
        let digits = adapter.person.filter(\.isNumber)
        #expect(event.contact?.contains(adapter.kind == "email" ? adapter.person : digits) == true, "\(event)")
    }

    @Test func `the same seed makes the same fates`() {
        let model = BehaviourModel()
        let call = ProviderCall(provider: "webhook", channel: "c", http: HTTPCall(), path: "", now: 0)
        func fates(_ seed: UInt64) -> [[String]] {
            (0..<200).map { number in
                var message = SandboxMessage(
                    MessageNumber(seed: seed, number: UInt64(number)), call, id: "x", from: "a", to: "b@example.com")
                message.text = "https://acme.example/spring"
                message.isTracked = true
                return model.events(of: message).map(\.status.name)
            }
        }
        #expect(fates(1) == fates(1))
        #expect(fates(1) != fates(2))
        let opened = fates(1).count { $0.contains("opened") }
        #expect((60...120).contains(opened), "\(opened)")
    }
}
