import ArgumentParser
import Channels
import Dispatch
import Runner
import Sandbox

struct SandboxCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sandbox",
        abstract: "Play every provider on this machine: take messages, show them, tell what became of them.",
        discussion: """
            Any project sends to it with `carillon run … --sandbox`, and hears from it with `carillon serve --sandbox`. \
            Nothing leaves this machine. Mail is taken at the next port, and providers over TLS, with HTTP/2, at the one \
            behind it. Ctrl-C ends.
            """
    )

    @Option(help: "The port; SMTP is at the next one, and TLS behind it.")
    var port = SandboxAddress.standardPort

    @Option(help: "The folder for the journal of what was accepted.")
    var folder = ".carillon-sandbox"

    @Option(help: "A JSON file that says how people, networks and providers behave; docs/guides/sandbox.md.")
    var script: String?

    @Option(help: "Where the project takes webhooks: `carillon serve --sandbox`.")
    var webhooks = "http://127.0.0.1:8087"

    @Option(help: "A Maildir for bounces and complaints of mails sent by SMTP: carillon bounces read --maildir.")
    var mailReports: String?

    @Flag(help: "Take messages as fast as they come, beyond what providers document.")
    var unlimited = false

    @Flag(help: "Print JSON instead of text.")
    var json = false

    func run() throws {
        let folder = try AbsolutePath.of(folder)
        try FolderWriting.makeFolders(folder)
        var options = SandboxServer.Options(folder: folder)
        options.port = port
        options.mailPort = port + 1
        options.securePort = port + 2
        options.webhooks = webhooks
        options.isUnlimited = unlimited
        options.mailReports = try mailReports.map { path throws(CommandFailure) in try AbsolutePath.of(path) }
        if let script { options.script = try Self.script(script) }
        let stop = StopSignal()
        let ended = DispatchSemaphore(value: 0)
        StopOnSignal.install(stop) { _ in ended.signal() }
        let server: SandboxServer
        do throws(ChannelSetupError) {
            server = try SandboxServer(options)
        } catch {
            throw CommandFailure(reason: "sandbox", message: error.message, help: error.help)
        }
        let page = "http://127.0.0.1:\(server.port)"
        let report: JSON = [
            "address": .string(page), "smtp": JSON(server.mailPort), "tls": JSON(server.secure?.port ?? 0),
            "authority": .string(server.secure?.authorityFile ?? ""), "journal": .string(folder + "/journal.jsonl"),
        ]
        Terminal.output.line(
            json
                ? report.compactText
                : "phones and mailboxes at \(page)  (SMTP at \(server.mailPort), TLS at "
                    + "\(server.secure?.port ?? 0), journal and ca.pem in \(folder), Ctrl-C ends)"
        )
        ended.wait()
        server.stop()
    }

    private static func script(_ path: String) throws(CommandFailure) -> SandboxScript {
        guard let bytes = FileReading.bytes(of: path) else {
            throw CommandFailure(.usage, reason: "file", message: "can't read \(path)")
        }
        do throws(SandboxScript.Fault) {
            return try SandboxScript(json: bytes)
        } catch {
            throw CommandFailure(.usage, reason: "script", message: "\(path): \(error.message)")
        }
    }

    func validate() throws {
        guard (1...65_533).contains(port) else { throw ValidationError("--port takes 1 to 65533") }
        do {
            guard try !SandboxAddress(webhooks).isSecure else {
                throw ValidationError("--webhooks takes plain HTTP: `carillon serve` has no TLS of its own")
            }
        } catch is ChannelSetupError {
            throw ValidationError("--webhooks takes an address of this machine, such as http://127.0.0.1:8087")
        }
    }
}
