import ArgumentParser
import Glibc
import RuleEngine
import Runner
import Storage

struct Events: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "What happened to contacts: orders, visits, whatever the schema declares.",
        subcommands: [Send.self]
    )

    struct Send: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write events down, from lines of JSON.",
            discussion: """
                One object a line: {"contact": "c1", "event": "order_placed", "at": "2027-03-18T10:00:00Z", \
                "id": "ev-1", "fields": {"order_id": "A-17", "total": "EUR 75"}}. Without `at` it happened now. What \
                came before, by `id` or by a unique field, is left out. Every bad line is named, and ends the command \
                with exit code 1; the others go in. lines = appended + repeated + refused.
                """
        )

        @Argument(help: "A file of lines; - is standard input.")
        var file = "-"

        @Option(help: "How many refused lines are shown.")
        var show = 20

        @OptionGroup var options: CommonOptions

        func run() throws {
            let workspace = try Workspace(options)
            let (project, _) = try workspace.checked()
            let store = try workspace.openSQLite()
            var refusals: [EventRefusal] = []
            let limit = options.json ? Int.max : show
            let asJSON = options.json
            var intake = try withStore { () throws(StoreError) in
                EventIntake(
                    reader: EventLineReader(events: project.events, currency: project.settings.currency),
                    contacts: try store.openContacts(), store: try store.openEvents(),
                    environment: workspace.environment,
                    onRefusal: { refusal in
                        guard refusals.count < limit else { return }
                        refusals.append(refusal)
                        if !asJSON { Terminal.error.line(refusal.text) }
                    })
            }
            var lines = try InputLines(file: file, limit: EventIntake.maximumLineBytes)
            try withStore { () throws(StoreError) in
                while let line = lines.next() {
                    try intake.take(line.bytes)
                    if lines.mustWait { try intake.finish() }
                }
                try intake.finish()
            }
            let summary = intake.summary
            if summary.lines == 0 { try lines.throwFault(of: file) }
            if options.json {
                Terminal.output.write(summary.json.adding("refusals", .array(refusals.map(\.json))).text)
            } else {
                if summary.refused > refusals.count {
                    Terminal.error.line("… and \(Figures.count(summary.refused - refusals.count, "line")) more")
                }
                Terminal.output.line(summary.sentence)
            }
            try lines.throwFault(of: file)
            if summary.refused > 0 { throw CommandFailure.silent(.failed) }
        }
    }
}

extension EventSummary {
    fileprivate var json: JSON {
        [
            "lines": JSON(lines), "appended": JSON(appended), "repeated": JSON(repeated), "refused": JSON(refused),
        ]
    }

    fileprivate var sentence: String {
        "\(Figures.count(lines, "line")): \(appended) appended, \(repeated) repeated, \(refused) refused"
    }
}

extension EventRefusal {
    fileprivate var json: JSON {
        [
            "line": JSON(line), "reason": .string(reason.rawValue), "message": .string(message), "help": .string(help),
        ]
    }
}
