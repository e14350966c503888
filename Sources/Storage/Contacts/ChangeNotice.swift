import RuleEngine
import Runner

/// Tells live programs which of their fields an import has changed: one cause a person, in the transaction that writes
/// the values, so that none is lost and none is told twice.
struct ChangeNotice {
    /// One column for each watched field of the file: 1 where the stored value is another one.
    let compare: Statement?
    private let compared: [String]
    private let watched: [String: Bool]
    private let isInside: Statement
    private let connection: Connection

    /// By name, with whether people may come into a program by it.
    static func watched(_ connection: Connection) throws(StoreError) -> [String: Bool] {
        let statement = try connection.prepareOnce("SELECT name, is_entrance FROM watched_field")
        var fields: [String: Bool] = [:]
        while try statement.step() { fields[statement.string(0)] = statement.integer(1) == 1 }
        return fields
    }

    /// Nil where nobody wants to hear of anything: an import then costs what it always has.
    ///
    /// - Parameter fields: name, column and parameter of each that the file has.
    init?(
        _ watched: [String: Bool], fields: [(name: String, column: String, parameter: String)], connection: Connection
    ) throws(StoreError) {
        guard !watched.isEmpty else { return nil }
        self.watched = watched
        self.connection = connection
        let known = fields.filter { watched[$0.name] != nil }
        compared = known.map(\.name)
        // Whoever binds a row binds all its fields, so that the last one's parameter has to be there.
        let last = "?\(fields.count + 7)"
        compare =
            known.isEmpty
            ? nil
            : try connection.prepareOnce(
                "SELECT \(known.map { "\($0.column) IS NOT \($0.parameter)" }.joined(separator: ", ")) "
                    + "FROM contact WHERE id = ?1 AND (\(last) IS NULL OR 1)")
        isInside = try connection.prepareOnce(
            "SELECT EXISTS (SELECT 1 FROM run WHERE contact = ?1 AND ended_at IS NULL)")
    }

    /// After the row was bound.
    func changed() throws(StoreError) -> [String] {
        guard let compare else { return [] }
        defer { compare.reset() }
        guard try compare.step() else { return [] }
        return compared.indices.filter { compare.integer(Int32($0)) == 1 }.map { compared[$0] }
    }

    /// Who is in no program and can't come into one by these is left alone.
    func tell(_ fields: [String], of contact: Int64, now: Timestamp) throws(StoreError) {
        let names = fields.filter { watched[$0] != nil }
        guard !names.isEmpty else { return }
        if !names.contains(where: { watched[$0] == true }) {
            isInside.bind(1, contact)
            defer { isInside.reset() }
            guard try isInside.step(), isInside.integer(0) == 1 else { return }
        }
        try CauseRow.insert(
            QueuedCause(
                contact: ContactKey(rawValue: contact), kind: .contactChanged, name: names.joined(separator: ","),
                at: now),
            connection)
    }
}
