/// A text that an editor has open. What it holds counts, whatever lies on disk.
struct TextDocument: Sendable {
    let uri: String
    private(set) var version: Int
    private(set) var bytes: [UInt8]

    init(uri: String, version: Int, text: String) {
        self.uri = uri
        self.version = version
        bytes = Array(text.utf8)
    }

    /// One edit after the other: each speaks of the text that the one before has left. False where one can't be read;
    /// the text is as it was then.
    mutating func apply(_ changes: [JSONValue], version: Int, _ encoding: LineTable.Encoding) -> Bool {
        var changed = bytes
        for change in changes {
            guard let text = change["text"].text else { return false }
            let range = change["range"]
            if range == .null {
                changed = Array(text.utf8)
                continue
            }
            let lines = LineTable(changed, encoding)
            guard let start = lines.offset(of: range["start"]), let end = lines.offset(of: range["end"]), start <= end
            else { return false }
            changed.replaceSubrange(start..<end, with: Array(text.utf8))
        }
        bytes = changed
        self.version = version
        return true
    }
}
