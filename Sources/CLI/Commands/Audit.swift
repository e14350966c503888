import ArgumentParser
import RuleEngine
import Runner
import Storage

struct Audit: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Who changed what, in a chain that shows whether it was touched.",
        subcommands: [List.self, Verify.self], defaultSubcommand: List.self
    )

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "The newest entries.")

        @Option(help: "How many.")
        var limit = 50

        @OptionGroup var options: CommonOptions

        func validate() throws {
            guard limit > 0 else { throw ValidationError("--limit takes a number above 0") }
        }

        func run() throws {
            let store = try Workspace(options).openSQLite()
            let page = try withStore { () throws(StoreError) in
                try store.openAudit().entries(PageRequest(limit: limit))
            }
            if options.json { return Terminal.output.write(JSON.array(page.items.map(\.json)).text) }
            guard !page.items.isEmpty else { return Terminal.output.line("nothing was changed yet") }
            var table = Table(.right, .left, .left, .left, .left)
            for entry in page.items {
                table.add(String(entry.number), Figures.instant(entry.at), entry.actor, entry.action, entry.object)
            }
            Terminal.output.write(table.text)
        }
    }

    struct Verify: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Look whether every entry is as it was written, and none is missing.",
            discussion: """
                Prints the last entry's number and hash. Keep them elsewhere: with --expect they show later whether the end was \
                cut off, which the chain alone can't. `carillon serve` writes a checkpoint every hour into the file \
                audit-checkpoints of the data folder and into its log; the log is held to that file, or to a copy of it that was kept \
                elsewhere.
                """
        )

        @Option(help: "A number and hash that were printed before, as 17:3f….")
        var expect: String?

        @Option(help: "A file of checkpoints that was kept elsewhere. Without it: the data folder's own.")
        var checkpoint: String?

        @OptionGroup var options: CommonOptions

        func run() throws {
            let workspace = try Workspace(options)
            let store = try workspace.openSQLite()
            let log = try withStore { () throws(StoreError) in try store.openAudit() }
            switch try withStore({ () throws(StoreError) in try log.verify() }) {
            case .broken(let number):
                throw CommandFailure(
                    reason: "broken", message: "the audit log is not as it was written, from entry \(number) on",
                    help: "compare it with a backup of the data folder")
            case .whole(let entries, let last):
                if let expect { try check(expect, log, entries) }
                let held = try check(try checkpoints(workspace), log, store.key)
                let hash = AuditEntry.text(of: last)
                if options.json {
                    let report: JSON = [
                        "entries": JSON(entries), "hash": .string(hash), "whole": true, "checkpoints": JSON(held),
                    ]
                    return Terminal.output.write(report.text)
                }
                let count = Figures.count(Int(entries), "entry", plural: "entries")
                let beside = held == 0 ? "" : ", with \(Figures.count(held, "checkpoint"))"
                Terminal.output.line("\(count), whole\(beside); keep elsewhere: \(entries):\(hash)")
            }
        }

        private func checkpoints(_ workspace: Workspace) throws(CommandFailure) -> String {
            guard let checkpoint else { return CheckpointFile.text(of: workspace.dataFolder) ?? "" }
            guard let bytes = FileReading.bytes(of: try AbsolutePath.of(checkpoint)) else {
                throw CommandFailure(.usage, reason: "checkpoint", message: "can't read \(checkpoint)")
            }
            // One that was emptied would prove nothing, and look as if it had.
            guard bytes.contains(where: { $0 > 0x20 }) else {
                throw CommandFailure(
                    reason: "checkpoint", message: "\(checkpoint) holds no checkpoint",
                    help: "each is a line of JSON, as `carillon serve` writes it")
            }
            return String(decoding: bytes, as: UTF8.self)
        }

        /// - Returns: how many there are.
        private func check(
            _ checkpoints: String, _ log: any AuditLog, _ key: DataKey
        ) throws(CommandFailure) -> Int {
            switch try withStore({ () throws(StoreError) in try log.holds(checkpoints, under: key) }) {
            case .held(let count): return count
            case .unreadable(let line):
                throw CommandFailure(
                    reason: "checkpoint", message: "line \(line) of the checkpoints is none",
                    help: "each is a line of JSON, as `carillon serve` writes it")
            case .foreign(let line):
                throw CommandFailure(
                    reason: "checkpoint",
                    message: "line \(line) of the checkpoints was not written by this data folder",
                    help: "it was changed, or belongs to another; compare it with the log of `carillon serve`")
            case .lost(let entry, let since):
                throw CommandFailure(
                    reason: "broken",
                    message: "entry \(entry) is not the one that was there at \(Figures.instant(since))",
                    help: "entries were cut off or written anew: compare the log with a backup")
            }
        }

        private func check(_ expect: String, _ log: any AuditLog, _ entries: Int64) throws {
            let parts = expect.split(separator: ":")
            guard parts.count == 2, let number = Int64(parts[0]), number > 0 else {
                throw CommandFailure(.usage, reason: "expect", message: "--expect takes a number and a hash, as 17:3f…")
            }
            let found = try withStore { () throws(StoreError) in try log.entry(number) }
            guard let found, AuditEntry.text(of: found.hash) == parts[1] else {
                throw CommandFailure(
                    reason: "broken", message: "entry \(number) is not the one that was there before",
                    help: "entries were cut off or written anew: compare the log with a backup")
            }
        }
    }
}
