/// The verbs of steps: what may stand at each, and what may stand beside it. Data, like the key tables.
package enum StepVerb: String, Sendable, CaseIterable {
    case send, wait, wait_for, wait_until, `if`, choose, split, `repeat`, set, tag, untag, emit, call, start, hand_over
    case use, exit

    package var summary: String {
        switch self {
        case .send: "Sends a template, behind the gate."
        case .wait: "Waits for a while, or until a time of day or a date."
        case .wait_for: "Waits for an event, within a bound."
        case .wait_until: "Waits until a condition holds, within a bound."
        case .if: "Goes one way or the other."
        case .choose: "Takes the first arm whose condition holds."
        case .split: "Divides people by chance, always the same way for the same person."
        case .repeat: "Does its steps again, at most so often."
        case .set: "Writes contact fields."
        case .tag: "Puts a tag on the contact, perhaps for a while."
        case .untag: "Takes a tag away."
        case .emit: "Makes an event happen."
        case .call: "Calls an endpoint of the project."
        case .start: "Starts another program for the contact."
        case .hand_over: "Gives the contact to a team."
        case .use: "Puts the steps of a fragment here."
        case .exit: "Ends the run, or the fragment, under a name."
        }
    }

    /// All that may stand at a step of this verb; made once, because every step of every file is held against it.
    var keys: [Key] { Self.allKeys[self] ?? [] }

    private static let allKeys = Dictionary(uniqueKeysWithValues: allCases.map { ($0, [$0.key] + $0.modifiers) })

    /// The verb's own key.
    package var key: Key {
        switch self {
        case .send: Key(rawValue, .id, summary)
        case .wait: Key(rawValue, .scalarOr(.duration, .mapping(Self.waitKeys)), summary)
        case .wait_for: Key(rawValue, .event, summary)
        case .wait_until, .if: Key(rawValue, .condition, summary)
        case .choose: Key(rawValue, .list(.mapping(Self.arm)), summary)
        case .split: Key(rawValue, .id, summary)
        case .repeat: Key(rawValue, .mapping(Self.repeatKeys), summary)
        case .set: Key(rawValue, .map(keys: .fieldName, values: .template), summary)
        case .tag: Key(rawValue, .scalarOr(.id, .mapping(Self.tagKeys)), summary)
        case .untag: Key(rawValue, .id, summary)
        case .emit: Key(rawValue, .scalarOr(.event, .mapping(Self.emitKeys)), summary)
        case .call: Key(rawValue, .call, summary)
        case .start: Key(rawValue, .program, summary)
        case .hand_over: Key(rawValue, .id, summary)
        case .use: Key(rawValue, .reference(.fragment), summary)
        case .exit: Key(rawValue, .id, summary)
        }
    }

    /// What may stand beside the verb. Every step may have a name.
    package var modifiers: [Key] {
        let name = Key("name", .id, "What conditions call the step.")
        let own: [Key] =
            switch self {
            case .send:
                [
                    KeyTable.via,
                    Key("valid_for", .duration, "Later than this it is not sent any more."),
                    Key("try_next", .mapping(KeyTable.tryNext), "When the next channel is tried."),
                    Key("message", .mapping(KeyTable.messages), "With `send: message`."),
                    Key(
                        "text", .map(keys: .language, values: .template), "With `send: text`: one text for any channel."
                    ),
                ]
            case .wait_for:
                [Key("where", .condition), Self.upTo, Key("then", .steps, required: true), Key("else", .steps)]
            case .wait_until: [Self.upTo, Key("then", .steps, required: true), Key("else", .steps)]
            case .if: [Key("then", .steps, required: true), Key("else", .steps)]
            case .split: [Key("arms", .map(keys: .id, values: .mapping(Self.splitArm)), required: true)]
            case .repeat: [Key("do", .steps, required: true)]
            case .call:
                [
                    Key("body", .map(keys: .property, values: .template)), Key("retry", .mapping(Self.retry)),
                    Key("else", .steps, "When every attempt has failed."),
                ]
            case .start: [Key("with", .map(keys: .fieldName, values: .expression), "The fields of its entry.")]
            case .hand_over: [Key("note", .template)]
            case .use: [Key("with", .map(keys: .id, values: .text), "The values of the fragment's inputs.")]
            case .wait, .choose, .set, .tag, .untag, .emit, .exit: []
            }
        return own + [name]
    }

    private static let upTo = Key("up_to", .duration, required: true, "The bound of the wait.")

    private static let waitKeys = [
        Key("until", .expression, required: true, "A time of day, or an expression that gives a date or an instant."),
        Key("at", .clock, "The time of day, where `until` is a date."),
        Key("days", .days, "Only on these."),
        Key("in", .zone),
        Key("up_to", .duration, "The bound, where `until` is an expression."),
    ]

    private static let arm = [
        Key("when", .condition), Key("do", .steps), Key("otherwise", .steps),
    ]

    private static let splitArm = [
        Key("share", .share, required: true), Key("do", .steps),
    ]

    private static let repeatKeys = [
        Key("at_most", .integer(1...100), required: true),
        Key("every", .duration, required: true, "The pause between two rounds."),
        Key("until", .condition, "Asked before each round."),
    ]

    private static let tagKeys = [
        Key("name", .id, required: true), Key("for", .duration, "How long it stays."),
    ]

    private static let emitKeys = [
        Key("event", .event, required: true), Key("with", .map(keys: .fieldName, values: .expression)),
    ]

    private static let retry = [
        Key("at_most", .integer(1...20), required: true), Key("over", .duration, required: true),
    ]
}
