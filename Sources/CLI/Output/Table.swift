/// Rows whose columns line up.
struct Table {
    enum Alignment {
        case left, right
    }

    private let alignments: [Alignment]
    private let indent: String
    private var rows: [[String]] = []

    init(_ alignments: Alignment..., indent: Int = 2) {
        self.alignments = alignments
        self.indent = String(repeating: " ", count: indent)
    }

    mutating func add(_ cells: String...) {
        rows.append(cells)
    }

    var isEmpty: Bool { rows.isEmpty }

    var text: String {
        var widths = Array(repeating: 0, count: alignments.count)
        for row in rows {
            for (column, cell) in row.enumerated() { widths[column] = max(widths[column], Self.width(cell)) }
        }
        return rows.map { row in
            var line = indent
            for (column, cell) in row.enumerated() {
                let gap = String(repeating: " ", count: widths[column] - Self.width(cell))
                let isLast = column == row.count - 1
                switch alignments[column] {
                case .left: line += cell + (isLast ? "" : gap)
                case .right: line += gap + cell
                }
                if !isLast { line += "  " }
            }
            while line.last == " " { line.removeLast() }
            return line + "\n"
        }.joined()
    }

    /// Columns on a terminal: colour marks take none, wide characters two.
    static func width(_ text: String) -> Int {
        var width = 0
        var isInMark = false
        for character in text {
            guard let scalar = character.unicodeScalars.first else { continue }
            if isInMark {
                isInMark = character != "m"
            } else if scalar == "\u{1B}" {
                isInMark = true
            } else {
                width += isWide(scalar) ? 2 : 1
            }
        }
        return width
    }

    private static func isWide(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
            0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
            true
        default: false
        }
    }
}
