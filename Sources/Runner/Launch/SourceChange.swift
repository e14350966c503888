/// Which lines differ between two versions of a file, as people read it in a terminal.
enum SourceChange {
    /// `-` lines were there, `+` lines are there now; at most twenty.
    static func lines(from old: String, to new: String) -> [String] {
        let before = old.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let after = new.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard before != after else {
            return ["  (the change is in a segment, template, policy or channel that it uses)"]
        }
        var lines: [String] = []
        for change in after.difference(from: before) {
            switch change {
            case .remove(let offset, let element, _): lines.append("  - \(offset + 1): \(element)")
            case .insert(let offset, let element, _): lines.append("  + \(offset + 1): \(element)")
            }
        }
        return lines.count > 20 ? lines.prefix(20) + ["  … and \(lines.count - 20) more"] : lines
    }
}
