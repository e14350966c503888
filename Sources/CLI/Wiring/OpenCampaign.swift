import Channels
import RuleEngine
import Runner

/// A campaign that compiled, with its channel made and its store open.
struct OpenCampaign {
    let program: CampaignProgram
    let sources: SourceMap
    /// One a lane: every channel of `via`, in order.
    let channels: [any Channel]
    /// The first of them.
    var channel: any Channel { channels[0] }
    let store: any Store
    let environment: RunnerEnvironment

    /// - Parameter name: the campaign's file, or its id.
    /// - Parameter toSend: false where messages are only made, which needs no secret.
    /// - Parameter sandbox: stands in for every provider.
    init(
        _ name: String,
        in workspace: Workspace,
        toSend: Bool,
        sandbox: SandboxAddress? = nil
    ) throws(CommandFailure) {
        let (project, sources) = try workspace.checked()
        let id = try Self.id(of: name, project, sources, workspace)
        try self.init(
            id: id,
            project: project,
            sources: sources,
            workspace: workspace,
            toSend: toSend,
            sandbox: sandbox
        )
    }

    init(
        id: String,
        project: CheckedProject,
        sources: SourceMap,
        workspace: Workspace,
        toSend: Bool,
        sandbox: SandboxAddress? = nil
    ) throws(CommandFailure) {
        let zoneName = project.settings.timeZone
        guard let zone = TimeZoneLoader.rules(for: zoneName) else {
            throw CommandFailure(
                reason: "time_zone",
                message: "the machine knows no time zone `\(zoneName)`",
                help: "check the name, or install the package tzdata"
            )
        }
        if case .zone(let name)? = project.campaigns[id]?.schedule?.schedule.clock,
            TimeZoneLoader.rules(for: name) == nil
        {
            throw CommandFailure(
                reason: "time_zone",
                message: "the machine knows no time zone `\(name)`",
                help: "check the name in `schedule`, or install the package tzdata"
            )
        }
        guard let program = CampaignProgram(id: id, in: project, sources: sources, zone: zone) else {
            throw CommandFailure(.usage, reason: "not_found", message: "there is no campaign `\(id)`")
        }
        let factory = ChannelFactory(
            secrets: workspace.secrets,
            baseFolder: workspace.folder.path,
            sandbox: sandbox
        )
        var channels: [any Channel] = []
        for account in program.lanes {
            do throws(ChannelSetupError) {
                channels.append(try factory.channel(for: account, toSend: toSend))
            } catch {
                throw CommandFailure(reason: "channel", message: error.message, help: error.help)
            }
        }
        self.channels = channels
        self.program = program
        self.sources = sources
        store = try workspace.openStore()
        environment = workspace.environment
    }

    static func id(
        of name: String,
        _ project: CheckedProject,
        _ sources: SourceMap,
        _ workspace: Workspace
    ) throws(CommandFailure) -> String {
        if project.campaigns[name] != nil { return name }
        let path = try workspace.pathInProject(name)
        let journeys = project.journeys.filter { $0.id == name || sources.file($0.file).path == path }
        if let journey = journeys.first,
            !project.campaigns.values.contains(where: { sources.file($0.file).path == path })
        {
            throw CommandFailure(
                .refused, reason: "no_campaign", message: "`\(journey.id)` is a \(journey.kind.rawValue)",
                help: "`carillon activate \(journey.id)` lets people in; `carillon run` without a name runs it")
        }
        let ids = project.campaigns.values.filter { sources.file($0.file).path == path }.map(\.id).sorted()
        switch ids.count {
        case 1: return ids[0]
        case 0:
            let known = project.campaigns.keys.sorted().map { "`\($0)`" }.joined(separator: ", ")
            let isThere = FileReading.isFile(workspace.folder.path + "/" + path)
            throw CommandFailure(
                .usage,
                reason: "not_found",
                message: isThere
                    ? "\(path) holds no campaign, or `files:` in carillon.yaml does not name it"
                    : FileReading.isFile(name)
                        ? "`\(name)` is no file of this project" : "there is no campaign and no file `\(name)`",
                help: known.isEmpty ? nil : "campaigns of this project: \(known)"
            )
        default:
            throw CommandFailure(
                .usage,
                reason: "ambiguous",
                message: "\(path) holds several campaigns",
                help: "name one of them: " + ids.joined(separator: ", ")
            )
        }
    }
}

extension SourceMap {
    /// `segments/a.yaml:3:5`.
    func describe(_ span: SourceSpan) -> String {
        let place = start(of: span)
        return "\(path(of: span)):\(place.line):\(place.column)"
    }
}

extension Workspace {
    /// A path from the command line, as the project's sources name the file.
    func pathInProject(_ path: String) throws(CommandFailure) -> String {
        let absolute = try AbsolutePath.resolved(path)
        let root = try AbsolutePath.resolved(folder.path)
        return absolute.hasPrefix(root + "/") ? String(absolute.dropFirst(root.utf8.count + 1)) : path
    }
}
