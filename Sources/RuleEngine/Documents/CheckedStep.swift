/// One step of a program, checked. Fragments are expanded: their steps stand where they are used.
package struct CheckedStep: Sendable {
    package indirect enum Action: Sendable {
        case send(CheckedSend)
        case wait(Wait)
        case waitFor(WaitFor)
        case waitUntil([TypedExpression], Bound)
        case branch([Arm], otherwise: [CheckedStep])
        case split(name: String, [SplitArm])
        case loop(Loop)
        case set([Assignment])
        /// The lifetime in microseconds.
        case tag(String, lifetime: Int64?)
        case untag(String)
        case emit(event: String, [Assignment])
        case call(CheckedCall)
        case start(DocumentKind, String, [Assignment])
        case handOver(team: String, note: CompiledText?)
        case fragment(String, [CheckedStep])
        case exit(String)
    }

    package enum Wait: Sendable {
        /// Microseconds.
        case duration(Int64)
        /// The next time the clock shows this, on one of these days.
        case clock(ClockTime, WeekDays?, Clockwork)
        /// A date or an instant, at a time of day, at most so long from now.
        case until(TypedExpression, ClockTime?, WeekDays?, Clockwork, upTo: Int64)
    }

    package struct WaitFor: Sendable {
        package var event: String
        package var conditions: [TypedExpression]
        package var bound: Bound
    }

    /// How long a wait lasts at most, and both ways on.
    package struct Bound: Sendable {
        /// Microseconds.
        package var upTo: Int64
        package var then: [CheckedStep]
        package var otherwise: [CheckedStep]
    }

    package struct Arm: Sendable {
        package var conditions: [TypedExpression]
        package var steps: [CheckedStep]
        package var span: SourceSpan
    }

    package struct SplitArm: Sendable {
        package var name: String
        /// In millionths.
        package var share: Int64
        package var steps: [CheckedStep]
    }

    package struct Loop: Sendable {
        package var atMost: Int
        package var every: Int64
        /// All must hold; none where it is empty.
        package var until: [TypedExpression]
        package var steps: [CheckedStep]
    }

    /// Unique in the program.
    package var key: String
    package var name: String?
    package var action: Action
    /// The verb, or the verb's value.
    package var span: SourceSpan
}

/// A field and what goes into it.
package struct Assignment: Sendable {
    package enum Value: Sendable {
        case expression(TypedExpression)
        case text(CompiledText)
    }

    package var field: String
    package var value: Value
}

package struct CheckedSend: Sendable {
    package enum Reach: Sendable, Hashable {
        /// Channel ids in order of preference.
        case channels([String])
        case route(String)
        /// The channel and conversation of the message that began the run.
        case reply(channel: String)
    }

    package var template: CheckedTemplate
    package var reach: Reach
    /// Microseconds.
    package var validFor: Int64?
    package var tryNext: TryNext?
    /// Where `via` says so: in the step, or in the program around it.
    package var viaSpan: SourceSpan?
}

package struct CheckedCall: Sendable {
    package var call: String
    package var endpoint: EndpointCall
    package var body: [Assignment]
    package var attempts: Int
    /// Microseconds within which the attempts lie.
    package var over: Int64
    package var otherwise: [CheckedStep]
}
