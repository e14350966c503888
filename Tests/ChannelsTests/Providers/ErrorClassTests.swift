import Testing

@testable import Channels

/// Answers and their classes, written by hand from the providers' error tables.
struct ErrorClassTests {
    struct Vectors: Decodable {
        struct Case: Decodable, Sendable, CustomTestStringConvertible {
            struct Response: Decodable, Sendable {
                let status: Int
                let headers: [String: String]
                let body: String
            }

            let id: String
            let provider: String
            let response: Response
            let expect_class: String
            let expect_retry_after_seconds: Double?
            let expect_scope: String?
            let expect_provider_message_id: String?

            var testDescription: String { id }
        }

        let cases: [Case]
    }

    static let cases = VectorFile.read("channel-error-classes", as: Vectors.self).cases
        .filter { !$0.provider.hasPrefix("voice-") }

    static func provider(_ name: String) throws -> any HTTPProvider {
        let configuration = { (settings: [String: String], from: String?) in
            ChannelConfiguration(
                id: "c",
                kind: "",
                provider: name,
                from: from,
                settings: settings,
                baseFolder: "/"
            )
        }
        let channel: any Channel =
            switch name {
            case "telegram": try TelegramProvider.descriptor.make(configuration([:], nil))
            case "whatsapp-cloud":
                try WhatsAppCloudProvider.descriptor.make(configuration(["phone_number_id": "1"], nil))
            case "messenger": try SendAPIProvider.messengerDescriptor.make(configuration(["page_id": "1"], nil))
            case "instagram": try SendAPIProvider.instagramDescriptor.make(configuration(["ig_id": "1"], nil))
            default: try TwilioProvider.whatsAppDescriptor.make(configuration([:], "+14155238886"))
            }
        if let channel = channel as? HTTPProviderChannel<TelegramProvider> { return channel.provider }
        if let channel = channel as? HTTPProviderChannel<WhatsAppCloudProvider> { return channel.provider }
        if let channel = channel as? HTTPProviderChannel<SendAPIProvider> { return channel.provider }
        return try #require(channel as? HTTPProviderChannel<TwilioProvider>).provider
    }

    @Test(arguments: cases)
    func `Answers mean what the tables say`(vector: Vectors.Case) throws {
        var answer = HTTPAnswer(status: vector.response.status, body: Array(vector.response.body.utf8))
        for (name, value) in vector.response.headers {
            answer.headers[name.lowercased()] = value
            if name.lowercased() == "retry-after" { answer.retryAfter = value }
        }
        let message = ComposedMessage(token: 1, address: "", wire: [])
        let verdict = try Self.provider(vector.provider).verdict(answer, on: [message], now: 1_767_225_600)
        guard case .all(let outcome) = verdict else {
            Issue.record("\(verdict)")
            return
        }
        switch (vector.expect_class, outcome) {
        case ("ok", .accepted(let id)): #expect(id == vector.expect_provider_message_id)
        case ("permanent", .rejected(_, nil)): break
        // A number that nobody can have is final for the address too.
        case ("permanent", .rejected(let code, .bounce)): #expect(code == "21211")
        case ("suppress-contact", .rejected(_, let suppress)): #expect(suppress != nil)
        case ("config-error", .unavailable): break
        // One pair of numbers is no account: it waits alone.
        case ("rate-limited", .throttled(_, nil)): #expect(vector.expect_retry_after_seconds == nil)
        case ("rate-limited", .throttled(_, let wait)):
            #expect(wait == vector.expect_retry_after_seconds ?? SendOutcome.unsaidWait)
        case ("outcome-unknown", .outcomeUnknown(.answer, _)): break
        // Sending again is not what we do where the server failed and doesn't say that it took nothing.
        case ("transient", .outcomeUnknown(.answer, _)): #expect(vector.response.status >= 500)
        case ("transient", .throttled(_, nil)): break
        case ("retry-with-new-address", .rejected(let code, .bounce)): #expect(code == "400 chat_migrated")
        default: Issue.record("\(vector.expect_class): \(outcome)")
        }
    }
}
