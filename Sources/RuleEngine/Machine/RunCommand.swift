/// Something that the shell has to do for a run. It commits with the run's new state, and its number names it for ever
/// within the run: carrying it out twice is once too many and easy to see.
package struct RunCommand: Sendable, Hashable {
    package enum Action: Sendable, Hashable {
        case send(SendOrder)
        /// The run is over, and the message that it ordered under this number hasn't been settled.
        case withdraw(UInt32)
        case set([NamedValue])
        /// For good, or until then.
        case tag(String, until: Timestamp?)
        case untag(String)
        case emit(event: String, [NamedValue])
        case call(CallOrder)
        case start(DocumentKind, String, [NamedValue])
        case handOver(team: String, note: [UInt8]?)
        /// The goal is reached; where it ends the run, `end` follows.
        case reachGoal(EventID?)
        /// Look at the run again then, in place of any time that it named before.
        case sleep(until: Timestamp)
        case end(RunState.Ending)
    }

    package let number: UInt32
    package let node: Int
    package let action: Action

    package init(number: UInt32, node: Int, action: Action) {
        self.number = number
        self.node = node
        self.action = action
    }
}

/// A message to be planned, gated, rendered and sent. The texts stand at the node.
package struct SendOrder: Sendable, Hashable {
    /// Of the gate that it has to pass.
    package let purpose: Purpose
    /// Nil where the message is written at the step itself.
    package let template: String?
    package let reach: CheckedSend.Reach
    package let tryNext: TryNext?
    /// From then on it is not sent any more.
    package let expires: Timestamp?

    package init(
        purpose: Purpose, template: String?, reach: CheckedSend.Reach, tryNext: TryNext?, expires: Timestamp?
    ) {
        self.purpose = purpose
        self.template = template
        self.reach = reach
        self.tryNext = tryNext
        self.expires = expires
    }
}

/// A call of an outside system, its values filled in.
package struct CallOrder: Sendable, Hashable {
    package let call: String
    package let endpoint: EndpointCall
    package let body: [NamedValue]
    package let attempts: Int
    /// Microseconds within which the attempts lie.
    package let over: Int64

    package init(call: String, endpoint: EndpointCall, body: [NamedValue], attempts: Int, over: Int64) {
        self.call = call
        self.endpoint = endpoint
        self.body = body
        self.attempts = attempts
        self.over = over
    }
}

/// A field and what goes into it. One without a value isn't there.
package struct NamedValue: Sendable, Hashable {
    package let name: String
    package let value: Value

    package init(name: String, value: Value) {
        self.name = name
        self.value = value
    }
}
