/// The keys of scenario tests.
extension KeyTable {
    package static let test = [
        Key("about", .text),
        Key("for", .text, required: true, "`sequence onboarding`, `rule …`, `campaign …`, or `all`."),
        Key("given", .mapping(given)),
        Key("timeline", .list(.mapping(moment))),
        Key("expect", .list(.mapping(facts))),
        Key("never", .list(.scalarOr(.word(neverWords), .mapping(facts)))),
        Key("property", .mapping(property)),
        Key("coverage", .mapping([Key("branches", .share, required: true)])),
    ]

    private static let neverWords = ["sent_without_consent", "sent_in_quiet_hours"]

    private static let given = [
        Key("contact", .map(keys: .fieldName, values: .any), "The contact's fields, typed by the schema."),
        Key("consent", .map(keys: .words(Catalog.channelKinds), values: .word(consentLevels))),
        Key("zone", .timeZone),
        Key("holdout", .flag, "Whether the contact is one of those who get nothing."),
        Key("arms", .map(keys: .id, values: .id), "Which arm of a split, or of the `experiment`, the contact is in."),
    ]

    private static let moment = [
        Key("at", .dateTime),
        Key("after", .duration),
        Key("event", .event),
        Key("with", .map(keys: .fieldName, values: .any), "The event's fields, typed by the schema."),
    ]

    private static let message = [
        Key("template", .reference(.template)),
        Key("via", .reference(.channel)),
        Key("at", .dateTime),
        Key("between", .span),
        Key("until", .dateTime),
        Key("contains", .text),
        Key("reason", .id),
    ]

    private static let facts = [
        Key("sent", .mapping(message)),
        Key("not_sent", .mapping(message)),
        Key("held", .mapping(message)),
        Key("skipped", .mapping(message)),
        Key("ended", .mapping([Key("as", .id, required: true), Key("at", .dateTime)])),
        Key("cost", .mapping([Key("at_most", .money, required: true)])),
        Key("more_than", .frequency),
    ]

    private static let property = [
        Key("contacts", .generated, required: true),
        Key("days", .integer(1...3650), required: true),
        Key("seed", .integer(0...Int(Int32.max)), required: true),
    ]
}
