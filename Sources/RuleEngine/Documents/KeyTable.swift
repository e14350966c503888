/// The keys of every kind of document.
package enum KeyTable {
    static let purposes = Purpose.allCases.map(\.rawValue)
    static let consentLevels = ConsentLevel.allCases.map(\.name)
    static let lawfulBases = [
        "consent", "contract", "legal_obligation", "vital_interests", "public_task", "legitimate_interests",
    ]

    package static let project = [
        Key("language", .integer(1...1), "Version of the language; 1 is the only one."),
        Key("time_zone", .timeZone, "The project's clock, an IANA name."),
        Key("currency", .currency, "ISO 4217; every amount is in it."),
        Key("public_url", .url, "Where the world reaches the unsubscribe pages."),
        Key("files", .list(.filePattern), "Which files belong to the project."),
        Key("brands", .map(keys: .id, values: .mapping(brand)), "Who sends."),
        Key("defaults", .mapping(defaults), "What holds where a document says nothing."),
        Key("language_fallback", .language, "Whose text a contact gets who has no language."),
        Key("teams", .list(.id), "Whom a step may hand a person over to."),
        Key("opening_hours", .map(keys: .id, values: .mapping(openingHours)), "Read by `open_now` and `opens_next`."),
        Key("endpoints", .map(keys: .id, values: .mapping(endpoint)), "What `call` may reach."),
        Key("limits", .mapping(projectLimits), "Bounds that every program keeps."),
        Key(
            "exchange_rates", .map(keys: .currency, values: .money),
            "What one unit of another currency is worth in the project's."),
        Key("media", .mapping(projectMedia), "Where the files lie that messages show or carry."),
        Key("replies", .mapping(projectReplies), "What is answered to STOP, START and HELP, in place of our words."),
    ]

    static let projectLimits = [
        Key("steps_per_file", .integer(1...1000), "No file has more steps."),
        Key("wait", .duration, "No wait is longer."),
    ]

    static let openingHours = [
        Key("in", .timeZone, required: true, "The office's clock."),
        Key("open", .list(.mapping(openingTimes)), required: true),
        Key("closed", .list(.text), "Dates, and `holidays` for those of the zone's country."),
    ]

    static let openingTimes = [
        Key("days", .days, required: true),
        Key("hours", .hours, required: true),
    ]

    static let endpoint = [
        Key("secret", .id, "The name of the credentials, which lie outside the files."),
        Key("calls", .map(keys: .property, values: .mapping(endpointCall)), required: true),
    ]

    static let endpointCall = [
        Key("method", .word(["GET", "POST", "PUT", "PATCH", "DELETE"]), required: true),
        Key("path", .text, required: true, "Behind the base address, which is configuration."),
    ]

    static let brand = [
        Key("name", .headerText, required: true, "As the recipient sees it."),
        Key("postal_address", .text, "Must stand in marketing mail."),
        Key("website", .url),
        Key("layout", .mapping(layout), "The frame around every email's body."),
    ]

    static let layout = [
        Key("text", .scalarOr(.template, .map(keys: .language, values: .template)), "With one `<<content>>`."),
        Key("html", .scalarOr(.template, .map(keys: .language, values: .template)), "With one `<<content>>`."),
    ]

    static let defaults = [
        Key("policy", .reference(.policy)),
        Key("brand", .id),
        Key("unknown_zone", .word(UnknownZone.words), "Whose clock counts for a contact whose zone nobody knows."),
    ]

    package static let schema = [
        Key("contact", .map(keys: .fieldName, values: .scalarOr(.fieldType, .mapping(field))), "A person's fields."),
        Key(
            "events",
            .map(keys: .fieldName, values: .map(keys: .fieldName, values: .scalarOr(.fieldType, .mapping(eventField)))),
            "What happens to people, with typed fields."
        ),
    ]

    static let field = [
        Key("type", .fieldType, required: true),
        Key("pii", .flag, "Previews, traces and logs hide it."),
        Key("max_length", .integer(1...2000), "How many characters a text has at most; longer ones are not imported."),
    ]

    static let eventField = [
        Key("type", .fieldType),
        Key("unique", .flag, "A repeated delivery of the same event has the same value, and is dropped."),
        Key("pii", .flag, "Previews, traces and logs hide it."),
        Key("list_of", .map(keys: .fieldName, values: .fieldType), "A list of records with these fields."),
    ]

    package static let segment = [
        Key("about", .text),
        Key("where", .condition, required: true, "Who belongs to it."),
        Key("expect", .range, "How many people it should have."),
    ]

    package static let channel = [
        Key("about", .text),
        Key("kind", .word(Catalog.channelKinds), required: true),
        Key("provider", .text, required: true),
        Key("secret", .id, "The name of the credentials, which lie outside the files."),
        Key("from", .headerText, "The sender; for email a mailbox."),
        Key("limits", .mapping(channelLimits)),
        Key("cost", .mapping(channelCost)),
        Key("replies_to", .word(ReplyTarget.words), "Who reads what people answer."),
        Key("failover", .list(.reference(.channel)), "The accounts that take over while this one is down, in order."),
    ]

    static let channelLimits = [
        Key("rate", .rate, "For the whole account."),
        Key("per_domain", .map(keys: .domain, values: .rate), "By the recipient's domain."),
        Key("warm_up", .mapping(warmUp), "How a new sender grows."),
        Key("contacts_per_day", .integer(1...1_000_000_000), "How many people it may reach in a day."),
    ]

    static let warmUp = [
        Key("start", .rate, required: true, "The first day: `500/d`."),
        Key("grow", .growth, required: true, "From day to day: `30%/d`."),
        Key("until", .rate, required: true, "Where it ends: `200000/d`."),
    ]

    static let channelCost = [
        Key("per_message", .money, "Price of one accepted message."),
        Key(
            "per_segment",
            .scalarOr(.money, .map(keys: .words(Catalog.countries + ["other"]), values: .money)),
            "Price of one part of an SMS, by the country of the number."
        ),
    ]

    package static let template =
        [
            Key("about", .text),
            Key("purpose", .word(purposes)),
            Key("topic", .id),
        ] + messages

    /// One key a channel kind; under it the languages, and under them the texts.
    static let messages = Catalog.channelKinds.map { kind in
        let own = kind == "sms" ? [Key("max_segments", .integer(1...10), "Into how many parts it may be cut.")] : []
        let languages = Shape.map(keys: .language, values: message(of: kind), also: own)
        return Key(kind, kind == "whatsapp" ? .keyed("approved_as", approved, else: languages) : languages)
    }

    private static func message(of kind: String) -> Shape {
        switch kind {
        case "email": .mapping(email)
        case "whatsapp": .scalarOr(.template, .keyed("approved_as", approved, else: .mapping(richMessage)))
        case "voice_live", "voice_recorded": .template
        default: .scalarOr(.template, .mapping(richMessage))
        }
    }

    /// A text that lies with the provider.
    static let approved =
        [
            Key("approved_as", .headerText, required: true, "The name under which the provider approved it."),
            Key("language", .headerText, "As approved; without it, the language that it stands under."),
            Key("values", .list(.template), "What stands in its gaps, in their order."),
            Key("text", .approvedText, "As approved, with `{{1}}`, `{{2}}` for its gaps; `values` must fill them."),
        ] + messageParts

    static let email = [
        Key("subject", .template, required: true),
        Key("body", .template, "Plain text; without it, the text of the HTML."),
        Key("html", .template),
        Key("attachments", .list(.headerText), "Names in the project's `media`."),
    ]

    /// What messages share.
    package static let block = [
        Key("about", .text),
        Key("text", .map(keys: .language, values: .template), "In the plain parts of messages."),
        Key("html", .map(keys: .language, values: .template), "In their HTML."),
    ]
}
