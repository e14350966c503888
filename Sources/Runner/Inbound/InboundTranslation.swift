import Channels
import RuleEngine

/// Turns what a provider said into what the store takes: addresses in their one form, our own references opened, and
/// the consequences for the ledger and for consent.
struct InboundTranslation {
    let sealer: ReferenceSealer
    let keywords: KeywordReader
    let provider: String
    let channelKind: String
    let receivedAt: Timestamp
    private let isRead: Bool
    private let normalizer = AddressNormalizer()

    init(sealer: ReferenceSealer, keywords: KeywordReader, isRead: Bool = true, webhook: RawWebhook) {
        self.isRead = isRead
        self.sealer = sealer
        self.keywords = keywords
        provider = webhook.provider
        channelKind = webhook.channelKind
        receivedAt = webhook.receivedAt
    }

    func record(_ event: InboundEvent) -> InboundRecord {
        var record = InboundRecord(key: event.key, kind: event.kind.rawValue, at: time(event))
        record.delivery = delivery(event)
        record.providerIDs = providerIDs(event)
        record.address = event.contact.map(address)
        record.watermark = event.watermark.map { Timestamp(microseconds: $0) }
        record.status = status(event)
        if event.kind == .clicked { record.followed = event.details["url"] }
        record.text = event.text
        record.isRead = isRead
        // Amazon prices in US dollars, Vonage in euros, whatever the account pays in.
        record.price = ProviderPrice(
            event.details["price"], currency: event.details["currency"] ?? (provider == "vonage" ? "EUR" : "USD")
        )
        .map { ChargedPrice($0) }
        record.detail = detail(event)
        record.effects = effects(event)
        read(event, into: &record)
        return record
    }

    /// A clock that runs ahead must not make a word count longer than it should.
    private func time(_ event: InboundEvent) -> Timestamp {
        guard let at = event.at, at <= receivedAt.microseconds + 300_000_000 else { return receivedAt }
        return Timestamp(microseconds: at)
    }

    private func address(_ text: String) -> String {
        let kind = AddressNormalizer.kind(ofChannel: channelKind)
        // WhatsApp leaves the plus out; a user id of its own has letters.
        let isBare = kind == "whatsapp" && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
        switch normalizer.normalize(kind: kind, isBare ? "+" + text : text) {
        case .success(let address): return address
        case .failure: return String(text.prefix(256))
        }
    }

    // MARK: Which message

    private func delivery(_ event: InboundEvent) -> DeliveryKey? {
        if let reference = event.reference { return sealer.open(reference) }
        guard channelKind == "email", let replyTo = event.replyTo else { return nil }
        // Our Message-IDs hold the sealed key.
        let parts = replyTo.split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }
        return parts.lazy.filter { $0.utf8.count >= 24 }.compactMap { sealer.open($0) }.first
    }

    private func providerIDs(_ event: InboundEvent) -> [String] {
        let id = event.kind == .inbound ? event.replyTo : event.providerMessageID
        guard let id, !id.isEmpty, id.utf8.count <= 512 else { return [] }
        guard provider == "sendgrid" else { return [id] }
        // SendGrid appends to the id that it answered with, and that id may hold points of its own.
        var ids = [id]
        var rest = id[...]
        while let point = rest.lastIndex(of: "."), ids.count < 8 {
            rest = rest[..<point]
            ids.append(String(rest))
        }
        return ids
    }

    // MARK: What follows

    private func status(_ event: InboundEvent) -> StatusNews? {
        // Said about a message that the provider never sent on.
        let isDropped = event.details["dropped"] == "true"
        let machine = event.isMachine ? StatusNews.machine : 0
        switch event.kind {
        case .queued: return StatusNews(rank: 12)
        case .deferred: return StatusNews(rank: 15)
        case .sent: return StatusNews(rank: 20)
        case .failed: return StatusNews(rank: 25, flags: StatusNews.failed, code: event.failureCode)
        case .delivered: return StatusNews(rank: 30, flags: StatusNews.delivered)
        case .read: return StatusNews(rank: 40, flags: StatusNews.delivered)
        case .bounced:
            return StatusNews(rank: isDropped ? 25 : 35, flags: StatusNews.bounced, code: event.failureCode)
        case .opened: return StatusNews(rank: 30, flags: StatusNews.opened | machine)
        case .clicked:
            // A tap on something that is no message of ours names none.
            guard event.providerMessageID != nil || event.reference != nil else { return nil }
            return StatusNews(rank: 30, flags: StatusNews.clicked | machine)
        case .complained: return StatusNews(rank: isDropped ? 25 : 30, flags: StatusNews.complained)
        case .unsubscribed:
            guard event.providerMessageID != nil || event.reference != nil else { return nil }
            return StatusNews(rank: isDropped ? 25 : 10, flags: StatusNews.unsubscribed)
        case .resubscribed, .subscribed, .blocked, .unblocked, .inbound, .inboundEdited, .inboundDeleted,
            .addressChanged, .referral, .optin, .comment, .humanReply, .template, .channelError, .ignored:
            return nil
        }
    }

    private func effects(_ event: InboundEvent) -> [PermissionNews] {
        switch event.kind {
        case .bounced: return event.isFinal ? [.suppress(.bounce, marketingOnly: false)] : []
        case .complained: return [.suppress(.complaint, marketingOnly: true)]
        case .unsubscribed: return [.unsubscribe]
        case .failed where event.failureClass == .suppressContact:
            // These two codes are about advertising only.
            let isMarketing = event.failureCode == "131050" || event.failureCode == "63050"
            return [.suppress(.provider, marketingOnly: isMarketing)]
        case .failed: return event.isFinal ? [.suppress(.bounce, marketingOnly: false)] : []
        case .blocked: return [.optOut(.provider)]
        case .unblocked: return [.optIn(.provider)]
        case .subscribed: return [.optIn(.provider), .optIn(.stop)]
        default: return []
        }
    }

    /// STOP, START and HELP: in texts, and on buttons that say so.
    private func read(_ event: InboundEvent, into record: inout InboundRecord) {
        let isTap = event.kind == .clicked && event.providerMessageID == nil && event.text != nil
        guard event.kind == .inbound || isTap, let text = event.text else { return }
        let meaning: KeywordMeaning?
        switch event.details["opt_out_type"] {
        case "STOP": meaning = .stop(isExact: true)
        case "START": meaning = .start
        case "HELP": meaning = .help
        default: meaning = keywords.meaning(of: channelKind == "email" ? Self.written(text) : text)
        }
        guard let meaning else { return }
        record.meaning = meaning.name
        switch meaning {
        case .stop(let isExact):
            record.effects.append(.optOut(.stop))
            record.needsReview = !isExact
        case .start: record.effects.append(.optIn(.stop))
        case .help: break
        }
        // Where the provider has answered already, a second answer would be one too many.
        if event.details["opt_out_type"] == nil { record.replyDue = meaning.name }
    }

    /// What the person wrote above what they quote: our own footer speaks of unsubscribing too.
    private static func written(_ mail: String) -> String {
        var lines: [Substring] = []
        for line in mail.split(whereSeparator: \.isNewline).prefix(40) {
            let line = line.drop { $0 == " " || $0 == "\t" }
            if line.hasPrefix(">") || line.hasPrefix("--") || line.hasPrefix("__") || line.hasSuffix(":") { break }
            lines.append(line)
            if lines.count == 3 { break }
        }
        return lines.joined(separator: "\n")
    }

    /// The rest, packed: names and values with a unit separator, fields with a record separator.
    private func detail(_ event: InboundEvent) -> String? {
        var fields = event.details
        fields["content"] = event.content?.rawValue
        fields["latitude"] = event.latitude.map { "\($0)" }
        fields["longitude"] = event.longitude.map { "\($0)" }
        fields["failure"] = event.failureClass?.rawValue
        for (index, media) in event.media.enumerated() {
            fields["media\(index).id"] = media.id
            fields["media\(index).url"] = media.url
            fields["media\(index).type"] = media.type
            fields["media\(index).name"] = media.fileName
        }
        if event.kind == .inbound { fields["message_id"] = event.providerMessageID }
        guard !fields.isEmpty else { return nil }
        return fields.sorted { $0.key < $1.key }
            .map { "\($0.key)\u{1F}\($0.value.prefix(2048))" }.joined(separator: "\u{1E}")
    }
}

extension InboundRecord {
    /// A field of what `detail` packs.
    package static func field(_ name: String, ofDetail detail: String) -> String? {
        for field in detail.split(separator: "\u{1E}") {
            let parts: [Substring] = field.split(separator: "\u{1F}", maxSplits: 1)
            if parts.count == 2, parts[0] == name { return String(parts[1]) }
        }
        return nil
    }
}
