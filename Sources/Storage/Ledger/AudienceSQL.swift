import RuleEngine
import Runner

/// Who belongs to an audience, as a condition on the contact `c`.
struct AudienceSQL {
    /// Always starts with a condition, so that more may be added with `AND`.
    private(set) var text = "1"

    init(_ query: AudienceQuery, columns: ContactColumns) throws(StoreError) {
        // TODO: conditions are lowered here.
    }

    func bind(to statement: Statement) {}
}
