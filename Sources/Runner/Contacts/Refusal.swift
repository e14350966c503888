/// What is wrong with one cell or row, and what to write instead. Codes are permanent.
package struct RowFault: Sendable, Equatable {
    package let code: String
    /// Nil where it concerns the row as a whole.
    package let column: String?
    /// Counted from 1; 0 for the row as a whole.
    package let columnNumber: Int
    package let line: Int
    package let message: String
    package let help: String

    init(_ code: String, _ place: Place, _ message: String, help: String) {
        self.code = code
        column = place.column
        columnNumber = place.number
        line = place.line
        self.message = message
        self.help = help
    }

    package struct Place: Sendable {
        var column: String?
        var number: Int
        var line: Int
    }
}

/// A row that was left out.
package struct Refusal: Sendable {
    /// Counted from 1, without the header and empty lines.
    package var row: Int
    package var line: Int
    /// The caller's id, where the row has one.
    package var id: String?
    package var faults: [RowFault]
    /// The row's own bytes, where refused rows are wanted back.
    package var raw: [UInt8]

    /// `line 12, column 7 (renewal_date): C034 …`, one line a fault.
    package var text: String {
        faults.map { fault in
            let place = fault.column.map { ", column \(fault.columnNumber) (\($0))" } ?? ""
            return "line \(fault.line)\(place): \(fault.code) \(fault.message)\n  help: \(fault.help)"
        }.joined(separator: "\n")
    }
}

extension RowFault {
    static func csv(_ fault: CSVReader.Fault, _ place: Place) -> RowFault {
        switch fault {
        case .unclosedQuote:
            RowFault(
                "C001",
                place,
                "the quote that opens here is never closed",
                help: "close it, or double it where it is part of the text"
            )
        case .textAfterQuote:
            RowFault(
                "C002",
                place,
                "text follows the closing quote",
                help: "double every quote that is part of the text, as in `\"a \"\"b\"\" c\"`"
            )
        case .fieldTooLong:
            RowFault(
                "C004",
                place,
                "the field has more than 65,536 bytes",
                help: "shorten it; an unclosed quote further up may be the cause"
            )
        case .rowTooLong:
            RowFault(
                "C004",
                place,
                "the row has more than 1,048,576 bytes",
                help: "shorten it; an unclosed quote further up may be the cause"
            )
        case .tooManyFields:
            RowFault("C004", place, "the row has more than 1,000 fields", help: "check the delimiter and the quotes")
        case .invalidUTF8:
            RowFault("C005", place, "the text is not UTF-8", help: "save the file as UTF-8")
        case .controlCharacter(let byte):
            RowFault("C006", place, "a control character (\(hex(byte))) stands in the text", help: "remove it")
        }
    }

    static func control(_ scalar: Unicode.Scalar, _ place: Place) -> RowFault {
        RowFault(
            "C006",
            place,
            "a control character (\(hex(UInt8(truncatingIfNeeded: scalar.value)))) stands in the text",
            help: scalar.value >= 0x80
                ? "save the file as UTF-8: it was probably converted from Windows-1252" : "remove it"
        )
    }

    static func width(_ found: Int, expected: Int, _ place: Place) -> RowFault {
        RowFault(
            "C003",
            place,
            "the row has \(found) fields, the header has \(expected)",
            help: found > expected
                ? "put fields that hold the delimiter in quotes" : "write an empty field for each missing value"
        )
    }

    static func noID(_ place: Place) -> RowFault {
        RowFault("C010", place, "the row has no id, no email and no phone", help: "give at least one of them")
    }

    static func duplicate(_ id: String, _ place: Place) -> RowFault {
        RowFault(
            "C011",
            place,
            "the id `\(shown(id))` stands in this file already",
            help: "keep one row for each person"
        )
    }

    static func idTooLong(_ place: Place) -> RowFault {
        RowFault("C012", place, "the id has more than 128 bytes", help: "use a shorter id")
    }

    static func idHasSpace(_ place: Place) -> RowFault {
        RowFault("C013", place, "the id holds a line end, a tab or an invisible character", help: "remove it")
    }

    static func address(_ kind: String, _ typed: String, _ fault: AddressFault, _ place: Place) -> RowFault {
        let code =
            switch kind {
            case "email": "C020"
            case "phone", "whatsapp": "C021"
            default: "C022"
            }
        let noun =
            switch kind {
            case "email": "an email address"
            case "phone", "whatsapp": "a phone number"
            default: "a \(kind) address"
            }
        return RowFault(code, place, "`\(shown(typed))` is not \(noun): \(fault.message)", help: fault.help)
    }

    static func value(_ code: String, _ typed: String, isNot what: String, help: String, _ place: Place) -> RowFault {
        RowFault(code, place, "`\(shown(typed))` is not \(what)", help: help)
    }

    static func textTooLong(_ limit: Int, _ place: Place) -> RowFault {
        RowFault("C042", place, "the text has more than \(limit) bytes", help: "shorten it")
    }

    static func required(_ field: String, _ place: Place) -> RowFault {
        RowFault(
            "C043",
            place,
            "`\(field)` is empty, and the schema requires it",
            help: "fill it in, or make the field `optional` in the schema"
        )
    }

    static func futureConsent(_ typed: String, _ place: Place) -> RowFault {
        RowFault("C052", place, "`\(shown(typed))` lies in the future", help: "write when the consent was given")
    }

    static func proofWithoutConsent(_ channel: String, _ place: Place) -> RowFault {
        RowFault(
            "C053",
            place,
            "there is proof, but `consent.\(channel)` is empty",
            help: "write `none`, `soft_optin`, `express` or `express_written`"
        )
    }

    private static func hex(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16, uppercase: true)
        return "U+" + String(repeating: "0", count: 4 - digits.count) + digits
    }

    /// The author's words, short enough for a line, and with nothing in them that a terminal would obey.
    static func shown(_ text: String) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars.prefix(60) {
            scalars.append(UTF8Text.isControl(scalar) || UTF8Text.isInvisible(scalar) ? "\u{FFFD}" : scalar)
        }
        return String(scalars) + (text.unicodeScalars.count > 60 ? "…" : "")
    }
}
