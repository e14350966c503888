/// The keys of sequences, rules, routes and fragments.
extension KeyTable {
    /// What every program that walks through steps says of itself, in front of what starts it.
    static let programHead = [
        Key("about", .text),
        Key("purpose", .word(purposes), required: true),
        Key("topic", .id),
        Key("brand", .id),
        Key("lawful_basis", .word(lawfulBases)),
        Key("policy", .reference(.policy)),
        Key("owner", .text),
        Key("priority", .integer(0...1000)),
    ]

    /// What follows what starts it.
    static let programBody = [
        Key("budget", .mapping(programBudget)),
        Key("goal", .mapping(goal), "What it is for; reaching it can end the run."),
        Key("exit_when", .condition, "Ends the run, during waits too, as soon as one holds."),
        via,
        Key("holdout", .share, "Who gets nothing, so that the effect can be seen."),
        Key("steps", .steps, required: true),
        Key("when_changed", .scalarOr(.word(["keep", "end"]), .mapping(whenChanged))),
    ]

    package static let sequence =
        programHead + [Key("enter", .mapping(entry + [runs]), required: true, "Who comes in, and when.")] + programBody
    package static let rule =
        programHead + [Key("trigger", .mapping(entry), required: true, "What starts it."), runs] + programBody

    /// A route, `reply`, or channels in order of preference.
    static let via = Key(
        "via", .scalarOr(.id, .list(.reference(.channel))),
        "Channels in order, a route, or `reply`; a program's own for its sends.")

    /// One of the first five says what starts a run.
    static let entry = [
        Key("event", .event, "An event of the schema."),
        Key("inbound", .reference(.channel), "A message from the person arrives."),
        Key("segment", .reference(.segment)),
        Key("schedule", .mapping(schedule)),
        Key("webhook", .event, "An outside system calls, with the fields of this event."),
        Key("where", .condition, "Who of them comes in."),
        Key("when", .word(["enters", "leaves"]), "With `segment`."),
        Key("existing", .word(["include", "leave_out"]), "With `segment`: those who are in it already."),
        Key("again", .again, "Whether the same person may come in again."),
    ]

    static let runs = Key(
        "runs", .scalarOr(.word(RunMode.words), .mapping(runMode)), "What a new start does while a run is going on.")

    static let runMode = [
        Key("mode", .word(RunMode.words), required: true),
        Key("key", .expression, "One run for each value, such as `event.cart_id`."),
    ]

    static let schedule = [
        Key("every", .word(["day", "week", "month"])),
        Key("days", .days, "With `every: week`."),
        Key("day", .integer(1...31), "With `every: month`; a shorter month takes its last day."),
        Key("cron", .cron),
        Key("once", .dateTime),
        Key("at", .clock, "With `every`."),
        Key("in", .zone),
        Key("until", .date, "The last day."),
    ]

    static let goal = [
        Key("event", .event, required: true),
        Key("where", .condition),
        Key("within", .duration),
        Key("then", .word(["exit", "continue"])),
    ]

    static let programBudget = [
        Key("at_most", .allowance, required: true),
        Key("warn_at", .share),
    ]

    static let whenChanged = [
        Key("move", .map(keys: .id, values: .id), required: true, "From old steps to new ones."),
        Key("otherwise", .word(["keep", "end"]), required: true),
    ]

    package static let route = [
        Key("about", .text),
        Key("candidates", .list(.reference(.channel)), required: true),
        Key("skip_when", .condition),
        Key("rank", .condition, required: true, "Compared in order; true before false, small before large."),
        Key("try_next", .mapping(tryNext)),
    ]

    static let tryNext = [
        Key("if", .word(DeliverySignal.words), required: true),
        Key("after", .duration, required: true),
        Key("at_most", .attempts),
    ]

    package static let fragment = [
        Key("about", .text),
        Key("inputs", .map(keys: .id, values: .scalarOr(.inputType, .mapping(input)))),
        Key("steps", .steps, required: true),
    ]

    static let input = [
        Key("type", .inputType, required: true),
        Key("default", .text),
    ]
}
