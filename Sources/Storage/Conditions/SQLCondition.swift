package import RuleEngine

/// A condition as SQL, with the meaning that the engine's evaluators give it: a property test holds them equal.
///
/// Nothing that an author or a contact wrote becomes part of the text: values are bound, columns come from the
/// caller's own list.
package struct SQLCondition: Sendable {
    package enum Parameter: Sendable, Hashable {
        case integer(Int64)
        case text([UInt8])
    }

    /// Yields 0 or 1, never NULL. Holds one `?` for each parameter, in their order. Stands in parentheses.
    package let text: String
    /// The same for a `WHERE`, or a part of one that is joined with `AND`: it may be NULL where the condition doesn't
    /// hold, which leaves the database free to use an index. It takes the same parameters.
    package let filterText: String
    package let parameters: [Parameter]

    /// The connection that runs it needs `ConditionFunctions.register(on:)`, once.
    ///
    /// - Parameters:
    ///   - expression: a condition that `isForAudiences`. What belongs to a message or a run has no meaning in a store.
    ///   - contact: the SQL name of the contact's key.
    ///   - columns: the SQL name of a schema slot's column. Its values are as in a `FactPage`, with NULL for missing.
    package init(
        _ expression: TypedExpression, contact: String = "c.id", now: Timestamp, offices: OfficeClocks = OfficeClocks(),
        columns: (_ slot: Int) -> String
    ) {
        let names = Dictionary(uniqueKeysWithValues: expression.slots.map { ($0, columns($0)) })
        var strict = SQLWriter(columns: names, contact: contact, now: now, offices: offices)
        strict.condition(expression.root)
        var filter = SQLWriter(columns: names, contact: contact, now: now, offices: offices)
        filter.filter(expression.root)
        text = strict.text
        filterText = filter.text
        parameters = strict.parameters
    }
}
