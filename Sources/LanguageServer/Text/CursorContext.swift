import RuleEngine

/// Where in a document a cursor stands, read from the indentation of the lines. It needs no sound YAML: while somebody
/// types there is none.
struct CursorContext {
    enum Step: Equatable {
        case key(String)
        /// An item of a list, with the keys that it has.
        case item([String])
    }

    enum Role: Equatable {
        /// A key is being written, beside these.
        case key(siblings: [String])
        /// The value of the last key of the path, or an item of its list.
        case value
        /// A comment is being written.
        case comment
    }

    /// Nil where the document has no first key yet.
    private(set) var kind: DocumentKind?
    private(set) var id = ""
    private(set) var path: [Step] = []
    private(set) var role = Role.key(siblings: [])
    /// The text of the value up to the cursor, over several lines where it is a block.
    private(set) var written: [UInt8] = []
    /// The scalars of the document by their paths, as far as they stand on one line: `enter/event`.
    private(set) var scalars: [String: String] = [:]
    /// The one-line values of the mappings around, the innermost first.
    private(set) var around: [[String: String]] = []
    let offset: Int

    init(_ bytes: [UInt8], at offset: Int) {
        self.offset = min(offset, bytes.count)
        let outline = LineOutline(Self.document(bytes, around: self.offset))
        let place = outline.place(of: self.offset)
        if let first = outline.firstKey {
            kind = DocumentKind(rawValue: first.key)
            id = first.value
        }
        path = place.path
        role = place.role
        written = place.written
        scalars = outline.scalars
        around = place.around
    }

    /// The value of a key in the innermost mapping around that has it.
    func enclosing(_ keys: String...) -> String? {
        for values in around {
            for key in keys { if let value = values[key], !value.isEmpty { return value } }
        }
        return nil
    }

    /// The event that the runs of this program begin with.
    var entryEvent: String? {
        ["enter/event", "enter/webhook", "trigger/event", "trigger/webhook"].lazy.compactMap { scalars[$0] }.first
    }

    /// The lines between two `---`, with where they begin.
    private static func document(_ bytes: [UInt8], around offset: Int) -> [(start: Int, text: ArraySlice<UInt8>)] {
        var lines: [(start: Int, text: ArraySlice<UInt8>)] = []
        var start = 0
        while start <= bytes.count {
            let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
            var text = bytes[start..<end]
            if text.last == 0x0D { text.removeLast() }
            if text.starts(with: Array("---".utf8)) {
                if start > offset { break }
                lines = []
            } else {
                lines.append((start, text))
            }
            start = end + 1
        }
        return lines
    }
}
