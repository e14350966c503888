import RuleEngine

/// What the author of an import may choose.
package struct ImportOptions: Sendable {
    package enum Extra: String, Sendable, CaseIterable {
        /// Unknown columns are an error that lists them.
        case refuse
        /// They are left out.
        case ignore
        /// They are kept with the person, outside of the schema.
        case keep
    }

    package var delimiter: UInt8?
    package var extra = Extra.refuse
    /// ISO 3166-1: whose national phone numbers are understood.
    package var region: String?
    /// Refuse the whole file, before anything is written, where one row is wrong.
    package var isStrict = false
    /// Where refused rows are written, under the original header: importable again after mending.
    package var refusedFile: String?
    package var rowsPerBatch = 4_000
    package var limits = CSVReader.Limits()

    package init() {}
}

/// Something about the file as a whole: nothing of it is read.
package struct FileFault: Error, Sendable, Equatable {
    package let code: String
    package let message: String
    package let help: String

    init(_ code: String, _ message: String, help: String) {
        self.code = code
        self.message = message
        self.help = help
    }
}

/// Which column of the file means what.
struct ImportHeader: Sendable {
    enum Meaning: Sendable, Equatable {
        case id
        case address(Int)
        case field(Int)
        case permission(Int)
        case consent(Int)
        case consentAt(Int)
        case consentSource(Int)
        case consentWording(Int)
        case doNotContact
        case extra(Int)
        case ignored
    }

    var names: [String]
    var meanings: [Meaning]
    var layout: ImportLayout
    /// The header as it stands in the file.
    var raw: [UInt8]

    /// Nothing is guessed: a column is known by its exact name, and every fault of the header is given at once.
    static func read(
        names: [String],
        raw: [UInt8],
        schema: ContactSchema,
        options: ImportOptions
    ) throws(ImportError) -> ImportHeader {
        var header = ImportHeader(names: names, meanings: [], layout: ImportLayout(), raw: raw)
        var faults: [FileFault] = []
        var unknown: [(name: String, number: Int)] = []
        var seen: [String: Int] = [:]
        for (index, name) in names.enumerated() {
            if name.isEmpty {
                faults.append(
                    FileFault("C103", "column \(index + 1) has no name", help: "give it a name, or remove it")
                )
                header.meanings.append(.ignored)
                continue
            }
            if let first = seen[name] {
                faults.append(
                    FileFault(
                        "C102",
                        "`\(RowFault.shown(name))` is the name of columns \(first) and \(index + 1)",
                        help: "rename one, or remove it"
                    )
                )
            }
            seen[name] = index + 1
            if let meaning = header.meaning(of: name, schema: schema) {
                header.meanings.append(meaning)
            } else {
                switch options.extra {
                case .refuse: unknown.append((name, index + 1))
                case .keep where name.utf8.count > 64:
                    faults.append(
                        FileFault("C103", "the name of column \(index + 1) has more than 64 bytes", help: "shorten it")
                    )
                case .keep, .ignore: break
                }
                if options.extra == .keep {
                    header.layout.extras.append(name)
                    header.meanings.append(.extra(header.layout.extras.count - 1))
                } else {
                    header.meanings.append(.ignored)
                }
            }
        }
        if !unknown.isEmpty { faults.append(header.unknownColumns(unknown, schema: schema)) }
        faults.append(contentsOf: header.missingColumns(schema))
        if !faults.isEmpty { throw .file(faults) }
        return header
    }

    private mutating func meaning(of name: String, schema: ContactSchema) -> Meaning? {
        if name == "id" { return .id }
        if AddressNormalizer.kinds.contains(name) {
            layout.addressKinds.append(name)
            return .address(layout.addressKinds.count - 1)
        }
        if name == "do_not_contact" {
            layout.hasDoNotContact = true
            return .doNotContact
        }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        if parts.count >= 2, Catalog.channelKinds.contains(parts[1]) {
            switch (parts[0], parts.count) {
            case ("allow", 2):
                layout.permissionChannels.append(parts[1])
                return .permission(layout.permissionChannels.count - 1)
            case ("consent", 2): return .consent(consentIndex(parts[1]))
            case ("consent", 3):
                switch parts[2] {
                case "at": return .consentAt(consentIndex(parts[1]))
                case "source": return .consentSource(consentIndex(parts[1]))
                case "wording": return .consentWording(consentIndex(parts[1]))
                default: return nil
                }
            default: return nil
            }
        }
        guard let slot = schema.slot(of: name) else { return nil }
        layout.fields.append(schema.fields[slot])
        return .field(layout.fields.count - 1)
    }

    private mutating func consentIndex(_ channel: String) -> Int {
        if let index = layout.consentChannels.firstIndex(of: channel) { return index }
        layout.consentChannels.append(channel)
        return layout.consentChannels.count - 1
    }

    private func unknownColumns(_ unknown: [(name: String, number: Int)], schema: ContactSchema) -> FileFault {
        var known = schema.fields.map(\.name) + ["do_not_contact"]
        for channel in Catalog.channelKinds {
            known += [
                "allow.\(channel)", "consent.\(channel)", "consent.\(channel).at", "consent.\(channel).source",
                "consent.\(channel).wording",
            ]
        }
        let listed = unknown.prefix(20).map { column in
            let nearest = NearestName.of(column.name, among: known).map { ", perhaps `\($0)`?" } ?? ""
            return "`\(RowFault.shown(column.name))` (column \(column.number)\(nearest))"
        }
        let more = unknown.count > 20 ? " and \(unknown.count - 20) more" : ""
        let noun = unknown.count == 1 ? "an unknown column" : "\(unknown.count) unknown columns"
        return FileFault(
            "C101",
            "\(noun): \(listed.joined(separator: ", "))\(more)",
            help:
                "add \(unknown.count == 1 ? "it" : "them") to the schema, rename, or say `--extra ignore` or `--extra keep`"
        )
    }

    private func missingColumns(_ schema: ContactSchema) -> [FileFault] {
        var faults: [FileFault] = []
        if !meanings.contains(.id), !layout.addressKinds.contains(where: { $0 == "email" || $0 == "phone" }) {
            faults.append(
                FileFault(
                    "C108",
                    "the file has no column `id`, `email` or `phone`",
                    help: "add one: people are known by it"
                )
            )
        }
        for (index, channel) in layout.consentChannels.enumerated() where !meanings.contains(.consent(index)) {
            faults.append(
                FileFault(
                    "C105",
                    "the file has proof of consent for `\(channel)`, but no column `consent.\(channel)`",
                    help: "add the column"
                )
            )
        }
        for field in schema.fields where !field.type.isOptional && !names.contains(field.name) {
            if field.name == "id" || field.name == "tags" { continue }
            if case .list = field.type.type { continue }
            faults.append(
                FileFault(
                    "C106",
                    "the schema requires `\(field.name)`, and the file has no such column",
                    help: "add the column, or make the field `optional` in the schema"
                )
            )
        }
        return faults
    }
}

/// Why nothing was imported, or why importing ended early.
package enum ImportError: Error, Sendable {
    /// The header, the encoding or the kind of file.
    case file([FileFault])
    /// `--strict`, and some rows are wrong. Nothing was written.
    case strict(ImportSummary)
    /// Reading failed. What was written before stays.
    case reading(String)
    /// Writing failed. Batches before this one are kept; importing again goes on.
    case store(StoreError, ImportSummary)
}

/// What an import did: rows = created + updated + unchanged + refused.
package struct ImportSummary: Sendable, Equatable {
    package var rows = 0
    package var created = 0
    package var updated = 0
    package var unchanged = 0
    package var refused = 0
    /// Code → how many rows were refused for it; a row with two faults counts for both.
    package var faults: [String: Int] = [:]
    /// Contacts with an address on the suppression list: importing doesn't take it off.
    package var suppressed = 0
    /// Rows whose consent is older than a refusal recorded here, which stands.
    package var keptRefusals = 0
    package var bytes = 0

    package init() {}
}
