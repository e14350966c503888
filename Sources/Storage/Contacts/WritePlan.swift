import RuleEngine
import Runner

/// What happened to a row.
struct RowFate {
    enum Kind {
        case created, updated, unchanged, duplicate
    }

    var kind: Kind
    /// A refusal recorded here is newer than what the file says, and stands.
    var keptRefusal = false
    /// It changed something that a gate asks about.
    var touchesGate = false
}

/// The statements for one layout, and how a row goes through them.
final class WritePlan {
    private let layout: ImportLayout
    private let find: Statement
    private let insert: Statement
    private let update: Statement
    private let rehash: Statement
    private let identities: IdentityWriting
    private let consents: ConsentImport
    private let permission: Statement
    private let readPermission: Statement
    private let extra: Statement
    private let dropExtra: Statement
    private let suppressed: Statement
    private let notice: ChangeNotice?
    private let connection: Connection

    /// - Parameter watched: the fields whose changes live programs want to hear of.
    init(
        _ layout: ImportLayout, schema: ContactSchema, watched: [String: Bool], connection: Connection
    ) throws(StoreError) {
        self.layout = layout
        self.connection = connection
        let columns = layout.fields.map(Self.column)
        let mine = columns.indices.map { "?\($0 + 8)" }
        find = try connection.prepareOnce("SELECT id, row_hash FROM contact WHERE tenant = 1 AND external_id = ?1")
        insert = try connection.prepareOnce(
            """
            INSERT INTO contact (external_id, row_hash, import_no, created_at, updated_at, do_not_contact\(columns.map { ", " + $0 }.joined()))
            VALUES (?2, ?3, ?4, ?5, ?5, ifnull(?6, 0)\(mine.map { ", " + $0 }.joined()))
            """
        )
        // `do_not_contact` 2 was said here: a file leaves it. 0 in the file takes back what a file said.
        let mark = "CASE WHEN do_not_contact = 2 THEN 2 ELSE ifnull(?6, do_not_contact) END"
        let sets = zip(columns, mine).map { "\($0) = \($1)" } + ["do_not_contact = \(mark)"]
        let differs = zip(columns, mine).map { "\($0) IS NOT \($1)" } + ["do_not_contact IS NOT \(mark)"]
        update = try connection.prepareOnce(
            """
            UPDATE contact SET \(sets.joined(separator: ", ")), row_hash = ?3, import_no = ?4, updated_at = ?5
            WHERE id = ?1 AND (\(differs.joined(separator: " OR ")))
            """
        )
        rehash = try connection.prepareOnce("UPDATE contact SET row_hash = ?3, import_no = ?4 WHERE id = ?1")
        permission = try connection.prepareOnce(
            """
            INSERT INTO permission (contact, channel, allowed) VALUES (?1, ?2, ?3)
            ON CONFLICT DO UPDATE SET allowed = excluded.allowed WHERE allowed <> excluded.allowed
            """
        )
        readPermission = try connection.prepareOnce("SELECT do_not_contact FROM contact WHERE id = ?1")
        extra = try connection.prepareOnce(
            """
            INSERT INTO contact_extra (contact, name, value) VALUES (?1, ?2, ?3)
            ON CONFLICT DO UPDATE SET value = excluded.value WHERE value <> excluded.value
            """
        )
        dropExtra = try connection.prepareOnce("DELETE FROM contact_extra WHERE contact = ?1 AND name = ?2")
        suppressed = try connection.prepareOnce(
            "SELECT 1 FROM suppression WHERE tenant = 1 AND address_key = ?1 LIMIT 1"
        )
        notice = try ChangeNotice(
            watched, fields: zip(layout.fields.map(\.name), zip(columns, mine)).map { ($0, $1.0, $1.1) },
            connection: connection)
        identities = try IdentityWriting(connection)
        consents = try ConsentImport(connection)
    }

    private static func column(_ field: ContactField) -> String {
        switch field.name {
        case "language", "country", "time_zone", "preferred_channel", "tags": field.name
        default: SchemaColumns.column(field.name)
        }
    }

    func write(
        _ batch: ContactBatch,
        _ index: Int,
        importNumber: Int64,
        now: Timestamp,
        hasSeen: (Int64) -> Bool
    ) throws(StoreError) -> RowFate {
        let row = batch.rows[index]
        bindText(find, 1, row.id, batch)
        if try find.step() {
            let key = find.integer(0)
            let isSame = find.blobBytes(1).elementsEqual(batch.bytes[range(row.hash)])
            find.reset()
            if hasSeen(key) { return RowFate(kind: .duplicate) }
            if isSame { return RowFate(kind: .unchanged) }
            return try change(key, batch, index, importNumber: importNumber, now: now)
        }
        bindContact(insert, batch, index, importNumber: importNumber, now: now)
        try insert.run()
        let key = connection.lastInsertedID
        _ = hasSeen(key)
        var fate = RowFate(kind: .created, touchesGate: true)
        var changed: [String] = []
        _ = try writeParts(of: key, isNew: true, batch, index, now: now, &fate, &changed)
        return fate
    }

    /// Whether any address of the row is on the suppression list.
    func isSuppressed(_ batch: ContactBatch, _ index: Int) throws(StoreError) -> Bool {
        let base = index * layout.addressKinds.count
        for offset in layout.addressKinds.indices {
            guard let address = batch.addresses[base + offset] else { continue }
            suppressed.bindBlob(1, Array(batch.bytes[range(address.key)]))
            let isListed = try suppressed.step()
            suppressed.reset()
            if isListed { return true }
        }
        return false
    }

    /// The row was written differently than last time: compare value by value, and write what differs.
    private func change(
        _ key: Int64,
        _ batch: ContactBatch,
        _ index: Int,
        importNumber: Int64,
        now: Timestamp
    ) throws(StoreError) -> RowFate {
        var fate = RowFate(kind: .unchanged)
        let row = batch.rows[index]
        if row.doNotContact != nil {
            readPermission.bind(1, key)
            let known = try readPermission.step() ? readPermission.integer(0) : 0
            readPermission.reset()
            if row.doNotContact == false, known == 2 { fate.keptRefusal = true }
            if known != 2, (known == 1) != row.doNotContact { fate.touchesGate = true }
        }
        var changed: [String] = []
        if let notice, let compare = notice.compare {
            compare.bind(1, key)
            bindContact(compare, batch, index, importNumber: importNumber, now: now)
            changed = try notice.changed()
        }
        update.bind(1, key)
        bindContact(update, batch, index, importNumber: importNumber, now: now)
        try update.run()
        var isChanged = connection.changes > 0
        if try writeParts(of: key, isNew: false, batch, index, now: now, &fate, &changed) { isChanged = true }
        try notice?.tell(changed, of: key, now: now)
        if isChanged { fate.kind = .updated }
        rehash.bind(1, key)
        bindBlob(rehash, 3, row.hash, batch)
        rehash.bind(4, importNumber)
        try rehash.run()
        return fate
    }

    /// Addresses, permissions, consent and extra columns. True where something changed.
    private func writeParts(
        of key: Int64,
        isNew: Bool,
        _ batch: ContactBatch,
        _ index: Int,
        now: Timestamp,
        _ fate: inout RowFate,
        _ changed: inout [String]
    ) throws(StoreError) -> Bool {
        var isChanged = false
        for (offset, kind) in layout.addressKinds.enumerated() {
            let address = batch.addresses[index * layout.addressKinds.count + offset]
            if isNew, address == nil { continue }
            if try identities.write(key, kind, address, batch) {
                isChanged = true
                changed.append(kind)
                fate.touchesGate = true
            }
        }
        for (offset, channel) in layout.permissionChannels.enumerated() {
            guard let allowed = batch.permissions[index * layout.permissionChannels.count + offset] else { continue }
            permission.bind(1, key)
            permission.bind(2, channel)
            permission.bind(3, allowed ? 1 : 0)
            try permission.run()
            if connection.changes > 0 {
                isChanged = true
                fate.touchesGate = true
            }
        }
        for (offset, channel) in layout.consentChannels.enumerated() {
            guard let consent = batch.consents[index * layout.consentChannels.count + offset] else { continue }
            switch try consents.write(key, channel, consent, batch, isNew: isNew, now: now) {
            case .written:
                isChanged = true
                fate.touchesGate = true
            case .same: break
            case .keptRefusal: fate.keptRefusal = true
            }
        }
        for (offset, name) in layout.extras.enumerated() {
            let value = batch.extras[index * layout.extras.count + offset]
            if isNew, value == nil { continue }
            let statement = value == nil ? dropExtra : extra
            statement.bind(1, key)
            statement.bind(2, name)
            if let value { bindText(extra, 3, value, batch) }
            try statement.run()
            if connection.changes > 0 { isChanged = true }
        }
        return isChanged
    }

    private func bindContact(
        _ statement: Statement,
        _ batch: ContactBatch,
        _ index: Int,
        importNumber: Int64,
        now: Timestamp
    ) {
        let row = batch.rows[index]
        if statement === insert { bindText(statement, 2, row.id, batch) }
        bindBlob(statement, 3, row.hash, batch)
        statement.bind(4, importNumber)
        statement.bind(5, now.microseconds)
        statement.bind(6, row.doNotContact.map { $0 ? 1 : 0 })
        for offset in layout.fields.indices {
            let parameter = Int32(offset + 8)
            switch batch.cells[index * layout.fields.count + offset] {
            case .missing: statement.bindNull(parameter)
            case .integer(let value): statement.bind(parameter, value)
            case .text(let text): bindText(statement, parameter, text, batch)
            }
        }
    }
}

func range(_ text: ContactBatch.Text) -> Range<Int> {
    Int(text.start)..<Int(text.start + text.count)
}

/// Binds a text where it lies: `SQLiteContactWriter` holds the batch's bytes still while a transaction runs.
func bindText(_ statement: Statement, _ parameter: Int32, _ text: ContactBatch.Text, _ batch: ContactBatch) {
    batch.bytes.withUnsafeBufferPointer {
        statement.bindText(parameter, uncopied: UnsafeBufferPointer(rebasing: $0[range(text)]))
    }
}

func bindBlob(_ statement: Statement, _ parameter: Int32, _ text: ContactBatch.Text, _ batch: ContactBatch) {
    batch.bytes.withUnsafeBytes {
        statement.bindBlob(parameter, uncopied: UnsafeRawBufferPointer(rebasing: $0[range(text)]))
    }
}
