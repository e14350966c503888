import RuleEngine
import Runner

/// The columns of one query for recipients, and how a row of them becomes a row of a page. No text becomes a
/// `String` on the way.
struct RecipientReading {
    private enum Source {
        /// Read for the row anyway.
        case externalID, language, address
        case text(Int32)
        case integer(Int32)
    }

    /// What to select, in order.
    let columns: String
    private let sources: [(slot: Int, source: Source)]

    private static let attempts: Int32 = 3
    private static let step: Int32 = 4
    private static let occurrence: Int32 = 5
    private static let firstGate: Int32 = 6

    /// `contact` and `attempts` are the SQL for the key and for earlier attempts, `place` that for the ledger's row.
    init(
        _ query: RecipientQuery, columns contactColumns: ContactColumns, contact: String, attempts: String,
        place: (step: String, occurrence: String) = ("0", "0")
    ) {
        var selected = [
            "\(contact), c.external_id, c.language, \(attempts), \(place.step), \(place.occurrence)",
            GateSource.columns,
        ]
        var next = Self.firstGate + GateSource.columnCount
        let identity = AddressNormalizer.kind(ofChannel: query.channelKind)
        sources = query.slots.map { slot in
            let field = query.schema.fields[slot]
            switch field.name {
            case "id": return (slot, .externalID)
            case "language": return (slot, .language)
            case identity: return (slot, .address)
            default:
                defer { next += 1 }
                selected.append(contactColumns[slot])
                return (slot, field.type.type.isStoredAsText ? .text(next) : .integer(next))
            }
        }
        columns = selected.joined(separator: ", ")
    }

    func append(_ row: Statement, to page: inout RecipientPage) {
        let externalID = page.facts.pack(row.textBytes(1))
        let language = page.facts.pack(row.textBytes(2))
        let address = page.facts.pack(row.textBytes(Self.firstGate))
        var recipient = RecipientPage.Row(
            contact: ContactKey(rawValue: row.integer(0)), externalID: externalID, address: address,
            language: language, gate: GateSource.read(row, first: Self.firstGate),
            attempts: Int32(truncatingIfNeeded: row.integer(Self.attempts))
        )
        recipient.place = RowPlace(
            step: Int32(truncatingIfNeeded: row.integer(Self.step)), occurrence: row.integer(Self.occurrence))
        page.rows.append(recipient)
        for (slot, source) in sources {
            switch source {
            case .externalID:
                page.facts.columns[slot].append(externalID)
            case .language:
                page.facts.columns[slot].append(row.isNull(2) ? nil : language)
            case .address:
                page.facts.columns[slot].append(row.isNull(Self.firstGate) ? nil : address)
            case .text(let column):
                let text = row.isNull(column) ? nil : page.facts.pack(row.textBytes(column))
                page.facts.columns[slot].append(text)
            case .integer(let column):
                if row.isNull(column) {
                    page.facts.columns[slot].appendMissing()
                } else {
                    page.facts.columns[slot].append(row.integer(column))
                }
            }
        }
        page.facts.finishRow()
    }
}

extension FactPage.Column {
    fileprivate mutating func append(_ text: PackedText?) {
        if let text { append(Int64(bitPattern: text.bits)) } else { appendMissing() }
    }
}

extension ValueType {
    /// True where a column holds text: textual types, and lists in their one-text form.
    var isStoredAsText: Bool {
        switch self {
        case .text, .email, .phone, .country, .locale, .channelKind, .oneOf, .list, .unknown: true
        case .int, .decimal, .money, .bool, .date, .instant, .duration: false
        }
    }
}
