import ArgumentParser
import Glibc
import RuleEngine
import Runner

struct Messages: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List a campaign's recipients, one line each.",
        discussion: """
            --csv writes contact, channel, address, status, reason, provider id, attempts, cost, times and what the \
            provider told of every recipient; `--csv -` to standard output.
            """
    )

    @Argument(help: "The campaign's id.")
    var id: String

    @Option(help: "Write all of them as CSV into this file, `-` for standard output.")
    var csv: String?

    @Option(help: "Only those in this state (accepted, skipped, rejected, uncertain …).", transform: LedgerWords.state)
    var state: DeliveryState?

    @Option(help: "How many lines on a terminal.")
    var limit = 50

    @OptionGroup var options: CommonOptions

    func run() throws {
        let workspace = try Workspace(options)
        let store = try workspace.openStore()
        let reader = try withStore { () throws(StoreError) in try store.openReader() }
        let id = CampaignName.id(id)
        let launch = try withStore { () throws(StoreError) in try reader.latestLaunch(of: id) }
        guard let launch else { throw CampaignName.neverRun(id) }
        try workspace.audit("exportRecipients", "program:" + id)
        if let csv {
            try writeCSV(to: csv, launch: launch.id, reader)
        } else if options.json {
            try writeJSON(launch: launch.id, reader)
        } else {
            try writeTable(launch: launch.id, reader)
        }
    }

    private func writeCSV(to path: String, launch: LaunchID, _ reader: any LedgerReader) throws {
        let isStandardOutput = path == "-"
        let descriptor = isStandardOutput ? STDOUT_FILENO : open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw CommandFailure(reason: "file", message: "can't write \(path): \(String(cString: strerror(errno)))")
        }
        defer { if !isStandardOutput { close(descriptor) } }
        var file = BufferedFile(descriptor)
        file.write(DeliveryCSV.header)
        var count = 0
        try forEach(of: launch, reader) { record in
            file.write(DeliveryCSV.line(record))
            count += 1
            return !file.isBroken
        }
        file.flush()
        if file.isBroken, !isStandardOutput {
            throw CommandFailure(
                reason: "file",
                message: "could not write all of \(path)",
                help: "check the disk's space"
            )
        }
        if options.json {
            let report: JSON = ["file": .string(path), "rows": JSON(count)]
            Terminal.output.write(report.text)
        } else if !isStandardOutput {
            Terminal.error.line("\(path): \(Figures.count(count, "line"))")
        }
    }

    /// One array, an element a line: a million of them are written as they are read.
    private func writeJSON(launch: LaunchID, _ reader: any LedgerReader) throws {
        var file = BufferedFile(STDOUT_FILENO)
        var isFirst = true
        file.write("[")
        try forEach(of: launch, reader) { record in
            file.write((isFirst ? "\n" : ",\n") + record.json.compactText)
            isFirst = false
            return !file.isBroken
        }
        file.write("\n]\n")
        file.flush()
    }

    private func writeTable(launch: LaunchID, _ reader: any LedgerReader) throws {
        var table = Table(.left, .left, .left, .left, .left, .right, indent: 0)
        var count = 0
        try forEach(of: launch, reader) { record in
            count += 1
            guard count <= limit else { return true }
            table.add(
                record.externalID,
                record.address,
                record.state.name,
                record.reason ?? "",
                record.news?.words.joined(separator: ", ") ?? "",
                record.acceptedAt.map(Figures.instant) ?? ""
            )
            return true
        }
        Terminal.output.write(table.text)
        if count > limit {
            Terminal.error.line("… and \(Figures.count(count - limit)) more; `--csv FILE` writes all of them")
        }
    }

    private func forEach(
        of launch: LaunchID,
        _ reader: any LedgerReader,
        _ body: (DeliveryRecord) throws -> Bool
    ) throws {
        do {
            try reader.forEachDelivery(of: launch, state: state, body)
        } catch let error as StoreError {
            throw CommandFailure(error)
        }
    }
}
