// What can be wrong with sequences, rules and fragments once their keys and values have the right form.
extension Diagnostic {
    // MARK: Names

    static func unknownTeam(_ span: SourceSpan, _ name: String, nearest: String?) -> Diagnostic {
        Diagnostic(
            code: "E0225",
            message: "no team is called `\(name)`",
            at: Label(span),
            help: nearest.map { "rename to `\($0)`" } ?? "add it to `teams:` in the project file",
            fix: nearest.map { Fix(edits: [(span, $0)], isSafe: false) }
        )
    }

    static func unknownCall(_ span: SourceSpan, _ name: String, nearest: String?) -> Diagnostic {
        Diagnostic(
            code: "E0226",
            message: "no endpoint has a call `\(name)`",
            at: Label(span),
            help: nearest.map { "rename to `\($0)`" } ?? "declare it under `endpoints:` in the project file",
            fix: nearest.map { Fix(edits: [(span, $0)], isSafe: false) }
        )
    }

    static func unknownProgram(_ span: SourceSpan, kind: DocumentKind, _ id: String, nearest: String?) -> Diagnostic {
        Diagnostic(
            code: "E0229",
            message: "no \(kind.rawValue) is called `\(id)`",
            at: Label(span),
            help: nearest.map { "write `\($0)`" },
            fix: nearest.map { Fix(edits: [(span, $0)], isSafe: false) }
        )
    }

    static func segmentCycle(_ span: SourceSpan, path: String) -> Diagnostic {
        Diagnostic(
            code: "E0230",
            message: "the segment refers to itself: \(path)",
            at: Label(span),
            help: "take one of the references out"
        )
    }

    static func fragmentCycle(_ span: SourceSpan, path: String) -> Diagnostic {
        Diagnostic(
            code: "E0231",
            message: "the fragment uses itself: \(path)",
            at: Label(span),
            help: "to do steps again, write `repeat` with a bound"
        )
    }

    static func inputMissing(_ span: SourceSpan, _ name: String, declared: SourceSpan) -> Diagnostic {
        Diagnostic(
            code: "E0232",
            message: "the fragment needs a value for `\(name)`",
            at: Label(span),
            also: [Label(declared, "declared here, without a `default`")],
            help: "add `\(name):` under `with:`"
        )
    }

    static func inputOfOtherType(_ span: SourceSpan, _ name: String, type: InputType, wanted: InputType) -> Diagnostic {
        Diagnostic(
            code: "E0233",
            message: "the input `\(name)` is \(type.words), and here stands \(wanted.words)",
            at: Label(span)
        )
    }

    static func badArgument(_ span: SourceSpan, _ name: String, _ text: String, type: ValueType) -> Diagnostic {
        Diagnostic(
            code: "E0233",
            message: "`\(text)` cannot be the value of `\(name)`, which is \(InputType.value(type).words)",
            at: Label(span)
        )
    }

    // MARK: Types

    static func notAPointInTime(_ span: SourceSpan, found: ValueType) -> Diagnostic {
        Diagnostic(
            code: "E0315",
            message: "a wait ends at a date or a point in time, and this is \(InputType.value(found).words)",
            at: Label(span),
            help: "write a time of day (`\"10:00\"`), a date (`contact.renewal_date - 3d`), or `wait: 2d`"
        )
    }

    static func mixedValue(_ span: SourceSpan, type: ValueType) -> Diagnostic {
        Diagnostic(
            code: "E0316",
            message: "\(InputType.value(type).words) cannot be put together from text and marks",
            at: Label(span),
            help: "write the value, or one mark alone: `<<entry.field>>`"
        )
    }

    // MARK: The program as a whole

    static func noCause(_ span: SourceSpan, causes: [String]) -> Diagnostic {
        Diagnostic(
            code: "E0411",
            message: "nothing says when it starts",
            at: Label(span),
            help: "add one of \(causes.map { "`\($0)`" }.joined(separator: ", "))"
        )
    }

    static func keysApart(_ span: SourceSpan, _ key: String, _ other: String, also: SourceSpan) -> Diagnostic {
        Diagnostic(
            code: "E0412",
            message: "`\(key)` does not go together with `\(other)`",
            at: Label(span),
            also: [Label(also, "the other one")],
            help: "keep one of the two"
        )
    }

    static func keyNeeds(_ span: SourceSpan, _ key: String, _ needed: String) -> Diagnostic {
        Diagnostic(
            code: "E0412",
            message: "`\(key)` only means something with `\(needed)`",
            at: Label(span),
            help: "remove it: nothing is read and ignored"
        )
    }

    static func crossingIncomplete(_ span: SourceSpan, missing: String) -> Diagnostic {
        Diagnostic(
            code: "E0413",
            message: missing == "when"
                ? "it doesn't say whether people come in as they enter or as they leave the segment"
                : "it doesn't say what happens to those who are in the segment already",
            at: Label(span),
            help: missing == "when"
                ? "add `when: enters` or `when: leaves`" : "add `existing: include` or `existing: leave_out`"
        )
    }

    static func sharesDoNotAddUp(_ span: SourceSpan, sum: Int64) -> Diagnostic {
        Diagnostic(
            code: "E0414",
            message: "the shares add up to \(Value.number(sum * 100, .decimal).described)%",
            at: Label(span),
            help: "make them 100% together"
        )
    }

    static func unreachableStep(_ span: SourceSpan, after end: SourceSpan) -> Diagnostic {
        Diagnostic(
            code: "E0415",
            message: "nobody ever comes to this step",
            at: Label(span),
            also: [Label(end, "whoever comes here ends")],
            help: "remove what is never done, or the `exit` in front of it"
        )
    }

    static func otherwiseNotLast(_ span: SourceSpan) -> Diagnostic {
        Diagnostic(
            code: "E0415",
            message: "nobody ever comes to the arms behind `otherwise`",
            at: Label(span),
            help: "put it last"
        )
    }

    static func replyWithoutMessage(_ span: SourceSpan) -> Diagnostic {
        Diagnostic(
            code: "E0416",
            message: "there is no message to reply to",
            at: Label(span),
            help: "`reply` works where the trigger is `inbound`; else name channels or a route"
        )
    }

    static func signalNotGiven(
        _ span: SourceSpan, _ signal: DeliverySignal, kind: String, channel: String
    ) -> Diagnostic {
        Diagnostic(
            code: "E0417",
            message: "`\(kind)` never tells `\(signal.rawValue)`",
            at: Label(span, "the channel `\(channel)` is of this kind"),
            help: "use `not_delivered`, or leave the channel out"
        )
    }

    /// `try_next` where there is one channel.
    static func nothingToTryNext(_ span: SourceSpan, channel: String) -> Diagnostic {
        Diagnostic(
            code: "E0420", message: "behind `\(channel)` there is no channel to try next", at: Label(span),
            help: "name a second channel in `via`, or leave `try_next` out")
    }

    static func noSecondAttempt(_ span: SourceSpan, tryNext: SourceSpan) -> Diagnostic {
        Diagnostic(
            code: "E0420", message: "the only attempt is the first one, so nothing is ever tried next", at: Label(span),
            also: [Label(tryNext)], help: "write `at_most: 2 attempts` or more, or leave `try_next` out")
    }

    static func plainTextByEmail(_ span: SourceSpan) -> Diagnostic {
        Diagnostic(
            code: "E0418",
            message: "a plain text cannot go by email, which needs a subject",
            at: Label(span),
            help: "write `send: message` with `email:` under `message:`"
        )
    }

    static func entryWithoutFields(_ span: SourceSpan, kind: DocumentKind, _ id: String) -> Diagnostic {
        Diagnostic(
            code: "E0419",
            message: "the \(kind.rawValue) `\(id)` begins without an event, so it takes no fields",
            at: Label(span),
            help: "remove `with:`"
        )
    }
}

extension InputType {
    /// With its article, for messages.
    var words: String {
        switch self {
        case .event: "an event"
        case .template: "a template"
        case .channel: "a channel"
        case .segment: "a segment"
        case .team: "a team"
        case .value(let type): type.described
        }
    }
}
