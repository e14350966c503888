import ArgumentParser
import Channels
import Runner
import Storage

/// `--sandbox` on commands that send or take webhooks.
struct SandboxOption: ParsableArguments {
    @Option(
        defaultAsFlag: SandboxAddress.standard,
        help: "Let `carillon sandbox` stand in for every provider; behind the other arguments, or with its address."
    )
    var sandbox: String?

    func address() throws(CommandFailure) -> SandboxAddress? {
        guard var sandbox else { return nil }
        // The parser takes an option with a default for a flag where another argument follows it, and forgets what stands
        // behind its `=`: the project would send to another sandbox than the one that was named.
        let written = CommandLine.arguments.last { $0.hasPrefix("--sandbox=") }
        if let written { sandbox = String(written.dropFirst("--sandbox=".count)) }
        do throws(ChannelSetupError) {
            return try SandboxAddress(sandbox)
        } catch {
            throw CommandFailure(.usage, reason: "sandbox", message: error.message, help: error.help)
        }
    }
}

extension Workspace {
    /// Refuses to mix what was sent with what only a sandbox took.
    func claim(_ sandbox: SandboxAddress?) throws(CommandFailure) {
        let store = try openSQLite()
        let isOurs = try withStore { () throws(StoreError) in try store.claim(forSandbox: sandbox != nil) }
        guard !isOurs else { return }
        throw CommandFailure(
            .refused,
            reason: "sandbox",
            message: sandbox == nil
                ? "this data folder belongs to a sandbox: its launches were never sent"
                : "this data folder has launches that were really sent, which a sandbox must not touch",
            help: sandbox == nil
                ? "name the folder of your real data with --data, or go on with --sandbox"
                : "rehearse in a folder of its own: --data .carillon-sandbox, and import your contacts there first"
        )
    }
}
