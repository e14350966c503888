/// What an expression may ask beyond the contact's own fields: the event, the run's beginning, the contact's history.
package struct JourneyScope: Sendable {
    /// What stands behind `event.` or `entry.`.
    package enum Source: Sendable {
        case event(EventSchema)
        /// Which event it is follows from the program; its fields are those that any event has.
        case anyEvent
        /// The run began without an event, so there is nothing to read.
        case nothing
    }

    /// A step that conditions may ask about, by the name it goes by.
    package enum Step: Sendable {
        case one(StepReference, links: Set<String>)
        /// Two sends of one template: which one is meant?
        case several
    }

    /// Every declared event, by name.
    package var events: [String: EventSchema] = [:]
    package var event: Source = .nothing
    package var entry: Source = .nothing
    package var steps: [String: Step] = [:]
    /// The links that each template declares, by the template's id.
    package var templates: [String: Set<String>] = [:]
    /// The conditions of each segment. An id whose conditions have errors is there without them.
    package var segments: [String: TypedNode?] = [:]
    /// The ids of the project's opening hours.
    package var openingHours: Set<String> = []
    /// What a fragment's inputs are, by name.
    package var inputs: [String: TypeInfo] = [:]
    /// The values of the inputs where the fragment is used.
    package var arguments: [String: TypedNode] = [:]

    package init() {}
}

/// Points at a step from an expression. The name is for people; what is meant is the step's place.
package struct StepReference: Sendable, Hashable {
    package let name: String
    /// Unique in the program: where the step is written, and through which uses of fragments it came in.
    package let key: String

    package init(name: String, key: String) {
        self.name = name
        self.key = key
    }
}
