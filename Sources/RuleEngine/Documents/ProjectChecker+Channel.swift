extension ProjectChecker {
    mutating func checkChannel(_ document: Document) -> CheckedChannel? {
        guard let kind = document.node.text("kind"), let providerName = document.value("provider")?.scalar,
            let provider = catalog.providers.first(where: { $0.name == providerName.text })
        else { return nil }
        if !provider.kinds.isEmpty, !provider.kinds.contains(kind) {
            diagnostics.report(
                .providerKind(providerName.span, provider: provider.name, kind: kind, kinds: provider.kinds)
            )
            return nil
        }
        if provider.needsSender, document.value("from") == nil {
            diagnostics.report(.missingKey(document.idSpan, "from", in: "a channel of the provider `\(provider.name)`"))
            return nil
        }
        if kind == "email", let from = document.value("from")?.scalar {
            do throws(Units.Fault) {
                try Units.mailbox(from.text)
            } catch {
                diagnostics.report(.badMailbox(from.span, from.text, reason: error.text))
                return nil
            }
        }
        var channel = CheckedChannel(id: document.id, kind: kind, provider: provider.name, span: document.idSpan)
        channel.secret = document.node.text("secret")
        channel.from = document.node.text("from")
        let limits = document.value("limits")
        channel.rate = limits?.text("rate").flatMap { try? Units.rate($0) }
        for entry in limits?.value("per_domain")?.entries ?? [] {
            channel.ratePerDomain[entry.key.text.lowercased()] = entry.value.text.flatMap { try? Units.rate($0) }
        }
        channel.contactsPerDay = limits?.text("contacts_per_day").flatMap { try? Units.integer($0) }
        channel.repliesTo = document.node.text("replies_to").flatMap(ReplyTarget.init(rawValue:))
        channel.warmUp = checkWarmUp(limits?.entry("warm_up"))
        channel.costPerMessage = amount(document.value("cost")?.text("per_message"))
        if let card = document.value("cost")?.entry("per_segment") {
            guard kind == "sms" else {
                diagnostics.report(
                    .formNotSupported(
                        card.key.span, "a price by the part for another kind than `sms` is", help: "use `per_message`"
                    )
                )
                return nil
            }
            channel.costPerSegment = prices(card.value)
        }
        channel.media = settings.media
        for setting in provider.settings {
            channel.settings[setting.name] = document.node.text(setting.name)
        }
        return channel
    }

    /// The accounts that may take over. A message keeps its kind: its text, its consent and its address are of that kind.
    mutating func checkFailover(_ document: Document) {
        guard let own = channels[document.id] else { return }
        var accounts: [CheckedChannel] = []
        for name in document.value("failover")?.texts ?? [] {
            guard let id = resolve(name, .channel) else { continue }
            if id == own.id {
                diagnostics.report(.failoverToItself(name.span, id))
            } else if let first = accounts.first(where: { $0.id == id }) {
                diagnostics.report(.failoverTwice(name.span, first.id))
            } else if let other = channels[id] {
                guard other.kind == own.kind else {
                    diagnostics.report(
                        .failoverOfAnotherKind(name.span, other.id, kind: other.kind, own: own.kind, at: other.span))
                    continue
                }
                accounts.append(other)
            }
        }
        channels[own.id]?.failover = accounts.map(\.id)
        channels[own.id]?.failoverSenders = accounts.map { $0.from ?? "" }
    }

    private func prices(_ card: SyntaxNode) -> [String: Money] {
        if let one = card.text { return ["other": one].compactMapValues { amount($0) } }
        var prices: [String: Money] = [:]
        for entry in card.entries ?? [] { prices[entry.key.text] = amount(entry.value.text) }
        return prices
    }

    private mutating func checkWarmUp(_ entry: SyntaxEntry?) -> WarmUp? {
        guard let node = entry?.value, let until = node.value("until"),
            let start = node.text("start").flatMap({ try? Units.rate($0) }),
            let growth = node.text("grow").flatMap({ try? Units.growth($0) }),
            let end = until.text.flatMap({ try? Units.rate($0) })
        else { return nil }
        if end.perSecond <= start.perSecond {
            diagnostics.report(.warmUpShrinks(until.span, start: node.value("start")?.span))
            return nil
        }
        return WarmUp(start: start, growth: growth, until: end)
    }
}

extension Catalog.Provider {
    /// The keys that its channel documents have beside those of every channel.
    var keys: [Key] {
        settings.map { setting in
            let shape: Shape =
                switch setting.kind {
                case .text: .headerText
                case .integer(let range): .integer(range)
                case .flag: .flag
                case .oneOf(let words): .word(words)
                case .mailbox: .mailbox
                case .url: .url
                }
            return Key(setting.name, shape, required: setting.isRequired)
        }
    }
}
