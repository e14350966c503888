import CSystemSQLite
import RuleEngine
package import Runner

/// A compiled statement: bind its parameters, counted from 1, then step through its rows, whose columns count from 0.
package final class Statement {
    private let statement: OpaquePointer
    private let database: OpaquePointer

    init(_ sql: String, on database: OpaquePointer, isKept: Bool) throws(StoreError) {
        var prepared: OpaquePointer?
        let flags = isKept ? UInt32(SQLITE_PREPARE_PERSISTENT) : 0
        let code = sqlite3_prepare_v3(database, sql, -1, flags, &prepared, nil)
        guard code == SQLITE_OK else { throw StoreError(code: code, database: database) }
        guard let prepared else { preconditionFailure("a statement was prepared from empty SQL") }
        statement = prepared
        self.database = database
    }

    deinit {
        sqlite3_finalize(statement)
    }

    // MARK: Parameters

    package func bind(_ index: Int32, _ value: Int64) {
        check(sqlite3_bind_int64(statement, index, value))
    }

    package func bind(_ index: Int32, _ value: Int64?) {
        if let value { bind(index, value) } else { bindNull(index) }
    }

    package func bind(_ index: Int32, _ text: String) {
        var text = text
        text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { characters in
                let start = characters.baseAddress ?? nowhere
                check(sqlite3_bind_text(statement, index, start, Int32(characters.count), Self.copied))
            }
        }
    }

    package func bind(_ index: Int32, _ text: String?) {
        if let text { bind(index, text) } else { bindNull(index) }
    }

    /// Binds a copy of UTF-8 text.
    package func bindText(_ index: Int32, _ bytes: [UInt8]) {
        bytes.withUnsafeBytes { raw in
            let start = raw.baseAddress?.assumingMemoryBound(to: CChar.self) ?? nowhere
            check(sqlite3_bind_text(statement, index, start, Int32(raw.count), Self.copied))
        }
    }

    /// Binds UTF-8 text without copying: the bytes must stay where they are until the statement was stepped.
    package func bindText(_ index: Int32, uncopied bytes: UnsafeBufferPointer<UInt8>) {
        bytes.withMemoryRebound(to: CChar.self) { characters in
            let start = characters.baseAddress ?? nowhere
            check(sqlite3_bind_text(statement, index, start, Int32(characters.count), nil))
        }
    }

    /// Binds a blob without copying: the bytes must stay where they are until the statement was stepped.
    package func bindBlob(_ index: Int32, uncopied bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress else {
            check(sqlite3_bind_zeroblob(statement, index, 0))
            return
        }
        check(sqlite3_bind_blob(statement, index, start, Int32(bytes.count), nil))
    }

    package func bindBlob(_ index: Int32, _ bytes: [UInt8]) {
        bytes.withUnsafeBytes { raw in
            guard let start = raw.baseAddress else {
                check(sqlite3_bind_zeroblob(statement, index, 0))
                return
            }
            check(sqlite3_bind_blob(statement, index, start, Int32(raw.count), Self.copied))
        }
    }

    package func bindNull(_ index: Int32) {
        check(sqlite3_bind_null(statement, index))
    }

    // MARK: Rows

    /// Moves to the next row; false at the end, where the statement is reset and ready to be bound anew.
    package func step() throws(StoreError) -> Bool {
        let code = sqlite3_step(statement)
        if code == SQLITE_ROW { return true }
        guard code == SQLITE_DONE else {
            let error = StoreError(code: code, database: database)
            sqlite3_reset(statement)
            throw error
        }
        sqlite3_reset(statement)
        return false
    }

    /// Runs a statement to its end, whatever rows it gives.
    package func run() throws(StoreError) {
        while try step() {}
    }

    /// Ends a read early. Parameters keep their values.
    package func reset() {
        sqlite3_reset(statement)
    }

    /// How many columns a row has.
    package var columnCount: Int32 {
        sqlite3_column_count(statement)
    }

    /// How a value is kept, which is its own and not its column's.
    package enum Kind {
        case null, integer, real, text, blob
    }

    package func kind(_ column: Int32) -> Kind {
        switch sqlite3_column_type(statement, column) {
        case SQLITE_INTEGER: .integer
        case SQLITE_FLOAT: .real
        case SQLITE_TEXT: .text
        case SQLITE_BLOB: .blob
        default: .null
        }
    }

    package func name(_ column: Int32) -> String {
        sqlite3_column_name(statement, column).map { String(cString: $0) } ?? ""
    }

    package func isNull(_ column: Int32) -> Bool {
        sqlite3_column_type(statement, column) == SQLITE_NULL
    }

    /// NULL reads as 0.
    package func integer(_ column: Int32) -> Int64 {
        sqlite3_column_int64(statement, column)
    }

    package func optionalInteger(_ column: Int32) -> Int64? {
        isNull(column) ? nil : sqlite3_column_int64(statement, column)
    }

    func timestamp(_ column: Int32) -> Timestamp? {
        optionalInteger(column).map(Timestamp.init(microseconds:))
    }

    /// The text's bytes, valid until the next step or reset. NULL reads as empty.
    package func textBytes(_ column: Int32) -> UnsafeBufferPointer<UInt8> {
        guard let start = sqlite3_column_text(statement, column) else {
            return UnsafeBufferPointer(start: nil, count: 0)
        }
        return UnsafeBufferPointer(start: start, count: Int(sqlite3_column_bytes(statement, column)))
    }

    package func string(_ column: Int32) -> String {
        String(decoding: textBytes(column), as: UTF8.self)
    }

    package func optionalString(_ column: Int32) -> String? {
        isNull(column) ? nil : string(column)
    }

    package func textEquals(_ column: Int32, _ text: String) -> Bool {
        var text = text
        let bytes = textBytes(column)
        return text.withUTF8 { $0.elementsEqual(bytes) }
    }

    /// The blob's bytes, valid until the next step or reset. NULL reads as empty.
    package func blobBytes(_ column: Int32) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(
            start: sqlite3_column_blob(statement, column), count: Int(sqlite3_column_bytes(statement, column))
        )
    }

    package func blob(_ column: Int32) -> [UInt8] {
        Array(blobBytes(column))
    }

    private func check(_ code: Int32) {
        precondition(
            code == SQLITE_OK, "a parameter was bound that the statement doesn't have, or while it was running")
    }

    /// `SQLITE_TRANSIENT`, a macro that isn't imported: SQLite makes its own copy.
    private static var copied: sqlite3_destructor_type {
        unsafeBitCast(-1, to: sqlite3_destructor_type.self)
    }

    /// Somewhere to point for a text of no bytes: a nil pointer would bind NULL.
    private var nowhere: UnsafePointer<CChar> {
        UnsafePointer(statement)
    }
}
