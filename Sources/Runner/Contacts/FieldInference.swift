import RuleEngine

/// Types the columns of a file for a project without a schema, from all of their values.
struct FieldInference {
    /// What every value of a column could be so far.
    private struct Guess {
        var canBeInt = true, canBeDecimal = true, canBeBool = true, canBeDate = true
        var isEmpty = true

        mutating func see(_ bytes: UnsafeBufferPointer<UInt8>) {
            isEmpty = false
            // A leading zero or plus sign is part of a code: a postcode, a telephone number, an article.
            let first = bytes[0]
            let isCode = first == UInt8(ascii: "+") || first == 0x30 && bytes.count > 1 && bytes[1] != UInt8(ascii: ".")
            if canBeInt, isCode || bytes.count > 18 || Numbers.integer(bytes) == nil { canBeInt = false }
            if canBeDecimal, isCode || Numbers.millionths(bytes) == nil { canBeDecimal = false }
            if canBeBool {
                canBeBool =
                    Numbers.matches(bytes, "yes") || Numbers.matches(bytes, "no")
                    || Numbers.matches(bytes, "true") || Numbers.matches(bytes, "false")
            }
            if canBeDate, Dates.date(bytes) == nil { canBeDate = false }
        }

        var type: ValueType {
            if isEmpty { return .text }
            if canBeInt { return .int }
            if canBeDecimal { return .decimal }
            if canBeBool { return .bool }
            return canBeDate ? .date : .text
        }
    }

    private let names: [(column: Int, name: String)]
    private var guesses: [Guess]

    /// Columns that nobody knows yet and whose names can stand in an expression.
    init(header: [String], schema: ContactSchema) {
        names = header.enumerated().compactMap { column, name in
            Self.isFieldName(name) && schema.slot(of: name) == nil && name != "do_not_contact" ? (column, name) : nil
        }
        guesses = Array(repeating: Guess(), count: names.count)
    }

    var isNeeded: Bool { !names.isEmpty }

    mutating func see(_ reader: borrowing CSVReader) {
        guard reader.fault == nil else { return }
        for (index, entry) in names.enumerated() where entry.column < reader.fields.count {
            reader.withField(entry.column) { field in
                let bytes = UTF8Text.trimmed(field)
                if !bytes.isEmpty { guesses[index].see(bytes) }
            }
        }
    }

    var fields: [ContactField] {
        zip(names, guesses).map { ContactField(name: $0.name, type: TypeInfo($1.type, isOptional: true)) }
    }

    static func isFieldName(_ name: String) -> Bool {
        guard let first = name.utf8.first, name.utf8.count <= 64, 0x61...0x7A ~= first || first == 0x5F else {
            return false
        }
        return name.utf8.allSatisfy { 0x61...0x7A ~= $0 || 0x30...0x39 ~= $0 || $0 == 0x5F }
    }
}
