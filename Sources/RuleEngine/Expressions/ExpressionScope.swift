/// What an expression may refer to where it stands.
package struct ExpressionScope: Sendable {
    package enum Root: String, Sendable, CaseIterable {
        case contact, event, entry, run, conversation, channel, input, sender, unsubscribe, preferences, browser, now
        case bounced, complained, unsubscribed, failed
    }

    package let schema: ContactSchema
    /// The project's currency.
    package let currency: String
    /// Micros of it for one unit of another; an amount in a currency without a rate is an error.
    package var exchangeRates: [String: Int64] = [:]
    package var roots: Set<Root>
    /// Optional values that an enclosing guard (`<<if contact.x is known>>`) or the way to a step has shown to be known.
    package var known: Set<KnownValue>
    /// For finding out what a shared text leaves to the ways that lead to it: what a way could show counts as shown.
    package var assumesWays = false
    /// The variables of enclosing `<<for item in list>>`.
    package var locals: [String: TypeInfo]
    /// Events, history, steps: what sequences, rules and segments may ask about.
    package var journey: JourneyScope
    /// Turns a wall-clock time of the project's zone (days since 1970, microseconds of that day) into microseconds
    /// UTC, for literals such as `2027-03-18 10:00`. Without one they are read as UTC.
    package var resolveLocalTime: @Sendable (_ day: Int64, _ microsecondOfDay: Int64) -> Int64 {
        zone.microseconds(day:microsecondOfDay:)
    }
    /// The project's zone: on its clock a date begins. Without one it is UTC.
    package var zone: TimeZoneRules
    package var zoneName: String

    package init(
        schema: ContactSchema, currency: String, roots: Set<Root>, known: Set<KnownValue> = [],
        locals: [String: TypeInfo] = [:], journey: JourneyScope = JourneyScope()
    ) {
        self.schema = schema
        self.currency = currency
        self.roots = roots
        self.known = known
        self.locals = locals
        self.journey = journey
        zone = .utc
        zoneName = "UTC"
    }

    /// The same scope where these values are known, too.
    package func knowing(_ values: Set<KnownValue>) -> ExpressionScope {
        var scope = self
        scope.known.formUnion(values)
        return scope
    }
}

/// Which optional values are certainly known, once a condition is known to hold or to fail.
package struct Narrowing: Sendable, Equatable {
    package var whenTrue: Set<KnownValue> = []
    package var whenFalse: Set<KnownValue> = []
}
