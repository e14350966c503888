import RuleEngine
import Runner

/// What the shell learns. docs/guides/cli.md lists them; the numbers are a public contract.
enum ExitStatus: Int32, Sendable {
    case success = 0
    /// Errors were found, or something did not work.
    case failed = 1
    /// The command line itself is wrong.
    case usage = 2
    /// All is sent that could be, and rows remain whose outcome nobody knows.
    case uncertain = 3
    /// Nothing was begun, because a guard said no: `expect`, `budget`, a changed file, another runner …
    case refused = 4
}

/// Why a command did not do what it was asked.
struct CommandFailure: Error {
    var status: ExitStatus
    /// A word for machines.
    var reason: String
    var message: String
    var help: String?
    /// The findings that stand in the way.
    var diagnostics: DiagnosticReport?
    /// The command has said everything already.
    var isReported = false

    init(
        _ status: ExitStatus = .failed,
        reason: String,
        message: String,
        help: String? = nil,
        diagnostics: DiagnosticReport? = nil
    ) {
        self.status = status
        self.diagnostics = diagnostics
        self.reason = reason
        self.message = message
        self.help = help
    }

    init(_ refusal: LaunchRefusal) {
        // A channel that can't be opened and a store that fails are faults; the other reasons are decisions.
        let isFault = ["channel", "store", "not_found"].contains(refusal.reason)
        self.init(
            isFault ? .failed : .refused,
            reason: refusal.reason,
            message: refusal.message,
            help: refusal.help
        )
    }

    init(_ error: StoreError) {
        switch error {
        case .busy:
            self.init(
                reason: "busy",
                message: "another process keeps the data folder busy",
                help: "nothing was written; try again"
            )
        case .failed(let text):
            self.init(
                reason: "store",
                message: "the data folder can't be used: \(text)",
                help: "check the disk's space and health, and that the folder is writable"
            )
        case .unusable(let text):
            self.init(
                reason: "store", message: "the data folder can't be used: \(text)",
                help: "`carillon doctor` tells what is wrong with it")
        }
    }

    /// Ends with this status after everything was said.
    static func silent(_ status: ExitStatus) -> CommandFailure {
        var failure = CommandFailure(status, reason: "", message: "")
        failure.isReported = true
        return failure
    }

    func report(asJSON: Bool) {
        guard !isReported else { return }
        if asJSON {
            let error: JSON = ["reason": .string(reason), "message": .string(message), "help": JSON(help)]
            let report: JSON = ["error": error]
            Terminal.output.write((diagnostics.map { report.adding("check", .written($0.json)) } ?? report).text)
            return
        }
        let terminal = Terminal.error
        if let diagnostics { terminal.write(diagnostics.text(colored: terminal.hasColors) + "\n") }
        terminal.line(terminal.styled("error", .red) + ": " + message)
        if let help { terminal.line("help: " + help) }
    }
}
