/// What may stand at a key. Data, not code: the same tables check files and can be printed as a JSON schema.
package indirect enum Shape: Sendable {
    /// A text for people, on one line or several.
    case text
    /// A text that ends up in a mail header: one line.
    case headerText
    case id
    /// The id of a document of this kind.
    case reference(DocumentKind)
    /// One of these words.
    case word([String])
    case flag
    case integer(ClosedRange<Int>)
    case range
    case money
    case rate
    case url
    case mailbox
    case timeZone
    case currency
    case language
    case filePattern
    /// A condition: an expression, or a list of which all must hold.
    case condition
    /// A message text with template marks.
    case template
    /// A text as a provider approved it, with `{{1}}` for its first gap.
    case approvedText
    /// The type of a field of a contact or event.
    case fieldType
    /// The type of a fragment's input.
    case inputType
    /// `90m`, `3d`.
    case duration
    /// `45%`.
    case share
    /// A time of day: `10:00`.
    case clock
    /// `09:00-18:00`, or `all_day`.
    case hours
    /// `mon-fri`, `tue`, `mon, wed`, and `holidays` where the key says so.
    case days
    case date
    /// A date, or a date and a time: `2027-03-18 10:00`.
    case dateTime
    /// An IANA zone, or `contact_zone`.
    case zone
    case cron
    /// An amount, and perhaps per how long: `EUR 400 per 30d`.
    case allowance
    /// `2 attempts`.
    case attempts
    /// A time of day, or a date and a time: its own check says which.
    case moment
    /// `30%/d`.
    case growth
    /// `3 per 7d`.
    case frequency
    /// `5000 contacts`.
    case contactCount
    /// `2027-03-30 09:00 .. 2027-03-30 10:30`.
    case span
    /// `2000 generated`.
    case generated
    /// `never`, `always` or `after 180d`.
    case again
    /// An expression of any type; its own check says which.
    case expression
    /// The name of a declared event.
    case event
    /// A call of an endpoint: `crm.cart_abandoned`.
    case call
    /// `sequence win-back`.
    case program
    /// A list of steps, each with exactly one verb of `StepTable`.
    case steps
    case list(Shape)
    case mapping([Key])
    /// Free keys of one shape, and perhaps some of their own.
    case map(keys: KeyShape, values: Shape, also: [Key] = [])
    /// A mapping with this key, or another mapping.
    case keyed(String, [Key], else: Shape)
    /// A short form and a long form.
    case scalarOr(Shape, Shape)
    /// Not looked at: the key isn't supported yet, or its own check follows.
    case any

    package enum KeyShape: Sendable {
        case id
        case fieldName
        case language
        case domain
        case currency
        case words([String])
        /// A call's or field's name that is sent elsewhere: as a field's name, capitals allowed.
        case property
    }
}

/// One key of a document or of a mapping in it.
package struct Key: Sendable {
    package let name: String
    package let shape: Shape
    package let isRequired: Bool
    package let summary: String

    package init(
        _ name: String,
        _ shape: Shape,
        required: Bool = false,
        _ summary: String = ""
    ) {
        self.name = name
        self.shape = shape
        isRequired = required
        self.summary = summary
    }
}

/// The first key of a document.
package enum DocumentKind: String, Sendable, CaseIterable {
    case project, schema, segment, policy, channel, route, template, block, fragment, campaign, sequence, rule, test

    /// Every key below the first.
    package var keys: [Key] {
        switch self {
        case .project: KeyTable.project
        case .schema: KeyTable.schema
        case .segment: KeyTable.segment
        case .policy: KeyTable.policy
        case .channel: KeyTable.channel
        case .template: KeyTable.template
        case .block: KeyTable.block
        case .campaign: KeyTable.campaign
        case .sequence: KeyTable.sequence
        case .rule: KeyTable.rule
        case .route: KeyTable.route
        case .fragment: KeyTable.fragment
        case .test: KeyTable.test
        }
    }
}
