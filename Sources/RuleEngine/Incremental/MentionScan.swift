/// Looks for ids in a file's bytes. It finds more than the compiler would (a word of a text, a part of a longer id) and
/// never less: an id cannot be written in another way than by its own letters, except by an escape.
struct MentionScan {
    private var byFirst: [[[UInt8]]] = Array(repeating: [], count: 256)
    /// Of each id.
    private let traces: [[Int]]

    init(_ ids: Set<String>) {
        traces = ids.map { MentionFilter.traces(of: $0) }
        for id in ids {
            let bytes = Array(id.utf8)
            if let first = bytes.first { byFirst[Int(first)].append(bytes) }
        }
        // Behind an escape any letter may stand.
        byFirst[Int(UInt8(ascii: "\\"))] = [[UInt8(ascii: "\\")]]
    }

    func isIn(_ bytes: [UInt8], _ filter: MentionFilter) -> Bool {
        traces.contains { filter.mayHold($0) } && isIn(bytes)
    }

    func isIn(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBufferPointer { bytes in
            byFirst.withUnsafeBufferPointer { table in
                let isFirst = table.map { !$0.isEmpty }
                return isFirst.withUnsafeBufferPointer { isFirst in
                    for index in bytes.indices where isFirst[Int(bytes[index])] {
                        for id in table[Int(bytes[index])] where index + id.count <= bytes.count {
                            var at = 1
                            while at < id.count, id[at] == bytes[index + at] { at += 1 }
                            if at == id.count { return true }
                        }
                    }
                    return false
                }
            }
        }
    }
}
