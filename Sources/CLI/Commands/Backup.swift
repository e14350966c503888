import ArgumentParser
import Glibc
import Runner
import Storage

struct Backup: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Copy the data folder as it is at one instant, while everything goes on.",
        discussion: """
            FOLDER is made and must not exist yet. It gets the database, the key without which nobody can read it, and a list \
            of both with the hashes of the project's files: keep it where only you can read. `carillon restore FOLDER` puts \
            it back.
            """
    )

    @Argument(help: "The folder to make.")
    var folder: String

    @OptionGroup var options: CommonOptions

    func run() throws {
        let workspace = try Workspace(options)
        let target = try AbsolutePath.of(folder)
        let store = try workspace.openSQLite()
        // Whole, or not there at all: what is cut short keeps its other name.
        let draft = target + ".partial"
        guard !FolderWriting.exists(target), !FolderWriting.exists(draft) else {
            throw CommandFailure(
                .usage, reason: "exists", message: "\(FolderWriting.exists(target) ? target : draft) is there already",
                help: "name a folder that isn't: a backup never writes over anything")
        }
        guard mkdir(draft, 0o700) == 0 else {
            throw CommandFailure(
                reason: "file", message: "can't make the folder \(draft): \(String(cString: strerror(errno)))")
        }
        var isWhole = false
        defer {
            if !isWhole {
                for name in [BackupFolder.database, BackupFolder.database + "-wal", BackupFolder.database + "-shm"] {
                    unlink(draft + "/" + name)
                }
                unlink(draft + "/key")
                unlink(draft + "/" + BackupFolder.list)
                rmdir(draft)
            }
        }
        let line = ProgressLine(isQuiet: options.json)
        let now = workspace.environment.now()
        let backup = try withStore { () throws(StoreError) in
            let schema = try store.backUp(to: draft, now: now) { line.show("copied \(Int($0 * 100)) %") }
            return try BackupFolder.seal(
                draft, madeAt: now, program: CarillonVersion.text, schema: schema, project: workspace.folder.load())
        }
        line.clear()
        guard rename(draft, target) == 0 else {
            throw CommandFailure(
                reason: "file", message: "can't rename \(draft): \(String(cString: strerror(errno)))")
        }
        isWhole = true
        try workspace.audit("makeBackup", "")
        if options.json {
            return Terminal.output.write(backup.json.adding("folder", .string(target)).text)
        }
        let size = backup.contents.reduce(0) { $0 + $1.size }
        Terminal.output.line(
            "backed up to \(target): \(HealthCheck.size(Int64(size))), tables of version \(backup.schema)")
    }
}
