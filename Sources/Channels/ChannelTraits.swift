/// What a provider can do, whatever the account: facts of its documents, as data for the compiler, the runner and
/// reports.
package struct ChannelTraits: Sendable {
    package enum Purpose: String, Sendable, CaseIterable {
        case marketing, transactional, otp, informational
    }

    /// How an attempt without an answer can be cleared up, best first.
    package enum Clearing: String, Sendable {
        /// The provider takes a repeated key for one message.
        case idempotencyKey = "idempotency_key"
        /// The provider can be asked for messages by recipient and time.
        case lookup
        /// A later report carries our reference.
        case echo
    }

    /// What a provider tells of a message after it has accepted it.
    package enum Status: String, Sendable, CaseIterable {
        case queued, sent, delivered, read, clicked, failed, bounced, complained, unsubscribed
    }

    /// In what the length of a text is counted.
    package enum LengthUnit: String, Sendable {
        case characters, utf16, bytes
    }

    package struct TextLimit: Sendable, Equatable {
        package let most: Int
        package let unit: LengthUnit

        package init(_ most: Int, _ unit: LengthUnit) {
            self.most = most
            self.unit = unit
        }

        func holds(_ text: [UInt8]) -> Bool {
            guard text.count > most else { return true }
            switch unit {
            case .bytes: return false
            case .characters: return String(decoding: text, as: UTF8.self).unicodeScalars.count <= most
            case .utf16: return String(decoding: text, as: UTF8.self).utf16.count <= most
            }
        }
    }

    package enum CostSource: String, Sendable {
        case free
        /// Ours: the channel's `cost`.
        case card
        /// In the answer to the request.
        case answer
        /// Asked for later, message by message.
        case fetched
        /// A report names the category, our card the price.
        case category
        /// In a report.
        case report
    }

    /// How the parts of a message go together.
    package struct PartRules: Sendable {
        /// Beside which a text may stand.
        package var captioned: Set<MessagePart>
        /// What may stand around an approved text.
        package var aroundApproved: Set<MessagePart>
        package var mostReplies: Int
        package var mostOpens: Int
        /// Buttons of both sorts in one message.
        package var mixesButtons: Bool
        package var buttonsBelowMedia: Bool

        package init(
            captioned: Set<MessagePart> = [], aroundApproved: Set<MessagePart> = [], mostReplies: Int = 0,
            mostOpens: Int = 0, mixesButtons: Bool = false, buttonsBelowMedia: Bool = false
        ) {
            self.captioned = captioned
            self.aroundApproved = aroundApproved
            self.mostReplies = mostReplies
            self.mostOpens = mostOpens
            self.mixesButtons = mixesButtons
            self.buttonsBelowMedia = buttonsBelowMedia
        }

        static let everything = PartRules(
            captioned: Set(MessagePart.allCases), aroundApproved: Set(MessagePart.allCases), mostReplies: 20,
            mostOpens: 20, mixesButtons: true, buttonsBelowMedia: true)
    }

    package var purposes: Set<Purpose>
    package var contents: Set<MessagePart>
    package var parts: PartRules
    package var clearing: [Clearing]
    package var statuses: Set<Status>
    /// Only this many hours after the person's last message may anything but an approved text be sent.
    package var windowHours: Int?
    package var textLimit: TextLimit?
    /// Messages a second that the provider takes from one account, where its documents say.
    package var perSecond: Double?
    package var cost: CostSource

    package init(
        purposes: Set<Purpose> = Set(Purpose.allCases),
        contents: Set<MessagePart> = [.text, .html],
        parts: PartRules = PartRules(),
        clearing: [Clearing] = [],
        statuses: Set<Status> = [],
        windowHours: Int? = nil,
        textLimit: TextLimit? = nil,
        perSecond: Double? = nil,
        cost: CostSource = .card
    ) {
        self.purposes = purposes
        self.contents = contents
        self.parts = parts
        self.clearing = clearing
        self.statuses = statuses
        self.windowHours = windowHours
        self.textLimit = textLimit
        self.perSecond = perSecond
        self.cost = cost
    }
}
