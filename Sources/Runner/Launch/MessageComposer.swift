package import Channels
internal import Crypto
package import RuleEngine

/// Turns rows into messages in wire form, or into the reason why there is none. Buffers are reused from row to row.
package struct MessageComposer {
    private let plan: MessagePlan
    private let launch: LaunchID
    private let channel: any Channel
    private let sealer: ReferenceSealer
    private let tracking: TrackedLinks?
    private let price: MessagePrice
    /// Nil where no text leads to the message in the browser.
    private let viewSealer: ReferenceSealer?
    private var archiver: ContentArchiver
    private var renderer: MessageRenderer
    private var content = MessageContent()
    private var wire: [UInt8] = []

    package init(plan: MessagePlan, launch: LaunchID, channel: any Channel, key: DataKey, startedAt: Timestamp) {
        self.plan = plan
        self.launch = launch
        self.channel = channel
        sealer = ReferenceSealer(key)
        tracking = TrackedLinks(plan.channel, publicURL: plan.publicURL, key: key)
        price = MessagePrice(plan.channel)
        viewSealer = plan.usesBrowserLink ? ReferenceSealer(key, for: .view) : nil
        archiver = ContentArchiver(plan: plan, tracking: tracking)
        renderer = MessageRenderer(plan: plan, startedAt: startedAt)
        content.campaign = Array(plan.program.utf8)
    }

    /// Makes one row's message, ready for its intent.
    ///
    /// - Parameter ledgerRow: the row's place and attempts, where the page is not the launch's own.
    mutating func prepared(
        _ page: RecipientPage, row index: Int, as key: DeliveryKey, now: Timestamp, lane: Int,
        of ledgerRow: RecipientPage.Row
    ) throws(SkipReason) -> PreparedSend {
        try compose(page, row: index, as: key, now: now)
        return PreparedSend(
            contact: ledgerRow.contact, place: ledgerRow.place, step: key.step, lane: lane,
            attempt: ledgerRow.attempts + 1, address: String(decoding: content.recipient, as: UTF8.self),
            // A copy of its exact size: the buffer has room for the largest message so far.
            wire: [UInt8](unsafeUninitializedCapacity: wire.count) { copy, count in
                count = copy.update(fromContentsOf: wire)
            },
            bodyHash: Array(SHA256.hash(data: wire).prefix(16)),
            idempotencyKey: String(decoding: content.idempotencyKey, as: UTF8.self),
            costMicros: price.micros(of: content), gate: page.rows[index].gate,
            suppressionEpoch: page.suppressionEpoch, archive: archived())
    }

    /// What the last call of `compose` made, as it is kept.
    package mutating func archived() -> ArchivedMessage? {
        renderer.message.map { archiver.archived(content, of: $0) }
    }

    /// What one row's message would be, without keeping it.
    mutating func forecast(
        _ page: RecipientPage, row index: Int, as key: DeliveryKey, now: Timestamp, lane: Int, _ depth: ForecastDepth
    ) throws(SkipReason) -> MessageForecast {
        try compose(page, row: index, as: key, now: now)
        let row = page.rows[index]
        var forecast = MessageForecast(
            contact: row.contact, row: index, lane: lane, costMicros: price.micros(of: content),
            language: renderer.language(of: row, pool: page.facts.pool) ?? "")
        if depth.comparesTexts {
            // The reference stands in the links: it is the same in every forecast of a contact.
            var hasher = SHA256()
            for part in [content.subject, content.text, content.html] {
                withUnsafeBytes(of: part.count.littleEndian) { hasher.update(bufferPointer: $0) }
                hasher.update(data: part)
            }
            if let approved = content.approved {
                hasher.update(data: Array("\(approved.name)/\(approved.language)".utf8))
                for value in approved.values { hasher.update(data: value) }
            }
            forecast.text = Array(hasher.finalize().prefix(16))
        }
        if depth.samples {
            forecast.sample = PlanReport.Sample(
                contact: row.externalID.string(pool: page.facts.pool),
                address: String(decoding: content.recipient, as: UTF8.self), language: forecast.language,
                subject: String(decoding: content.subject, as: UTF8.self),
                text: String(decoding: content.text, as: UTF8.self))
        }
        return forecast
    }

    /// Renders and composes one row, whatever the gate says. The content and the wire form stay here.
    ///
    /// - Parameter recipient: where the message goes instead of the contact's own address.
    /// - Parameter run: what the texts of a sequence or rule know beside the contact.
    package mutating func compose(
        _ page: RecipientPage, row: Int, as key: DeliveryKey, now: Timestamp, to recipient: String? = nil,
        in run: RunTexts? = nil
    ) throws(SkipReason) {
        content.recipient.removeAll(keepingCapacity: true)
        if let recipient {
            content.recipient.append(contentsOf: recipient.utf8)
        } else {
            page.rows[row].address.append(to: &content.recipient, pool: page.facts.pool)
        }
        content.reference.removeAll(keepingCapacity: true)
        sealer.seal(key, into: &content.reference)
        if channel.capabilities.isIdempotent { content.idempotencyKey = key.idempotencyKey }
        let end = Gate.validity(page.rows[row].gate, rules: plan.rules, now: now)
        content.validSeconds = end.map { max(1, Int(($0.microseconds - now.microseconds) / 1_000_000)) }
        if let run { renderer.enter(run) }
        if let viewSealer {
            renderer.viewReference.removeAll(keepingCapacity: true)
            viewSealer.seal(key, into: &renderer.viewReference)
        }
        try renderer.render(page, row: row, now: now, into: &content)
        tracking?.apply(to: &content.html, of: key)
        wire.removeAll(keepingCapacity: true)
        do throws(ComposeError) {
            try channel.compose(content, into: &wire)
        } catch {
            throw SkipReason(error)
        }
    }

    /// What the last call of `compose` made.
    package var lastContent: MessageContent { content }
    package var lastWire: [UInt8] { wire }
    /// What it is expected to cost.
    package var lastPrice: Int64 { price.micros(of: content) }
}

/// What the texts of a run know beside the contact's page: when it began, and with what.
package struct RunTexts: Sendable {
    package var startedAt: Timestamp
    package var journey: JourneyFacts

    package init(startedAt: Timestamp, journey: JourneyFacts) {
        self.startedAt = startedAt
        self.journey = journey
    }
}

/// Renders the texts of one message for one row.
package struct MessageRenderer {
    private let plan: MessagePlan
    private let languages: LanguageChoice
    private var context: RenderContext
    private let unsubscribePrefix: [UInt8]?
    private let preferencesPrefix: [UInt8]?
    private let browserPrefix: [UInt8]?
    /// The one that the last rendering was made of.
    private(set) var message: LanguageChoice.Message?
    /// What opens the message in the browser. Empty where nothing is sent: then the link has no end.
    var viewReference: [UInt8] = []

    package init(plan: MessagePlan, startedAt: Timestamp) {
        self.plan = plan
        languages = LanguageChoice(messages: plan.messages, fallback: plan.languageFallback)
        context = RenderContext(
            sender: plan.brand.map(SenderTexts.init(brand:)) ?? SenderTexts(name: [], postalAddress: nil, website: nil),
            runStartedAt: startedAt, now: startedAt, timeZone: plan.zone)
        context.offices = plan.offices
        unsubscribePrefix = plan.publicURL.map { Array((Self.withoutSlash($0) + "/u/").utf8) }
        preferencesPrefix = plan.publicURL.map { Array((Self.withoutSlash($0) + "/p/").utf8) }
        browserPrefix = plan.usesBrowserLink ? plan.publicURL.map { Array((Self.withoutSlash($0) + "/v/").utf8) } : nil
    }

    /// The next rows' texts are those of this run.
    package mutating func enter(_ run: RunTexts) {
        context.runStartedAt = run.startedAt
        context.runID = run.journey.runID
        context.journey = run.journey
    }

    /// Fills in subject, texts and the links to our pages; `content.reference` must be there already.
    package mutating func render(
        _ page: RecipientPage, row: Int, now: Timestamp, into content: inout MessageContent
    ) throws(SkipReason) {
        let language = page.rows[row].language
        guard let message = languages.message(for: language, pool: page.facts.pool) else { throw .noLanguage }
        self.message = message
        context.now = now
        if row < page.histories.count { context.history = page.histories[row] }
        context.unsubscribeLink.removeAll(keepingCapacity: true)
        content.unsubscribeURL.removeAll(keepingCapacity: true)
        if let unsubscribePrefix {
            context.unsubscribeLink.append(contentsOf: unsubscribePrefix)
            context.unsubscribeLink.append(contentsOf: content.reference)
            if plan.purpose == .marketing {
                content.unsubscribeURL.append(contentsOf: context.unsubscribeLink)
            }
        }
        context.preferencesLink.removeAll(keepingCapacity: true)
        if let preferencesPrefix {
            context.preferencesLink.append(contentsOf: preferencesPrefix)
            context.preferencesLink.append(contentsOf: content.reference)
        }
        if let browserPrefix {
            context.browserLink.removeAll(keepingCapacity: true)
            context.browserLink.append(contentsOf: browserPrefix)
            context.browserLink.append(contentsOf: viewReference)
        }
        content.subject.removeAll(keepingCapacity: true)
        content.text.removeAll(keepingCapacity: true)
        content.html.removeAll(keepingCapacity: true)
        content.approved = nil
        content.clearParts()
        do throws(RenderError) {
            for part in message.parts {
                var bytes: [UInt8] = []
                try part.text?.render(into: &bytes, facts: page.facts, row: row, context: context)
                content.add(part.use, bytes)
            }
            if let approved = message.approved {
                var text = ApprovedText(name: approved.name, language: approved.language)
                for value in message.values {
                    var bytes: [UInt8] = []
                    try value.render(into: &bytes, facts: page.facts, row: row, context: context)
                    text.values.append(bytes)
                }
                content.approved = text
            }
            try message.subject?.render(into: &content.subject, facts: page.facts, row: row, context: context)
            try message.text?.render(into: &content.text, facts: page.facts, row: row, context: context)
            try message.html?.render(into: &content.html, facts: page.facts, row: row, context: context)
            if message.text == nil, message.html != nil { HTMLText.append(content.html, to: &content.text) }
        } catch {
            throw SkipReason(error)
        }
    }

    /// The language in which a row's message would be; nil where none fits.
    package func language(of row: RecipientPage.Row, pool: [UInt8]) -> String? {
        languages.message(for: row.language, pool: pool)?.language
    }

    private static func withoutSlash(_ url: String) -> String {
        url.hasSuffix("/") ? String(url.dropLast()) : url
    }
}

/// Which of a template's languages a contact gets: its own, its base language, the project's fallback, or the only
/// one there is.
struct LanguageChoice: Sendable {
    /// A class: every row looks its message up, and none must copy it.
    final class Message: Sendable {
        let language: String
        let subject: CompiledText?
        let text: CompiledText?
        let html: CompiledText?
        let approved: CompiledMessage.Approved?
        /// What stands in the gaps of an approved text.
        let values: [CompiledText]
        let parts: [MessagePartText]

        init(_ message: CompiledMessage) {
            language = message.language
            subject = message.fields["subject"]
            text = message.fields["text"]
            html = message.fields["html"]
            approved = message.approved
            parts = MessagePartText.all(of: message)
            values = (1...max(1, message.fields.count)).compactMap { message.fields["value.\($0)"] }
        }
    }

    private let messages: [String: Message]
    private let otherwise: Message?
    /// Answers for tags of up to seven bytes, which nearly all are, by their packed bits. A list: a template has few
    /// languages, and hashing costs more than looking at some.
    private let short: [(bits: UInt64, message: Message)]

    init(messages: [String: CompiledMessage], fallback: String?) {
        let byLanguage = Dictionary(
            uniqueKeysWithValues: messages.map { ($0.key.lowercased(), Message($0.value)) })
        self.messages = byLanguage
        otherwise =
            fallback.flatMap { byLanguage[$0.lowercased()] } ?? (byLanguage.count == 1 ? byLanguage.first?.value : nil)
        short = messages.compactMap { message in
            PackedText(inline: message.key.utf8).map { ($0.bits, Message(message.value)) }
        }
    }

    func message(for language: PackedText, pool: [UInt8]) -> Message? {
        for entry in short where entry.bits == language.bits { return entry.message }
        if language.count == 0 { return otherwise }
        let tag = language.string(pool: pool).lowercased()
        if let message = messages[tag] { return message }
        if let base = tag.split(separator: "-").first, let message = messages[String(base)] { return message }
        return otherwise
    }
}

extension SkipReason: Error {
    init(_ error: RenderError) {
        switch error {
        case .tooLong, .loopLimit: self = .contentTooLarge
        case .controlCharacterInHeader, .unsafeURL, .missingValue: self = .contentUnsafe
        }
    }

    init(_ error: ComposeError) {
        switch error {
        case .unsafeHeader: self = .contentUnsafe
        case .badAddress: self = .badAddress
        case .tooLarge: self = .contentTooLarge
        case .empty: self = .contentEmpty
        case .notSupported, .unsigned: self = .contentUnsafe
        case .missingFile: self = .contentMissing
        }
    }
}
