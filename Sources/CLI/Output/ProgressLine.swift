/// One line on the terminal that is written over as work goes on; nothing at all where nobody is looking.
final class ProgressLine {
    private let terminal = Terminal.error
    private let isShown: Bool
    private var isDirty = false

    /// - Parameter isQuiet: for `--json`, whose readers want nothing else.
    init(isQuiet: Bool) {
        isShown = !isQuiet && Terminal.error.isInteractive
    }

    func show(_ text: String) {
        guard isShown else { return }
        let limit = max(10, terminal.columns - 1)
        terminal.write("\r\u{1B}[2K" + (Table.width(text) > limit ? String(text.prefix(limit)) : text))
        isDirty = true
    }

    /// Leaves an empty line behind, for what comes next.
    func clear() {
        guard isDirty else { return }
        terminal.write("\r\u{1B}[2K")
        isDirty = false
    }

    deinit {
        clear()
    }
}
