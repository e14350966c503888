import ArgumentParser
import RuleEngine
import Runner
import Storage

struct Migrate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Bring the database's tables up to this program's version.",
        discussion: """
            Every command that opens the database does so; this one says what was done, and looks at the whole file afterwards. \
            There is no way back but a backup: make one first. With --check nothing is changed, and the exit code is 1 where \
            the tables are older.
            """
    )

    @Flag(help: "Only say whether there is something to do.")
    var check = false

    @OptionGroup var options: CommonOptions

    func run() throws {
        let workspace = try Workspace(options)
        guard FolderWriting.exists(workspace.dataFolder + "/" + BackupFolder.database) else {
            throw CommandFailure(
                .usage, reason: "not_found", message: "there is no database in \(workspace.dataFolder)")
        }
        let now = workspace.environment.now()
        let before = try facts(workspace, .figures, now)
        guard before.version <= before.newestVersion else {
            throw CommandFailure(
                .refused, reason: "newer",
                message: "the tables are of version \(before.version), this program knows \(before.newestVersion)",
                help: "run the newer program that wrote them")
        }
        if check || before.version == before.newestVersion {
            report(before.version, before.newestVersion, isDone: false)
            if check, before.version < before.newestVersion { throw CommandFailure.silent(.failed) }
            return
        }
        _ = try workspace.openSQLite()
        let after = try facts(workspace, .quick, now)
        if let fault = after.faults?.first {
            throw CommandFailure(
                reason: "damaged", message: "the database is damaged: \(fault)",
                help: "restore the backup that was made before, and tell us")
        }
        if before.version != after.version { try workspace.audit("migrate", "tables:\(after.version)") }
        report(before.version, after.version, isDone: true)
    }

    private func facts(
        _ workspace: Workspace, _ depth: StoreHealth.Depth, _ now: Timestamp
    ) throws(CommandFailure) -> StoreFacts {
        try withStore { () throws(StoreError) in
            try StoreHealth(folder: workspace.dataFolder).facts(depth, now: now)
        }
    }

    private func report(_ from: Int64, _ to: Int64, isDone: Bool) {
        if options.json {
            let report: JSON = ["from": JSON(from), "to": JSON(to), "migrated": JSON(isDone)]
            return Terminal.output.write(report.text)
        }
        if from == to { return Terminal.output.line("the tables are of version \(to): nothing to do") }
        Terminal.output.line(
            isDone
                ? "the tables went from version \(from) to \(to), and the file is sound"
                : "the tables are of version \(from), this program's are \(to): back up, then carillon migrate")
    }
}
