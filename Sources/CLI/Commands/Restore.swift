import ArgumentParser
import Glibc
import Runner
import Storage

struct Restore: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Put a backup back. It sends nothing until you say that it may.",
        discussion: """
            The data folder must hold no database: move the old one away first. What the backup still has to send the original \
            may have sent since, so the copy begins nothing by itself. Make sure that the original is stopped, look at `carillon \
            status`, pause or cancel what must not go on, then: carillon restore --confirm. What was on its way when the backup \
            was made is uncertain from then on.
            """
    )

    @Argument(help: "The backup's folder.")
    var folder: String?

    @Flag(help: "Let a restored copy send: the original is stopped.")
    var confirm = false

    @OptionGroup var options: CommonOptions

    func validate() throws {
        guard (folder == nil) == confirm else { throw ValidationError("name a backup, or say --confirm") }
    }

    func run() throws {
        let workspace = try Workspace(options)
        if let folder { try restore(folder, to: workspace) } else { try takeOver(workspace) }
    }

    private func restore(_ folder: String, to workspace: Workspace) throws {
        let source = try AbsolutePath.of(folder)
        let database = workspace.dataFolder + "/" + BackupFolder.database
        // A file without a byte is what is left of one.
        for path in [database, database + "-wal"] where FolderWriting.holdsSomething(path) {
            throw CommandFailure(
                .refused, reason: "exists", message: "there is data already: \(path)",
                help: "stop what uses it and move \(workspace.dataFolder) away, or name another folder with --data")
        }
        let backup: BackupFolder
        do throws(BackupFolder.Fault) {
            backup = try BackupFolder.read(source)
        } catch {
            throw CommandFailure(reason: "backup", message: error.message, help: "nothing was written")
        }
        // The folder itself is made where its mode is known.
        try FolderWriting.makeFolders(
            "/" + workspace.dataFolder.split(separator: "/").dropLast().joined(separator: "/"))
        try withStore { () throws(StoreError) in try SQLiteStore.restore(from: source, to: workspace.dataFolder) }
        // In the copy, behind all that the original had written down by then.
        try workspace.audit("restoreBackup", "backup:" + Figures.instant(backup.madeAt))
        let changes = backup.changes(to: workspace.folder.load())
        if options.json {
            let report: JSON = [
                "data": .string(workspace.dataFolder), "made_at": .string(Figures.instant(backup.madeAt)),
                "schema_version": JSON(backup.schema), "changed_files": JSON(changes), "sends": JSON(false),
            ]
            return Terminal.output.write(report.text)
        }
        Terminal.output.line("restored to \(workspace.dataFolder), as it was at \(Figures.instant(backup.madeAt))")
        if !changes.isEmpty {
            Terminal.output.line(
                "\(Figures.count(changes.count, "file")) of the project \(changes.count == 1 ? "is" : "are") otherwise "
                    + "than then: \(changes.prefix(5).joined(separator: ", "))\(changes.count > 5 ? ", …" : "")")
        }
        Terminal.output.line("It sends nothing yet. Stop the original, look at `carillon status`, then:")
        Terminal.output.line("  carillon restore --confirm")
    }

    private func takeOver(_ workspace: Workspace) throws {
        let store = try workspace.openSQLite()
        let count = try withStore { () throws(StoreError) in try store.takeOver(now: workspace.environment.now()) }
        guard let count else {
            throw CommandFailure(
                .refused, reason: "no_copy",
                message: "this data folder is no restored copy: nothing has to be confirmed")
        }
        try workspace.audit("confirmRestore", "")
        if options.json {
            return Terminal.output.write((["sends": JSON(true), "uncertain": JSON(count)] as JSON).text)
        }
        Terminal.output.line("this data folder may send from now on")
        if count > 0 {
            Terminal.output.line(
                "\(Figures.count(count, "message")) on the way at the backup \(count == 1 ? "is" : "are") uncertain: "
                    + "carillon uncertain")
        }
    }
}
