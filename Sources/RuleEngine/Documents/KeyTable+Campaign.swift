/// The keys of campaigns.
extension KeyTable {
    package static let campaign = [
        Key("about", .text),
        Key("purpose", .word(purposes), required: true),
        Key("topic", .id),
        Key("brand", .id),
        Key("lawful_basis", .word(lawfulBases)),
        Key("policy", .reference(.policy)),
        Key("owner", .text),
        Key("priority", .integer(0...1000)),
        Key("audience", .mapping(audience), required: true),
        Key("holdout", .share, "Who gets nothing, so that the effect can be seen."),
        Key("schedule", .mapping(campaignSchedule), "When it begins; without it, when somebody runs it."),
        Key("via", .scalarOr(.id, .list(.reference(.channel))), required: true, "Channels in order, or a route."),
        Key("send", .reference(.template)),
        Key("message", .mapping(messages)),
        Key("experiment", .mapping(experiment), "Several messages, and how the best of them is found."),
        Key("valid_for", .duration, "What is held up longer is not sent any more."),
        Key("try_next", .mapping(tryNext)),
        Key("rollout", .list(.mapping(rolloutStage)), "Who gets it first; the others follow."),
        Key("stop_if", .condition, "Stops it as soon as one holds: `bounced > 3%`."),
        Key("goal", .mapping(campaignGoal), "What it is for."),
        Key("budget", .mapping(budget)),
    ]

    static let audience = [
        Key("include", .list(.reference(.segment))),
        Key("exclude", .list(.reference(.segment))),
        Key("where", .condition),
        Key("expect", .range),
    ]

    /// Once, or again and again.
    static let campaignSchedule = [
        Key("at", .moment, "A date and a time; with `every`, a time of day."),
        Key("every", .word(["day", "week", "month"])),
        Key("days", .days, "With `every: week`."),
        Key("day", .integer(1...31), "With `every: month`; a shorter month takes its last day."),
        Key("cron", .cron),
        Key("once", .dateTime, "The same as `at` with a date and a time."),
        Key("in", .zone, "Whose clock."),
        Key("until", .date, "The last day."),
        Key("if_already_past", .word(PastMoment.words), "Where the contact's clock shows a later time already."),
        Key("too_late_after", .duration, required: true, "A server that was down does not catch up later than this."),
    ]

    static let experiment = [
        Key("arms", .map(keys: .id, values: .mapping(experimentArm)), required: true),
        Key("sample", .share, required: true, "Who the arms are tried on; the others get the best of them."),
        Key("decide_by", .word(ExperimentMetric.words), required: true),
        Key("decide_after", .duration, required: true),
        Key("confidence", .share, required: true, "How sure it has to be."),
        Key("otherwise", .id, required: true, "The arm that is sent where none is surely the best."),
    ]

    static let experimentArm = [
        Key("share", .share, required: true, "Of the sample."),
        Key("send", .reference(.template), required: true),
    ]

    static let rolloutStage = [
        Key("share", .share, required: true, "Of the audience, all stages before it included."),
        Key("watch", .duration, "How long `stop_if` is watched before the next stage."),
    ]

    static let campaignGoal = [
        Key("event", .event, required: true),
        Key("where", .condition),
        Key("within", .duration, required: true),
    ]

    static let budget = [
        Key("at_most", .money, required: true),
        Key("warn_at", .share),
    ]
}
