/// Everything about one person as CSV: a line for each value, with the table and the row that it lies in.
package enum PersonCSV {
    /// - Parameter everything: as `ServiceDesk.everything` gives it.
    package static func text(of everything: JSON) -> String {
        var text = "section,row,field,value\n"
        append(everything["contact"] ?? .null, "contact", 1, "", to: &text)
        for table in everything["records"]?.entries ?? [] {
            for (index, row) in table.value.items.enumerated() { append(row, table.key, index + 1, "", to: &text) }
        }
        return text
    }

    private static func append(_ value: JSON, _ section: String, _ row: Int, _ field: String, to text: inout String) {
        func name(_ part: String) -> String { field.isEmpty ? part : field + "." + part }
        switch value {
        case .object(let entries):
            for entry in entries { append(entry.value, section, row, name(entry.key), to: &text) }
        case .array(let items):
            for (index, item) in items.enumerated() { append(item, section, row, name(String(index + 1)), to: &text) }
        case .null: break
        case .string(let string): line(section, row, field, string, to: &text)
        case .bool(let flag): line(section, row, field, flag ? "yes" : "no", to: &text)
        case .integer(let number): line(section, row, field, String(number), to: &text)
        case .written(let number): line(section, row, field, number, to: &text)
        }
    }

    private static func line(_ section: String, _ row: Int, _ field: String, _ value: String, to text: inout String) {
        text += [section, String(row), field, value].map(DeliveryCSV.cell).joined(separator: ",") + "\n"
    }
}
