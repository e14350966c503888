/// How wide a text is drawn, without asking a browser: by the advance widths of DejaVu Sans, which is among the widest
/// of the fonts that readers may have. What fits here fits everywhere.
enum TextWidth {
    /// In units of the drawing, rounded up.
    static func of(_ text: some StringProtocol, size: Int, isBold: Bool = false) -> Int {
        var sum = 0
        for scalar in text.unicodeScalars { sum += width(of: scalar, isBold) }
        return (sum * size + 999) / 1000
    }

    /// In thousandths of the font's size.
    private static func width(of scalar: Unicode.Scalar, _ isBold: Bool) -> Int {
        let value = scalar.value
        if (0x20..<0x7F).contains(value) { return Int((isBold ? bold : regular)[Int(value) - 0x20]) }
        if value < 0x20 { return 0 }
        if scalar.properties.isVariationSelector || scalar.properties.generalCategory == .nonspacingMark { return 0 }
        if value < 0x180 { return isBold ? 880 : 800 }
        // Greek, Cyrillic and signs are narrower than this, Chinese characters and pictures hardly wider.
        return value < 0x2E80 ? 1000 : 1250
    }

    /// Of the signs from the space to the tilde.
    private static let regular: [UInt16] = [
        318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337, 636, 636, 636, 636, 636, 636,
        636,
        636, 636, 636, 337, 337, 838, 838, 838, 531, 1000, 684, 686, 698, 770, 632, 575, 775, 752, 295, 295, 656, 557,
        863,
        748, 787, 603, 787, 695, 635, 611, 732, 684, 989, 685, 611, 685, 390, 337, 390, 838, 500, 500, 613, 635, 550,
        635,
        615, 352, 635, 634, 278, 278, 579, 278, 974, 634, 612, 635, 635, 411, 521, 392, 634, 592, 818, 592, 592, 525,
        636,
        337, 636, 838,
    ]

    private static let bold: [UInt16] = [
        348, 456, 521, 838, 696, 1002, 872, 306, 457, 457, 523, 838, 380, 415, 380, 365, 696, 696, 696, 696, 696, 696,
        696,
        696, 696, 696, 400, 400, 838, 838, 838, 580, 1000, 774, 762, 734, 830, 683, 683, 821, 837, 372, 372, 775, 637,
        995,
        837, 850, 733, 850, 770, 720, 682, 812, 774, 1103, 771, 724, 725, 457, 365, 457, 838, 500, 500, 675, 716, 593,
        716,
        678, 435, 716, 712, 343, 343, 665, 343, 1042, 712, 687, 716, 716, 493, 595, 478, 712, 652, 924, 645, 652, 582,
        712,
        365, 712, 838,
    ]
}

/// A text in lines that are no wider than asked.
enum TextLines {
    /// - Parameter limit: of lines; what is left over is cut with an ellipsis.
    static func wrapped(_ text: String, width: Int, size: Int, isBold: Bool = false, limit: Int = 12) -> [String] {
        var lines: [String] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            var current = ""
            for word in line.split(separator: " ") {
                let candidate = current.isEmpty ? String(word) : current + " " + word
                if TextWidth.of(candidate, size: size, isBold: isBold) <= width {
                    current = candidate
                    continue
                }
                if !current.isEmpty { lines.append(current) }
                current = String(word)
                while TextWidth.of(current, size: size, isBold: isBold) > width, current.count > 1 {
                    let head = fitting(current, width: width, size: size, isBold: isBold)
                    lines.append(head)
                    current = String(current.dropFirst(head.count))
                }
            }
            lines.append(current)
        }
        if lines.count > limit {
            lines = Array(lines.prefix(limit - 1)) + ["…"]
        }
        return lines
    }

    /// As much of a long word as fits; at least one character.
    private static func fitting(_ word: String, width: Int, size: Int, isBold: Bool) -> String {
        var head = ""
        for character in word {
            if !head.isEmpty, TextWidth.of(head + String(character), size: size, isBold: isBold) > width { break }
            head.append(character)
        }
        return head
    }
}
