package import Channels
package import RuleEngine

/// Tries a channel out as far as it goes without a launch: step by step, each with what to do if it fails.
package struct ChannelTrial: Sendable {
    package struct Step: Sendable, Equatable {
        package enum Result: String, Sendable {
            case passed, failed, skipped
        }

        /// Stays the same in reports.
        package let name: String
        package let result: Result
        package let detail: String
        package let help: String?

        package init(_ name: String, _ result: Result, _ detail: String, help: String? = nil) {
            self.name = name
            self.result = result
            self.detail = detail
            self.help = help
        }
    }

    private let declaration: CheckedChannel
    private let channel: any Channel
    /// No sealed key: what a provider tells under this name is about no delivery. Another one for each test, since a
    /// mailbox keeps only one mail of a name.
    private let reference: [UInt8]

    package init(_ declaration: CheckedChannel, _ channel: any Channel, now: Timestamp) {
        self.declaration = declaration
        self.channel = channel
        reference = Array("test\(now.microseconds)".utf8)
    }

    // MARK: - Credentials

    package func credentials() -> Step {
        guard let desk = channel.accountDesk else { return notOffered }
        let answer: AccountAnswer
        do throws(ChannelSetupError) {
            answer = try desk.checkAccount()
        } catch {
            return Step("credentials", .failed, error.message, help: error.help)
        }
        switch answer {
        case .fine(let facts):
            let told = facts.map { "\($0.name): \($0.value)" }.joined(separator: ", ")
            return Step(
                "credentials", .passed, told.isEmpty ? "the provider takes them" : "the provider takes them; " + told)
        case .refused(let code):
            return Step(
                "credentials", .failed, "the provider refuses them (\(code))",
                help: code.hasPrefix("account_") || code.hasPrefix("domain_")
                    ? "the login is right, but the provider has stopped the account: see its console"
                    : "store the secret `\(declaration.secret ?? "")` anew, and see that it may send")
        case .unreachable(let code):
            return Step(
                "credentials", .failed, "the provider can't be reached (\(code))", help: Self.help(reaching: code))
        case .unclear(let code):
            return Step(
                "credentials", .skipped, "the provider's answer says neither yes nor no (\(code))",
                help: "a key that may only send is often not allowed to ask; --to tries it")
        case .notOffered: return notOffered
        }
    }

    private var notOffered: Step {
        Step(
            "credentials", .skipped, "`\(declaration.provider)` can't be asked without sending",
            help: "try it with --to")
    }

    private static func help(reaching code: String) -> String {
        switch code {
        case "host_not_found", "lookup_failed", "lookup_timeout":
            "the host's name is not known: is it spelt right, is the network up?"
        case "connection_refused": "nothing listens there: check host and port, or start the sandbox"
        case "timeout": "nothing answers in time: a firewall may hold the connection"
        case "tls_certificate_refused":
            "its certificate is not for this name or of an unknown authority; `ca_file` names another"
        case "address_refused": "the name leads to a private address; a server of your own needs `allow_private: true`"
        default: "see that this machine may call out"
        }
    }

    // MARK: - Sender

    /// Makes a message without sending it: sender and settings must have a wire form.
    package func sender() -> Step {
        var wire: [UInt8] = []
        do throws(ComposeError) {
            try channel.compose(content(to: Self.nobody(declaration.kind)), into: &wire)
        } catch {
            return Step(
                "sender", .failed, "no message can be made: \(Self.words(error))",
                help: "check `from` and the channel's settings")
        }
        let from = declaration.from.map { "sends as \($0)" } ?? "sends as the account itself"
        return Step("sender", .passed, from)
    }

    // MARK: - Webhook address

    /// Calls the address that the provider is to call, as a stranger would.
    ///
    /// - Parameter url: nil where the project says no `public_url`.
    package func webhook(
        at url: String?, hasSecret: Bool, receives: Bool, over egress: GuardedEgress
    ) -> Step {
        guard receives else { return Step("webhook", .skipped, "`\(declaration.provider)` never calls back") }
        guard hasSecret else {
            return Step(
                "webhook", .failed, "no secret is stored that could prove who calls",
                help: "store it as `\(declaration.id)-webhook`; docs/channels/webhooks.md says what it holds")
        }
        guard let url else {
            return Step(
                "webhook", .skipped, "the project has no `public_url` that the provider could call",
                help: "set `public_url:` in carillon.yaml; without it nothing is heard of deliveries and opt-outs")
        }
        switch egress.get(url) {
        case .answered(let answer):
            // Whoever sends nothing that is signed is refused in words that only this program has.
            let word = answer.excerpt.prefix { !$0.isNewline }
            if word == "webhook_unconfigured" {
                return Step(
                    "webhook", .failed, "the server at \(url) has no secret for this channel",
                    help: "give `carillon serve` the same secrets as this command")
            }
            if word.hasPrefix("webhook_") { return Step("webhook", .passed, "\(url) is answered by carillon") }
            return Step(
                "webhook", .failed, "\(url) answers \(answer.status), and not as `carillon serve` does",
                help: answer.status == 404
                    ? "the server doesn't know the channel: restart it with this project"
                    : "let the proxy in front pass /webhooks/ on to carillon serve")
        case .refused(_, let sentence):
            return Step("webhook", .failed, "\(url) \(sentence)", help: "providers call public https addresses only")
        case .notSent(let code), .lost(_, let code):
            return Step(
                "webhook", .failed, "\(url) can't be called (\(code))",
                help: "is `carillon serve` running, and the proxy with TLS in front of it?")
        }
    }

    // MARK: - Round trip

    /// Sends one message. The provider's id of it is nil where it was not accepted.
    package func send(to address: String) -> (step: Step, providerID: String?) {
        var wire: [UInt8] = []
        do throws(ComposeError) {
            try channel.compose(content(to: address), into: &wire)
        } catch {
            let help =
                error == .badAddress
                ? Self.form(of: declaration.kind) : "docs/channels/\(declaration.provider).md says what it takes"
            return (
                Step("send", .failed, "no message can be made for \(address): \(Self.words(error))", help: help), nil
            )
        }
        let answer = Monitor<[SendReport]>([])
        let session: any ChannelSession
        do throws(ChannelSetupError) {
            session = try channel.open(report: { reports in answer.update { $0.append(contentsOf: reports) } })
        } catch {
            return (Step("send", .failed, error.message, help: error.help), nil)
        }
        session.submit([ComposedMessage(token: 0, address: address, wire: wire)])
        session.finish(within: 60)
        let outcome = answer.withState { $0.first?.outcome } ?? .unavailable(code: "not_begun")
        switch outcome {
        case .accepted(let id): return (Step("send", .passed, "accepted as \(id)"), id)
        case .rejected(let code, let suppress):
            let help =
                switch suppress {
                case .bounce: "there is nobody at this address"
                case .complaint, .providerOptOut:
                    "the person has opted out with the provider: send START from that phone"
                case nil: help(refused: code)
                }
            return (Step("send", .failed, "the provider refuses the message (\(code))", help: help), nil)
        case .throttled(let code, let seconds):
            let wait = seconds.map { ", for \(Int($0)) s" } ?? ""
            return (Step("send", .failed, "the account sends too fast (\(code))\(wait)", help: "try again later"), nil)
        case .unavailable(let code):
            return (
                Step(
                    "send", .failed, "nothing was sent: the account can't be used (\(code))",
                    help: Self.isOurs(code) ? Self.help(reaching: code) : accountHelp),
                nil
            )
        case .outcomeUnknown(let phase, let detail):
            return (
                Step(
                    "send", .failed, "the provider may have it: no answer came (\(phase.rawValue), \(detail))",
                    help: "look at the phone or mailbox before you try again"), nil
            )
        }
    }

    /// Our own words for what happened on the way are small letters; providers have numbers and names.
    private static func isOurs(_ code: String) -> Bool {
        code.contains("_") && code.utf8.allSatisfy { (0x61...0x7A).contains($0) || $0 == 0x5F }
    }

    private var accountHelp: String {
        let sender = declaration.from.map { "may it send as \($0), " } ?? ""
        return "the provider was reached and took the login: \(sender)is it paid for and not stopped? "
            + "docs/channels/\(declaration.provider).md explains the code"
    }

    private func help(refused code: String) -> String {
        switch code {
        case "131047", "63016":
            "outside 24 hours after the person's last message only approved texts go: write to the number first"
        case "131026", "63024": "the number is not on WhatsApp, or its app is too old for this message"
        default: "docs/channels/\(declaration.provider).md explains the provider's codes"
        }
    }

    // MARK: - The message

    private static func nobody(_ kind: String) -> String {
        switch kind {
        case "email": "test@example.com"
        case "sms", "mms", "rcs", "voice", "whatsapp": "+14155550123"
        default: "1000000001"
        }
    }

    /// How an address is written.
    private static func form(of kind: String) -> String {
        switch kind {
        case "email": "write it as name@example.com"
        case "sms", "mms", "rcs", "voice", "whatsapp": "write it with its country and without blanks: +491511234567"
        case "telegram":
            "write the number of the chat: the bot gets it with the first message that somebody writes to it"
        default: "write the id that the provider gives the person"
        }
    }

    private func content(to address: String) -> MessageContent {
        var content = MessageContent()
        content.recipient = Array(address.utf8)
        content.subject = Array("A test of the channel \(declaration.id)".utf8)
        content.text = Array("This is a test of the channel \(declaration.id). Nothing else will follow.".utf8)
        content.reference = reference
        content.campaign = Array("channel-test".utf8)
        return content
    }

    private static func words(_ error: ComposeError) -> String {
        switch error {
        case .unsafeHeader(let field): "`\(field)` holds a control character"
        case .badAddress: "the address is none of this kind"
        case .tooLarge(let limit): "it is longer than \(limit)"
        case .empty: "it is empty"
        case .notSupported(let part): "the provider takes no \(part.rawValue)"
        case .unsigned: "it can't be signed"
        case .missingFile(let name): "there is no file `\(name)`"
        }
    }
}
