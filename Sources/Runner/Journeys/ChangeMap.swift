/// Who stands where in the earlier versions of a program, and where they go on.
package struct ChangeMap: Sendable {
    package struct Row: Sendable {
        /// Of the earlier version.
        package var version: String
        /// What people call the step that they stand at.
        package var step: String
        package var fate: VersionChange.Fate
        package var count: Int
        /// The first few of them.
        package var contacts: [ContactKey]
    }

    static let examples = 10

    package private(set) var rows: [Row] = []

    package init() {}

    package var inside: Int { rows.reduce(0) { $0 + $1.count } }

    mutating func add(_ launch: LaunchRecord, _ step: String, _ fate: VersionChange.Fate, _ contact: ContactKey) {
        let index = rows.firstIndex { $0.version == launch.version && $0.step == step && $0.fate == fate }
        guard let index else {
            rows.append(Row(version: launch.version, step: step, fate: fate, count: 1, contacts: [contact]))
            return
        }
        rows[index].count += 1
        if rows[index].contacts.count < Self.examples { rows[index].contacts.append(contact) }
    }

    /// Several at once, with the first few of them.
    mutating func add(
        _ launch: LaunchRecord, _ step: String, _ fate: VersionChange.Fate, count: Int, _ contacts: [ContactKey]
    ) {
        let index = rows.firstIndex { $0.version == launch.version && $0.step == step && $0.fate == fate }
        guard let index else {
            rows.append(Row(version: launch.version, step: step, fate: fate, count: count, contacts: contacts))
            return
        }
        rows[index].count += count
        rows[index].contacts += contacts.prefix(max(0, Self.examples - rows[index].contacts.count))
    }

    mutating func add(_ other: ChangeMap) {
        rows += other.rows
    }
}
