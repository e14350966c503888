import RuleEngine
import Runner
import Storage

/// A data folder, a schema and files to import.
final class ImportFixture {
    let folder: TemporaryFolder
    let store: SQLiteStore
    var now = Timestamp(microseconds: 1_790_000_000_000_000)
    var refusals: [Refusal] = []

    static let schema = ContactSchema(
        id: "acme",
        declared: [
            ContactField(name: "first_name", type: TypeInfo(.text, isOptional: true), isPersonal: true),
            ContactField(name: "plan", type: TypeInfo(.oneOf(["free", "trial", "pro"]), isOptional: true)),
            ContactField(name: "seats", type: TypeInfo(.int, isOptional: true)),
            ContactField(name: "score", type: TypeInfo(.decimal, isOptional: true)),
            ContactField(name: "spent", type: TypeInfo(.money, isOptional: true)),
            ContactField(name: "vip", type: TypeInfo(.bool, isOptional: true)),
            ContactField(name: "renewal_date", type: TypeInfo(.date, isOptional: true)),
            ContactField(name: "seen_at", type: TypeInfo(.instant, isOptional: true)),
        ]
    )

    init() throws {
        folder = try TemporaryFolder()
        store = try SQLiteStore(folder: folder.path)
    }

    @discardableResult
    func load(
        _ csv: String,
        schema: ContactSchema = ImportFixture.schema,
        _ change: (inout ImportOptions) -> Void = { _ in }
    ) throws -> ImportSummary {
        try load(Array(csv.utf8), schema: schema, change)
    }

    @discardableResult
    func load(
        _ csv: [UInt8],
        schema: ContactSchema = ImportFixture.schema,
        _ change: (inout ImportOptions) -> Void = { _ in }
    ) throws -> ImportSummary {
        try folder.writeBytes("in.csv", csv)
        var options = ImportOptions()
        change(&options)
        refusals = []
        let work = ContactImport(
            file: folder.path + "/in.csv",
            schema: schema,
            currency: "EUR",
            key: store.key,
            options: options,
            now: now
        )
        return try work.run(into: try store.openContactWriter(), onRefusal: { refusals.append($0) })
    }

    var consents: any ConsentStore {
        get throws { try store.openConsents() }
    }

    func key(_ id: String) throws -> ContactKey {
        guard let key = try store.openContacts().find(id) else { throw StoreError.failed("no contact \(id)") }
        return key
    }

    func sheet(_ id: String) throws -> ContactSheet {
        try consents.sheet(of: try key(id), schema: Self.schema)
    }

    func epoch() throws -> Int64 {
        try store.connect().suppressionEpoch()
    }

    func advance(days: Double) {
        now = now.adding(seconds: days * 86_400)
    }
}
