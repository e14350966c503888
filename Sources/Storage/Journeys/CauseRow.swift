import RuleEngine
import Runner

/// The table `cause`, read and written as values.
enum CauseRow {
    static let columns = "seq, contact, kind, name, event, at, fields"

    static func insert(_ cause: QueuedCause, _ connection: Connection) throws(StoreError) {
        let statement = try connection.prepare(
            "INSERT INTO cause (contact, kind, name, event, at, fields) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")
        bind(cause, to: statement)
        try statement.run()
    }

    /// Parameters 1 to 6.
    static func bind(_ cause: QueuedCause, to statement: Statement) {
        statement.bind(1, cause.contact.rawValue)
        statement.bind(2, Int64(cause.kind.rawValue))
        statement.bind(3, cause.name)
        statement.bind(4, cause.event?.rawValue)
        statement.bind(5, cause.at.microseconds)
        statement.bindBlob(6, FieldCoding.encode(cause.fields))
    }

    static func read(_ row: Statement) throws(StoreError) -> QueuedCause {
        guard let kind = QueuedCause.Kind(rawValue: Int(row.integer(2))),
            let fields = try? FieldCoding.decode(row.blob(6))
        else { throw .unusable("cause \(row.integer(0)) was written by a program that knows more than this one") }
        return QueuedCause(
            sequence: row.integer(0), contact: ContactKey(rawValue: row.integer(1)), kind: kind, name: row.string(3),
            event: row.optionalInteger(4).map(EventID.init(rawValue:)), at: Timestamp(microseconds: row.integer(5)),
            fields: fields)
    }
}
