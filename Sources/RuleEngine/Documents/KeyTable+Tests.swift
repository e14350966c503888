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
        Key("coverage", .mapping(coverage)),
    ]

    private static let coverage = [
        Key("branches", .share, "Of all ways on in the program, those that some test took."),
        Key("skip_reasons", .share, "Of the reasons for which the program may send nothing, those that some test met."),
        Key("languages", .share, "Of all texts that the program may send, those that some test sent."),
    ]

    private static let neverWords = ["sent_without_consent", "sent_in_quiet_hours"]

    private static let given = [
        Key("contact", .map(keys: .fieldName, values: .any), "The contact's fields, typed by the schema."),
        Key("consent", .map(keys: .words(Catalog.channelKinds), values: .word(consentLevels))),
        Key("zone", .timeZone),
        Key("do_not_contact", .flag, "Whether the contact wants nothing from anybody here."),
        Key("holdout", .flag, "Whether the contact is one of those who get nothing."),
        Key("arms", .map(keys: .id, values: .id), "Which arm of a split, or of the `experiment`, the contact is in."),
        Key(
            "providers", .map(keys: .id, values: .word(CheckedTest.ProviderManner.words)),
            "What a channel's provider makes of every message; without it `delivers`."),
        Key("failing_calls", .list(.call), "Calls that nobody answers."),
    ]

    private static let moment = [
        Key("at", .dateTime),
        Key("after", .duration),
        Key("event", .event),
        Key("with", .map(keys: .fieldName, values: .any), "The event's fields, typed by the schema."),
        Key("contact", .map(keys: .fieldName, values: .any), "Fields of the contact that change then."),
        Key(
            "consent", .map(keys: .words(Catalog.channelKinds), values: .word(consentLevels)),
            "Consent that is given then, or with `none` taken back."),
        Key("inbound", .reference(.channel), "A message of the contact comes in by this channel."),
        Key("opened", .reference(.template), "The contact opens the last message of this template."),
        Key("clicked", .reference(.template), "The contact follows a link of the last message of this template."),
        Key("link", .id, "The link that is followed."),
        Key("replied", .reference(.template), "The contact answers the last message of this template."),
        Key("stops", .word(Catalog.channelKinds), "The contact wants nothing more on this kind of channel."),
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
        Key("entered", .mapping([Key("at", .dateTime)])),
        Key("left_out", .mapping([Key("reason", .id), Key("at", .dateTime)])),
        Key(
            "handed_over",
            .mapping([Key("team", .id), Key("at", .dateTime), Key("contains", .text, "A part of the note.")])),
        Key("tagged", .mapping([Key("name", .id), Key("at", .dateTime)])),
        Key("called", .mapping([Key("call", .call), Key("at", .dateTime)])),
        Key("cost", .mapping([Key("at_most", .money, required: true)])),
        Key("more_than", .frequency),
    ]

    private static let property = [
        Key("contacts", .generated, required: true),
        Key("days", .integer(1...3650), required: true),
        Key("seed", .integer(0...Int(Int32.max)), required: true),
    ]
}
