import ArgumentParser
import Channels
import Glibc
import RuleEngine
import Runner
import Storage

struct Doctor: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look at everything that has to be well: files, database, disk, clock, runner, channels, secrets.",
        discussion: """
            Changes nothing, sends nothing and calls nobody. Each finding that isn't well says what to do. Exit code 1 where \
            something fails; warnings are for people.
            """
    )

    @Flag(help: "Look at every entry of the database: slow for large ones.")
    var deep = false

    @OptionGroup var options: CommonOptions

    func run() throws {
        let workspace = try Workspace(options)
        let findings = try DoctorRound(workspace: workspace, isDeep: deep).findings()
        let failed = findings.filter { $0.level == .failure }.count
        if options.json {
            let rows = findings.map { finding -> JSON in
                [
                    "check": .string(finding.check), "level": .string(finding.level.rawValue),
                    "text": .string(finding.text), "help": JSON(finding.help),
                ]
            }
            Terminal.output.write((["failures": JSON(failed), "findings": .array(rows)] as JSON).text)
        } else {
            let width = findings.map(\.check.count).max() ?? 0
            for finding in findings { Terminal.output.line(Self.line(finding, width: width)) }
        }
        if failed > 0 { throw CommandFailure.silent(.failed) }
    }

    private static func line(_ finding: HealthFinding, width: Int) -> String {
        let output = Terminal.output
        let mark =
            switch finding.level {
            case .ok: output.styled("ok  ", .green)
            case .warning: output.styled("warn", .yellow)
            case .failure: output.styled("FAIL", .red)
            }
        let gap = String(repeating: " ", count: width - finding.check.count + 2)
        let indent = String(repeating: " ", count: width + 7)
        return "\(mark) \(finding.check)\(gap)\(finding.text)" + (finding.help.map { "\n\(indent)\($0)" } ?? "")
    }
}

/// Gathers what is to be judged.
private struct DoctorRound {
    let workspace: Workspace
    let isDeep: Bool

    func findings() throws(CommandFailure) -> [HealthFinding] {
        let now = workspace.environment.now()
        let check = HealthCheck(now: now)
        // Of a database that can't be opened, the fields that imports brought are unknown; the files compile without.
        let database = workspace.dataFolder + "/" + BackupFolder.database
        var findings: [HealthFinding] = []
        var facts: StoreFacts?
        if FolderWriting.exists(database) {
            do throws(StoreError) {
                facts = try StoreHealth(folder: workspace.dataFolder).facts(isDeep ? .deep : .quick, now: now)
            } catch {
                let help =
                    switch error {
                    case .unusable: "restore the last backup if it can't be mended"
                    case .busy, .failed: CommandFailure(error).help
                    }
                findings.append(HealthFinding("database", .failure, CommandFailure(error).message, help: help))
            }
        } else if FolderWriting.exists(workspace.dataFolder + "/instance") {
            findings.append(
                HealthFinding(
                    "database", .failure, "it is gone, and this folder was in use",
                    help: "put the last backup back: carillon restore FOLDER"))
        } else {
            findings.append(
                HealthFinding("database", .ok, "none in \(workspace.dataFolder) yet: the first import makes it"))
        }
        if let facts { findings += check.store(facts, runner: runner()) }
        findings.append(check.zones(release: TimeZoneLoader.version))
        findings += secrecy(check)
        // Behind this point the store is opened as every command does, which brings its tables up to date.
        let isUsable =
            facts.map { $0.version == $0.newestVersion && $0.hasItsKey && $0.faults?.isEmpty != false } ?? true
        if isUsable, facts != nil { findings.append(try audit(check)) }
        let result = isUsable ? try? workspace.compile() : nil
        if let result {
            let report = DiagnosticReport(result)
            findings.insert(
                check.project(errors: report.errors, warnings: report.warnings, files: workspace.folder.load().count),
                at: 0)
            if let project = result.project { findings += channels(project, check, hasStore: facts != nil) }
        }
        return findings
    }

    /// All of it takes as long as the log is long.
    private func audit(_ check: HealthCheck) throws(CommandFailure) -> HealthFinding {
        let store = try workspace.openSQLite()
        return try withStore { () throws(StoreError) in
            let log = try store.openAudit()
            return check.audit(
                isDeep ? try log.verify() : try log.verifyTail(),
                try log.holds(CheckpointFile.text(of: workspace.dataFolder) ?? "", under: store.key))
        }
    }

    private func runner() -> String? {
        let folder = workspace.dataFolder
        return (try? SQLiteStore.runner(of: folder))?.name
    }

    private func secrecy(_ check: HealthCheck) -> [HealthFinding] {
        var paths = [workspace.dataFolder]
        paths += ["carillon.db", "carillon.db-wal", "key", "instance", CheckpointFile.name].map {
            workspace.dataFolder + "/" + $0
        }
        if let folder = ProcessEnvironment.all()["CARILLON_SECRETS"] {
            paths += FileReading.files(below: folder).map { folder + "/" + $0 }
        }
        var looked = 0
        let findings = paths.compactMap { path -> HealthFinding? in
            var status = stat()
            guard stat(path, &status) == 0 else { return nil }
            looked += 1
            return check.secrecy(path, mode: UInt32(status.st_mode) & 0o777)
        }
        guard findings.isEmpty else { return findings }
        return [HealthFinding("secrets", .ok, "\(Figures.count(looked, "path")) are their owner's alone")]
    }

    private func channels(_ project: CheckedProject, _ check: HealthCheck, hasStore: Bool) -> [HealthFinding] {
        let secrets = SecretResolver(environment: ProcessEnvironment.all())
        let records = hasStore ? (try? workspace.openSQLite().channelRecords()) ?? [:] : [:]
        return project.channels.values.sorted { $0.id < $1.id }.map { channel in
            let missing = channel.secret.flatMap { name in (try? secrets.secret(named: name)) == nil ? name : nil }
            let traits = ChannelRegistry.descriptor(of: channel.provider)?.traits
            // That it was sent may be all that a provider ever tells.
            let tells = traits?.statuses.subtracting([.sent, .clicked]).isEmpty == false
            return check.channel(
                channel.id, records[channel.id], missing: missing,
                isHeardOf: tells && WebhookRegistry.kind(of: channel.provider) != nil)
        }
    }
}
