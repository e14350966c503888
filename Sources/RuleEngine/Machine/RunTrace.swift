/// One thing that was decided, or that didn't happen, and where it is written. `why` tells a run from these.
package struct TraceStep: Sendable {
    package enum Decision: Sendable {
        case began
        /// The position is where the contact lies, in millionths; below the share people are held out.
        case heldOut(position: Int64)
        case notHeldOut(position: Int64)
        case askedGate(Purpose)
        case ordered(UInt32)
        case settled(UInt32, OrderOutcome)
        case called(UInt32)
        case answered(UInt32, isSuccess: Bool)
        /// The index of the arm that is taken, nil for `otherwise`; and the conditions of all arms up to it.
        case chose(arm: Int?, [ConditionTrace])
        case drew(arm: Int, position: Int64)
        case waits(until: Timestamp?)
        /// A wait that is over before it begins: its time is past, or there is none.
        case nothingToWaitFor
        /// A wait that its time has ended.
        case timeUp
        case tookEvent(EventID?)
        case passedOver(EventID?, PassedOver)
        case conditionHolds([ConditionTrace])
        case conditionFails([ConditionTrace])
        case round(Int)
        /// After so many rounds.
        case leftLoop(Int)
        case wrote([NamedValue])
        /// A text that couldn't be filled in; the field is left out.
        case unwritten(field: String, RenderError)
        case tagged(String)
        case untagged(String)
        case emitted(String)
        case started(DocumentKind, String)
        case handedOver(String)
        case reachedGoal(EventID?)
        case missedGoal(EventID?, PassedOver)
        case ended(RunState.Ending, [ConditionTrace])
    }

    /// Why an event of the right name changed nothing.
    package enum PassedOver: Sendable {
        /// This run has used it already.
        case repeated
        /// It happened before the wait began, or before the run.
        case tooEarly
        case tooLate
        case conditions([ConditionTrace])
    }

    package let node: Int
    /// Nil for nodes that nobody wrote: gates, and the end behind the last step.
    package let span: SourceSpan?
    package let decision: Decision
}

/// How much a trace tells.
package enum Tracing: Sendable, Hashable {
    /// Which way was taken.
    case decisions
    /// And the values that decided.
    case values
}
