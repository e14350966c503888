/// The keys of a document by the indentation of its lines.
struct LineOutline {
    struct Place {
        var path: [CursorContext.Step] = []
        var role = CursorContext.Role.key(siblings: [])
        var written: [UInt8] = []
        /// The one-line values of the mappings around, the innermost first.
        var around: [[String: String]] = []
    }

    /// A key or a list item under which others stand.
    private struct Node {
        let column: Int
        let parent: Int
        /// Nil for an item.
        let key: String?
        let value: String
        let line: Int
        /// The value is a block, or goes on in flow style.
        var isBlock = false
    }

    private let lines: [(start: Int, text: ArraySlice<UInt8>)]
    /// In the order of the text. The first stands for the document.
    private var nodes: [Node] = [Node(column: -1, parent: -1, key: nil, value: "", line: -1)]
    /// What each line stands under: the innermost open node before it.
    private var opened: [[Int]] = []

    init(_ lines: [(start: Int, text: ArraySlice<UInt8>)]) {
        self.lines = lines
        var open = [0]
        for (index, line) in lines.enumerated() {
            opened.append(open)
            read(Array(line.text), line: index, &open)
        }
    }

    private mutating func read(_ text: [UInt8], line: Int, _ open: inout [Int]) {
        var column = text.prefix { $0 == 0x20 }.count
        guard column < text.count, text[column] != UInt8(ascii: "#") else { return }
        if let last = open.last, nodes[last].isBlock, column > nodes[last].column { return }
        // Deeper than any file that the compiler reads.
        while open.count < 100, let rest = Self.dash(text, column) {
            close(&open, from: column, isItem: true)
            open.append(nodes.count)
            nodes.append(Node(column: column, parent: open[open.count - 2], key: nil, value: "", line: line))
            column = rest
        }
        guard let (key, value) = Self.keyValue(text[min(column, text.count)...]) else { return }
        close(&open, from: column, isItem: false)
        var node = Node(column: column, parent: open.last ?? 0, key: key, value: value, line: line)
        node.isBlock = value.hasPrefix("|") || value.hasPrefix(">")
        open.append(nodes.count)
        nodes.append(node)
    }

    /// Nodes at this column or right of it are over. A list may stand at the column of its own key.
    private func close(_ open: inout [Int], from column: Int, isItem: Bool) {
        while open.count > 1, let last = open.last, nodes[last].column >= column {
            if isItem, nodes[last].column == column, nodes[last].key != nil { break }
            open.removeLast()
        }
    }

    /// Where the content of a list item begins.
    private static func dash(_ text: [UInt8], _ column: Int) -> Int? {
        guard column < text.count, text[column] == UInt8(ascii: "-"),
            column + 1 == text.count || text[column + 1] == 0x20
        else { return nil }
        var rest = column + 1
        while rest < text.count, text[rest] == 0x20 { rest += 1 }
        return rest
    }

    /// `key: value`; the key may stand in quotes.
    static func keyValue(_ text: ArraySlice<UInt8>) -> (key: String, value: String)? {
        var index = text.startIndex
        while index < text.endIndex {
            let byte = text[index]
            if byte == UInt8(ascii: ":"), index + 1 == text.endIndex || text[index + 1] == 0x20 {
                let key = Self.plain(text[..<index])
                return key.isEmpty ? nil : (key, Self.plain(text[(index + 1)...]))
            }
            // A key is a name: anything else begins a value.
            let isName = byte > 0x20 && !"{[,&*!|>%@`".utf8.contains(byte)
            guard isName || byte == 0x20 && index > text.startIndex else { return nil }
            index += 1
        }
        return nil
    }

    /// Without blanks around it, a comment behind it, and quotes.
    private static func plain(_ text: ArraySlice<UInt8>) -> String {
        var text = text.drop { $0 == 0x20 }
        if let comment = text.indices.first(where: {
            text[$0] == UInt8(ascii: "#") && $0 > text.startIndex && text[$0 - 1] == 0x20
        }) {
            text = text[..<comment]
        }
        while text.last == 0x20 { text.removeLast() }
        if text.count >= 2, let quote = text.first, quote == text.last, quote == 0x22 || quote == 0x27 {
            text = text.dropFirst().dropLast()
        }
        return String(decoding: text, as: UTF8.self)
    }

    // MARK: Answers

    var firstKey: (key: String, value: String)? {
        nodes.first { $0.key != nil }.map { ($0.key ?? "", $0.value) }
    }

    private func keys(under node: Int) -> [(key: String, value: String)] {
        nodes.filter { $0.parent == node }.compactMap { child in child.key.map { ($0, child.value) } }
    }

    private func path(to node: Int) -> [CursorContext.Step] {
        var steps: [CursorContext.Step] = []
        var index = node
        while index > 0 {
            steps.append(nodes[index].key.map { .key($0) } ?? .item(keys(under: index).map(\.key)))
            index = nodes[index].parent
        }
        return steps.reversed()
    }

    /// One-line values by their paths; of several at one path the first. Flow mappings are looked into.
    var scalars: [String: String] {
        var found: [String: String] = [:]
        for (index, node) in nodes.enumerated() where node.key != nil {
            var names: [String] = []
            var at = index
            while at > 0 {
                names.append(nodes[at].key ?? "-")
                at = nodes[at].parent
            }
            let path = names.reversed().joined(separator: "/")
            if found[path] == nil { found[path] = node.value }
            guard node.value.hasPrefix("{") else { continue }
            let flow = FlowScan(Array(node.value.utf8))
            for (key, value) in flow.outermost where found[path + "/" + key] == nil { found[path + "/" + key] = value }
        }
        return found
    }

    func place(of offset: Int) -> Place {
        guard let index = lines.lastIndex(where: { $0.start <= offset }) else { return Place() }
        let line = Array(lines[index].text)
        let cursor = min(offset - lines[index].start, line.count)
        var open = opened[index]
        if let last = open.last, nodes[last].isBlock, isContent(line, cursor, of: nodes[last]) {
            return block(last, index, cursor)
        }
        if Self.isComment(line[..<cursor]) { return Place(role: .comment) }
        var column = min(line.prefix { $0 == 0x20 }.count, cursor)
        if line.allSatisfy({ $0 == 0x20 }) { column = cursor }
        var extra: [CursorContext.Step] = []
        var container = -1
        while let rest = Self.dash(line, column), column < cursor {
            close(&open, from: column, isItem: true)
            let own = nodes.indices.first {
                nodes[$0].line == index && nodes[$0].key == nil && nodes[$0].column == column
            }
            open.append(own ?? nodes.count)
            if own == nil { extra.append(.item([])) }
            container = own ?? -1
            // A blank line's end is where the item's content will stand.
            column = line[min(rest, line.count)...].allSatisfy({ $0 == 0x20 }) ? cursor : rest
        }
        let content = line[min(column, cursor)..<cursor]
        if container == -1, extra.isEmpty { close(&open, from: column, isItem: false) }
        let parent = open.last.flatMap { $0 < nodes.count ? $0 : nil } ?? 0
        var place = Place(path: path(to: parent) + extra, around: around(parent))
        if !extra.isEmpty { place.around.insert([:], at: 0) }
        // A flow value that began in a line above goes on here.
        if let last = open.last, last > 0, last < nodes.count, let flow = openFlow(last, before: index, content) {
            flow.complete(&place)
            return place
        }
        let siblings = extra.isEmpty ? keys(under: parent) : []
        guard let (key, _) = Self.keyValue(content) else {
            place.written = Array(content.drop { $0 == 0x20 })
            if let first = place.written.first, first == UInt8(ascii: "[") || first == UInt8(ascii: "{") {
                FlowScan(place.written).complete(&place)
                return place
            }
            let own = Self.keyValue(line[min(column, line.count)...])?.key
            place.role = .key(siblings: siblings.map(\.key).filter { $0 != own })
            return place
        }
        place.path.append(.key(key))
        place.role = .value
        let colon = content.indices.first {
            content[$0] == UInt8(ascii: ":") && ($0 + 1 == content.endIndex || content[$0 + 1] == 0x20)
        }
        place.written = Array(content[((colon ?? content.startIndex) + 1)...].drop { $0 == 0x20 })
        if let first = place.written.first, first == UInt8(ascii: "[") || first == UInt8(ascii: "{") {
            FlowScan(place.written).complete(&place)
        }
        return place
    }

    /// Whether a sign of comment stands in front of the cursor, outside of quotes.
    private static func isComment(_ text: ArraySlice<UInt8>) -> Bool {
        var quote: UInt8?
        var last: UInt8 = 0x20
        for byte in text {
            if byte == UInt8(ascii: "#"), last == 0x20, quote == nil { return true }
            if byte == quote {
                quote = nil
            } else if quote == nil, byte == 0x22 || byte == 0x27, last == 0x20 || last == 0x5B || last == 0x28 {
                quote = byte
            }
            last = byte
        }
        return false
    }

    private func isContent(_ line: [UInt8], _ cursor: Int, of node: Node) -> Bool {
        let indent = line.prefix { $0 == 0x20 }.count
        return indent == line.count ? cursor > node.column : indent > node.column
    }

    /// The lines of a block scalar up to the cursor.
    private func block(_ node: Int, _ index: Int, _ cursor: Int) -> Place {
        var written: [UInt8] = []
        for line in nodes[node].line + 1..<max(index, nodes[node].line + 1) {
            written += Array(lines[line].text) + [0x0A]
        }
        written += lines[index].text.prefix(cursor)
        return Place(path: path(to: node), role: .value, written: written, around: around(nodes[node].parent))
    }

    private func around(_ node: Int) -> [[String: String]] {
        var found: [[String: String]] = []
        var index = node
        while index >= 0 {
            found.append(Dictionary(keys(under: index).map { ($0.key, $0.value) }) { first, _ in first })
            index = nodes[index].parent
        }
        return found
    }

    /// Where the value of a node is a flow collection that is still open in front of a line.
    private func openFlow(_ node: Int, before index: Int, _ content: ArraySlice<UInt8>) -> FlowScan? {
        guard nodes[node].value.hasPrefix("{") || nodes[node].value.hasPrefix("["), nodes[node].line < index else {
            return nil
        }
        var text = Array(nodes[node].value.utf8)
        for line in nodes[node].line + 1..<index { text += [0x20] + Array(lines[line].text) }
        guard FlowScan(text).isOpen else { return nil }
        return FlowScan(text + [0x20] + content)
    }
}
