/// The keys of policies.
extension KeyTable {
    package static let policy = [
        Key("about", .text),
        Key("purpose", .word(purposes), required: true),
        Key("packs", .list(.text), "Legal rule sets."),
        Key(
            "consent",
            .map(keys: .words(Catalog.channelKinds), values: .word(consentLevels)),
            "The weakest consent that will do, by channel kind."
        ),
        Key(
            "on_uncertain",
            .word(UncertainPolicy.allCases.map(\.rawValue)),
            "What becomes of a send whose outcome nobody knows."
        ),
        Key("quiet_hours", .list(.mapping(quietHours)), "When nothing is sent; what is due then is held."),
        Key("after_quiet_hours", .mapping(afterQuietHours), "What becomes of what was held."),
        Key("caps", .list(.mapping(cap)), "How many messages a person gets at most."),
        Key("when_capped", .word(CappedAction.words), "What becomes of a message above a cap."),
        Key("plan_ahead", .duration, "How far ahead messages compete for a place below the caps."),
        Key("pick_by", .word(["priority"]), "Who wins there."),
        Key("approval", .mapping(approval), "When somebody has to agree before it is sent."),
    ]

    static let quietHours = [
        Key("hours", .hours, required: true),
        Key("days", .days, "Every day where nothing is said."),
        Key("in", .zone, required: true, "Whose clock."),
    ]

    static let afterQuietHours = [
        Key("spread", .duration, "Over how long they leave, so that not all come at once."),
        Key("check_again", .flag, "Asks the audience's conditions again; consent is asked in any case."),
        Key("drop_after", .duration, required: true, "What has waited longer is not sent any more."),
    ]

    static let cap = [
        Key("at_most", .frequency, required: true),
        Key("of", .scalarOr(.word(["any"]), .list(.word(Catalog.channelKinds))), required: true, "Which kinds count."),
    ]

    static let approval = [
        Key("needed_over", .contactCount, required: true),
        Key("by", .id, required: true, "The permission of whoever agrees."),
    ]
}
