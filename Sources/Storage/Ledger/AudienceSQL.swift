import RuleEngine
import Runner

/// Who belongs to an audience, as a condition on the contact `c`.
struct AudienceSQL {
    /// Always starts with a condition, so that more may be added with `AND`.
    private(set) var text = "1"

    init(_ query: AudienceQuery, columns: ContactColumns) throws(StoreError) {
        let audience = query.audience
        guard audience.include.isEmpty, audience.exclude.isEmpty, audience.conditions.isEmpty else {
            throw .unusable("conditions of an audience can't be asked of the database yet")
        }
    }

    func bind(to statement: Statement) {}
}
