import RuleEngine
import Runner

/// `check --fix`: mends the files in memory until nothing safe is left to do, then writes those that changed.
struct Fixing {
    /// What the compiler says of the files as they are now.
    let result: Compiler.Result
    private let applied: [FixApplication.Applied]
    private let written: [String]

    init(_ workspace: Workspace) throws(CommandFailure) {
        let files = try workspace.files()
        let fixed = FixApplication.repeated(files, catalog: try workspace.catalog())
        var written: [String] = []
        for (before, after) in zip(files, fixed.result.sources.files) where before.bytes != after.bytes {
            try FileReplacing.replace(
                workspace.folder.path + "/" + before.path,
                holding: before.bytes,
                with: after.bytes
            )
            written.append(before.path)
        }
        result = fixed.result
        applied = fixed.applied
        self.written = written
    }

    func report(to terminal: Terminal) {
        for fix in applied {
            terminal.line("fixed \(fix.path):\(fix.position.line):\(fix.position.column): \(fix.code) \(fix.help)")
        }
        let left = FixApplication(result.diagnostics, in: result.sources).unsafe
        for diagnostic in left {
            let place = result.sources.start(of: diagnostic.primary.span)
            terminal.line(
                "left  \(result.sources.path(of: diagnostic.primary.span)):\(place.line):\(place.column): "
                    + "\(diagnostic.code) \(diagnostic.help ?? diagnostic.message) (may change the meaning)"
            )
        }
        let fixes = applied.isEmpty ? "nothing to fix" : "\(Figures.count(applied.count, "fix", plural: "fixes"))"
        let files = written.isEmpty ? "" : " in \(Figures.count(written.count, "file"))"
        terminal.line("\(fixes)\(files)" + (left.isEmpty ? "" : ", \(left.count) left to you"))
    }
}
