import RuleEngine

/// The ledger as CSV. The columns are a public contract: they are only ever added to, at the end.
package enum DeliveryCSV {
    package static let header =
        "contact,channel,address,status,reason,provider_id,attempts,cost_micros,currency,created_at,accepted_at,"
        + "told,told_at\n"

    package static func line(_ record: DeliveryRecord) -> String {
        let cells = [
            record.externalID, record.channelID, record.address, record.state.name, record.reason ?? "",
            record.providerID ?? "", String(record.attempts), String(record.costMicros), record.currency,
            ISOInstant.text(record.createdAt), record.acceptedAt.map(ISOInstant.text) ?? "",
            record.news?.words.joined(separator: " ") ?? "", (record.news?.lastAt).map(ISOInstant.text) ?? "",
        ]
        return cells.map(cell).joined(separator: ",") + "\n"
    }

    /// Quoted where CSV asks for it, and harmless in a spreadsheet: a cell that begins like a formula is one there.
    package static func cell(_ text: String) -> String {
        let text = isFormula(text) ? "'" + text : text
        let needsQuotes = text.utf8.contains { byte in
            byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\n")
                || byte == UInt8(ascii: "\r")
        }
        guard needsQuotes else { return text }
        var quoted = "\""
        for character in text.unicodeScalars {
            if character == "\"" { quoted += "\"" }
            quoted.unicodeScalars.append(character)
        }
        return quoted + "\""
    }

    private static func isFormula(_ text: String) -> Bool {
        guard let first = text.utf8.first else { return false }
        switch first {
        case UInt8(ascii: "="), UInt8(ascii: "@"), UInt8(ascii: "\t"), UInt8(ascii: "\r"): return true
        case UInt8(ascii: "+"), UInt8(ascii: "-"):
            // A telephone number or a number is no formula, and must stay what it is.
            return !text.utf8.dropFirst().allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        default: return false
        }
    }
}
