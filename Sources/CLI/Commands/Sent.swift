import ArgumentParser
import Glibc
import RuleEngine
import Runner
import Storage

struct Sent: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what a program sent to one person, byte for byte.",
        discussion: """
            As it was handed to the channel, whatever the template and the contact's fields say by now, and in the order of \
            time. Of a message that isn't kept it says why. What was in attachments is not kept, only their names.
            """
    )

    @Argument(help: "The program's id or file.")
    var program: String

    @Argument(help: "The contact's id or address.")
    var contact: String

    @Option(help: "Write the HTML of the last message that has one into this file, `-` for standard output.")
    var html: String?

    @OptionGroup var options: CommonOptions

    func run() throws {
        let workspace = try Workspace(options)
        let store = try workspace.openSQLite()
        let id = CampaignName.id(program)
        let key = try withStore { () throws(StoreError) in try store.openContacts().find(contact) }
        guard let key else { throw ContactName.unknown(contact) }
        let found = try withStore { () throws(StoreError) in try store.openArchive().messages(to: key, of: id) }
        try workspace.audit("getDeliveredMessage", "contact:\(key.rawValue)")
        if let html { return try write(found, to: html) }
        if options.json {
            let sealer = ReferenceSealer(store.key)
            return Terminal.output.write(JSON.array(found.map { $0.json(sealer) }).text)
        }
        guard !found.isEmpty else { return Terminal.output.line("`\(id)` has sent nothing to \(contact)") }
        Terminal.output.write(found.map(Self.text).joined(separator: "\n"))
    }

    private static func text(_ message: KeptMessage) -> String {
        var lines = [
            [
                message.program, message.channel, message.startedAt.map(Figures.instant) ?? "", message.state.name,
                message.address ?? "",
            ].filter { !$0.isEmpty }.joined(separator: "  ")
        ]
        guard let content = message.archived else {
            return lines[0] + "\n  " + message.content.sentence + "\n"
        }
        let told = content.json
        func add(_ name: String, _ value: String?) {
            if let value { lines.append("\(name): \(value)") }
        }
        add("Subject", told["subject"]?.string)
        if let media = told["media"] {
            add(media["kind"]?.string ?? "media", media["url"]?.string ?? media["stored_as"]?.string)
        }
        if let place = told["location"], place["latitude"] != nil { add("location", place.compactText) }
        if let approved = told["approved"], approved["name"] != nil { add("approved", approved.compactText) }
        for button in told["buttons"]?.items ?? [] { add("button", button.compactText) }
        for name in content.attachments { add("attachment", name) }
        if let html = content.html {
            lines.append("HTML: \(Figures.count(html.count, "byte")), written by --html FILE")
        }
        if let text = told["text"]?.string { lines += ["", text] }
        return lines.joined(separator: "\n") + "\n"
    }

    private func write(_ found: [KeptMessage], to path: String) throws {
        guard let html = found.last(where: { $0.archived?.html != nil })?.archived?.html else {
            throw CommandFailure(
                reason: "not_found", message: "no message to \(contact) is kept that has HTML",
                help: "without --html the texts are shown, and why something isn't kept")
        }
        let isStandardOutput = path == "-"
        let descriptor = isStandardOutput ? STDOUT_FILENO : open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw CommandFailure(reason: "file", message: "can't write \(path): \(String(cString: strerror(errno)))")
        }
        defer { if !isStandardOutput { close(descriptor) } }
        var file = BufferedFile(descriptor)
        file.write(html)
        file.flush()
        if file.isBroken, !isStandardOutput {
            throw CommandFailure(
                reason: "file", message: "could not write all of \(path)", help: "check the disk's space")
        }
    }
}
