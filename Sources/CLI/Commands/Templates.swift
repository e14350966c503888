import ArgumentParser
import Channels
import RuleEngine
import Runner

struct Templates: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look at templates as a contact would get them.",
        subcommands: [Preview.self]
    )

    struct Preview: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show the text of a template for one contact, and write its HTML to a file.",
            discussion: "Sends nothing. The template is shown as the campaign that sends it would."
        )

        @Argument(help: "The template's id, or a campaign's for a message that is written in it.")
        var id: String

        @Option(name: .customLong("as"), help: "The contact's id or address.")
        var contact: String

        @Option(help: "The file for the HTML. Without it: previews/ID.CONTACT.html in the project's folder.")
        var html: String?

        @OptionGroup var options: CommonOptions

        func run() throws {
            let workspace = try Workspace(options)
            let (project, sources) = try workspace.checked()
            let campaign = try OpenCampaign(
                id: try campaignID(project),
                project: project,
                sources: sources,
                workspace: workspace,
                toSend: false
            )
            let preview = MessagePreview(
                program: campaign.program,
                store: campaign.store,
                channel: campaign.channel,
                environment: campaign.environment
            )
            let message = try orExplain { () throws(MessagePreview.Failure) in try preview.message(as: contact) }
            let file = try writeHTML(message, in: workspace)
            options.json ? printJSON(message, file) : printText(message, file)
        }

        private func campaignID(_ project: CheckedProject) throws(CommandFailure) -> String {
            if project.campaigns[id] != nil { return id }
            if let user = project.campaigns.values.filter({ $0.template.id == id }).map(\.id).sorted().first {
                return user
            }
            let known = Set(project.campaigns.values.compactMap(\.template.id)).sorted().joined(separator: ", ")
            throw CommandFailure(
                .usage,
                reason: "not_found",
                message: "no campaign sends a template `\(id)`",
                help: known.isEmpty ? nil : "templates in use: \(known)"
            )
        }

        private func writeHTML(
            _ message: MessagePreview.Message,
            in workspace: Workspace
        ) throws(CommandFailure) -> String? {
            guard let text = message.html else { return nil }
            if let html {
                try FolderWriting.write(text, to: html, replacing: true)
                return html
            }
            let folder = workspace.folder.path + "/previews"
            try FolderWriting.makeFolders(folder)
            let name = "\(FileNames.safe(id)).\(FileNames.safe(message.contact)).html"
            try FolderWriting.write(text, to: folder + "/" + name, replacing: true)
            return folder + "/" + name
        }

        private func printJSON(_ message: MessagePreview.Message, _ file: String?) {
            let report: JSON = [
                "template": .string(id), "contact": .string(message.contact), "language": .string(message.language),
                "subject": .string(message.subject), "text": .string(message.text), "html": JSON(message.html),
                "html_file": JSON(file), "blocked_by": JSON(message.blockedBy?.rawValue),
                "held_by": JSON(message.heldBy?.rawValue),
            ]
            Terminal.output.write(report.text)
        }

        private func printText(_ message: MessagePreview.Message, _ file: String?) {
            let output = Terminal.output
            output.line(
                output.styled("Subject: \(message.subject)", .bold) + output.styled("  (\(message.language))", .dim)
            )
            output.line()
            output.write(message.text.hasSuffix("\n") ? message.text : message.text + "\n")
            if let file { output.line("\nHTML: \(file)") }
            if let reason = message.blockedBy {
                Terminal.error.line("\n\(message.contact) would not get it: \(reason.explanation) (\(reason.rawValue))")
            } else if let reason = message.heldBy {
                Terminal.error.line(
                    "\n\(message.contact) would get it later: \(reason.explanation) (\(reason.rawValue))")
            }
        }
    }
}

struct SendTest: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "send-test",
        abstract: "Send one message, as a contact would get it, to an address of yours.",
        discussion: "The ledger knows nothing of it, and its unsubscribe link belongs to nobody."
    )

    @Argument(help: "The campaign's file, or its id.")
    var campaign: String

    @Option(name: .customLong("as"), help: "The contact's id or address.")
    var contact: String

    @Option(help: "Where it goes.")
    var to: String

    @OptionGroup var sandbox: SandboxOption

    @OptionGroup var options: CommonOptions

    func run() throws {
        let address = try sandbox.address()
        let campaign = try OpenCampaign(campaign, in: Workspace(options), toSend: true, sandbox: address)
        let preview = MessagePreview(
            program: campaign.program,
            store: campaign.store,
            channel: campaign.channel,
            environment: campaign.environment
        )
        let providerID = try orExplain { () throws(MessagePreview.Failure) in
            try preview.sendTest(as: contact, to: to)
        }
        if options.json {
            let report: JSON = [
                "id": .string(campaign.program.campaign.id), "to": .string(to), "provider_id": .string(providerID),
            ]
            Terminal.output.write(report.text)
        } else {
            Terminal.output.line("sent to \(to) by `\(campaign.program.channel.id)`: \(providerID)")
        }
    }
}

/// Runs something that makes or sends one message, and tells a failure as the command line does.
private func orExplain<Value>(_ body: () throws(MessagePreview.Failure) -> Value) throws(CommandFailure) -> Value {
    do throws(MessagePreview.Failure) {
        return try body()
    } catch {
        throw CommandFailure(error)
    }
}

extension CommandFailure {
    fileprivate init(_ failure: MessagePreview.Failure) {
        switch failure {
        case .noSuchContact:
            self.init(
                reason: "not_found",
                message: "there is no such contact",
                help: "give an id of the import, or an address"
            )
        case .notRendered(let reason):
            self.init(reason: reason.rawValue, message: "the message can't be made: \(reason.explanation)")
        case .store(let error): self.init(error)
        case .channel(let error): self.init(reason: "channel", message: error.message, help: error.help)
        case .notAccepted(let outcome):
            self.init(reason: "not_accepted", message: "the test message was not accepted: \(outcome)")
        }
    }
}

enum FileNames {
    /// Letters, digits, `.`, `-`, `_`; anything else could lead out of a folder.
    static func safe(_ text: String) -> String {
        let name = String(
            text.unicodeScalars.map { scalar -> Character in
                let isPlain = scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
                return isPlain || scalar == "-" || scalar == "_" || scalar == "@" || scalar == "."
                    ? Character(scalar) : "_"
            }
        )
        return name.hasPrefix(".") ? "_" + name : name
    }
}
