/// How a text travels as SMS: in which alphabet, in how many units, and in how many parts, which is what it costs.
///
/// One character outside the GSM alphabet turns all of the text into UCS-2, with 70 units a message in place of 160.
package struct SMSText: Sendable, Equatable {
    package enum Encoding: String, Sendable {
        case gsm7 = "GSM-7"
        case ucs2 = "UCS-2"

        /// Units of a message that is one part.
        package var single: Int { self == .gsm7 ? 160 : 70 }
        /// Units of a part that carries the header that joins it to the others.
        package var part: Int { self == .gsm7 ? 153 : 67 }
    }

    package let encoding: Encoding
    /// Septets of GSM-7, or UTF-16 code units.
    package let units: Int
    package let segments: Int
    /// Characters that take two septets.
    package let extensions: Int

    package init(_ text: String) {
        var widths: [UInt8] = []
        widths.reserveCapacity(text.utf8.count)
        var extensions = 0
        var isGSM = true
        for scalar in text.unicodeScalars {
            guard let width = GSMAlphabet.width(of: scalar) else {
                isGSM = false
                break
            }
            if width == 2 { extensions += 1 }
            widths.append(width)
        }
        if !isGSM {
            extensions = 0
            widths.removeAll(keepingCapacity: true)
            for scalar in text.unicodeScalars { widths.append(scalar.value > 0xFFFF ? 2 : 1) }
        }
        encoding = isGSM ? .gsm7 : .ucs2
        self.extensions = extensions
        units = widths.reduce(0) { $0 + Int($1) }
        segments = Self.segments(widths, units: units, encoding)
    }

    package init(_ bytes: [UInt8]) {
        self.init(String(decoding: bytes, as: UTF8.self))
    }

    /// Parts are filled one after the other. A pair (an escape and its character, two surrogates) is never cut: it
    /// moves to the next part and leaves a unit empty.
    private static func segments(_ widths: [UInt8], units: Int, _ encoding: Encoding) -> Int {
        guard units > encoding.single else { return units == 0 ? 0 : 1 }
        var parts = 1
        var used = 0
        for width in widths {
            if used + Int(width) > encoding.part {
                parts += 1
                used = 0
            }
            used += Int(width)
        }
        return parts
    }
}

/// The alphabet of 3GPP TS 23.038 and its extension table.
package enum GSMAlphabet {
    /// In the order of their codes; the escape stands at 0x1B as U+FFFF, which is no character.
    package static let basic: [Unicode.Scalar] = Array(
        ("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u{FFFF}ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
            + "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà").unicodeScalars
    )

    package static let extended: [(code: UInt8, scalar: Unicode.Scalar)] = [
        (0x0A, "\u{0C}"), (0x14, "^"), (0x28, "{"), (0x29, "}"), (0x2F, "\\"), (0x3C, "["), (0x3D, "~"), (0x3E, "]"),
        (0x40, "|"), (0x65, "€"),
    ]

    /// Septets that a character takes; nil where the alphabet doesn't have it.
    package static func width(of scalar: Unicode.Scalar) -> UInt8? {
        if scalar.value < 0x400 {
            let width = widths[Int(scalar.value)]
            return width == 0 ? nil : width
        }
        return scalar == "€" ? 2 : nil
    }

    /// By code point, below U+0400, where all of both tables lies but the euro.
    private static let widths: [UInt8] = {
        var widths = [UInt8](repeating: 0, count: 0x400)
        for scalar in basic where scalar.value < 0x400 { widths[Int(scalar.value)] = 1 }
        for entry in extended where entry.scalar.value < 0x400 { widths[Int(entry.scalar.value)] = 2 }
        return widths
    }()
}
