package import RuleEngine
import Runner

/// The SQL that gives each field of a contact, by schema slot. `c` is the contact's row.
///
/// A declared field has a column once a file that holds it was imported. Until then it is missing for everybody.
package struct ContactColumns: Sendable {
    private let expressions: [String]

    package init(schema: ContactSchema, existing: Set<String>) {
        expressions = schema.fields.map { Self.expression(for: $0.name, existing: existing) }
    }

    package subscript(slot: Int) -> String {
        expressions[slot]
    }

    private static func expression(for name: String, existing: Set<String>) -> String {
        switch name {
        case "id": "c.external_id"
        case "language", "country", "time_zone", "preferred_channel", "tags": "c.\(name)"
        case "email", "phone", "whatsapp", "telegram", "messenger", "instagram", "webchat":
            "(SELECT a.address FROM identity a WHERE a.contact = c.id AND a.kind = '\(name)' AND a.rank = 0)"
        default: existing.contains("f_" + name) ? "c.\"f_\(name)\"" : "NULL"
        }
    }
}

/// The columns of the table `contact`, read anew when the tables have changed: an import may add some at any time.
final class ContactTable {
    private var version: Int64 = -1
    private var columns: Set<String> = []

    func columns(_ connection: Connection) throws(StoreError) -> Set<String> {
        let current = try connection.integer("PRAGMA schema_version") ?? 0
        if current == version { return columns }
        let listing = try connection.prepare("SELECT name FROM pragma_table_info('contact')")
        columns.removeAll()
        while try listing.step() { columns.insert(listing.string(0)) }
        version = current
        return columns
    }
}
