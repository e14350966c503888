package import RuleEngine

/// Takes batches of checked contacts. One thread owns it.
package protocol ContactWriter: AnyObject {
    /// Begins an import: gives the schema's fields their columns, and the import its number.
    func begin(_ layout: ImportLayout, schema: ContactSchema, expectedBytes: Int, now: Timestamp) throws(StoreError)

    /// One transaction: everything in the batch that is not a duplicate, durable when it returns.
    func write(_ batch: ContactBatch, now: Timestamp) throws(StoreError) -> BatchOutcome

    /// Ends the import, however it went.
    func finish() throws(StoreError)
}

/// What became of a batch's rows.
package struct BatchOutcome: Sendable {
    package var created = 0
    package var updated = 0
    package var unchanged = 0
    /// Rows whose contact was in this file before, as indices.
    package var duplicates: [Int] = []
    /// Contacts with an address on the suppression list: they stay on it.
    package var suppressed = 0
    /// Rows whose consent, or lifting of a refusal, was older than what is recorded here, and was left out.
    package var keptRefusals = 0

    package init() {}
}

/// Which columns a file has, in the order in which a batch holds their values.
package struct ImportLayout: Sendable, Equatable {
    /// Attributes: schema fields and the standard ones that are not addresses.
    package var fields: [ContactField] = []
    package var addressKinds: [String] = []
    package var permissionChannels: [String] = []
    package var consentChannels: [String] = []
    package var extras: [String] = []
    package var hasDoNotContact = false

    package init() {}
}

/// Some thousand contacts, checked and in the store's form. Rows point into one array of bytes, and values lie row
/// after row in flat arrays, so that a batch costs a few allocations however many rows it has.
package struct ContactBatch: Sendable {
    package struct Text: Sendable {
        package var start: Int32
        package var count: Int32

        package init(start: Int, count: Int) {
            self.start = Int32(start)
            self.count = Int32(count)
        }
    }

    package enum Cell: Sendable {
        case missing
        case integer(Int64)
        case text(Text)
    }

    package struct Address: Sendable {
        package var address: Text
        /// As it was written, where that differs.
        package var typed: Text?
        /// 16 bytes.
        package var key: Text
    }

    package struct Consent: Sendable {
        package var level: ConsentLevel
        package var at: Timestamp?
        package var source: Text?
        package var wording: Text?
    }

    package struct Row: Sendable {
        package var number: Int
        package var line: Int
        package var id: Text
        /// 16 bytes: the row as it was written, under this layout.
        package var hash: Text
        package var doNotContact: Bool?
        /// The row's own bytes, where refused rows are wanted back.
        package var raw: Text?
    }

    package var layout: ImportLayout
    package var rows: [Row] = []
    /// `layout.fields.count` to a row, and so on.
    package var cells: [Cell] = []
    package var addresses: [Address?] = []
    package var permissions: [Bool?] = []
    package var consents: [Consent?] = []
    package var extras: [Text?] = []
    package var bytes: [UInt8] = []
    /// Rows that were refused before the store saw them.
    package var refusals: [Refusal] = []
    package var rowsRead = 0
    package var bytesRead = 0

    package init(layout: ImportLayout) {
        self.layout = layout
    }

    package func string(_ text: Text) -> String {
        String(decoding: bytes[Int(text.start)..<Int(text.start + text.count)], as: UTF8.self)
    }

    package mutating func removeAll() {
        rows.removeAll(keepingCapacity: true)
        cells.removeAll(keepingCapacity: true)
        addresses.removeAll(keepingCapacity: true)
        permissions.removeAll(keepingCapacity: true)
        consents.removeAll(keepingCapacity: true)
        extras.removeAll(keepingCapacity: true)
        bytes.removeAll(keepingCapacity: true)
        refusals.removeAll()
        rowsRead = 0
        bytesRead = 0
    }
}
