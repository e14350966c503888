import ArgumentParser
import RuleEngine
import Runner
import Storage

struct BacktestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backtest",
        abstract: "Put recorded events through a program as its file stands now.",
        discussion: """
            Nothing is sent and nothing written. What the program would have done is held against what was done: a \
            draft shows what it changes, and the version that is live reproduces what is recorded (exit code 0). \
            Contacts count as they are now; docs/guides/testing.md says what follows from that.
            """
    )

    @Argument(help: "The program's file, or its id.")
    var program: String

    @Option(help: "From when on, as 2027-03-01 or 2027-03-01T10:00:00Z.")
    var since: String

    @Option(help: "How many contacts with differences are shown.")
    var show = 20

    @OptionGroup var options: CommonOptions

    func validate() throws {
        guard Figures.instant(from: since) != nil else {
            throw ValidationError("--since takes a day such as 2027-03-01, or 2027-03-01T10:00:00Z")
        }
    }

    func run() throws {
        let workspace = try Workspace(options)
        let (project, sources) = try workspace.checked()
        let named = try NamedProgram(program, in: project, sources, workspace)
        guard case .journey = named else {
            throw CommandFailure(
                .usage, reason: "not_found", message: "`\(named.id)` is a campaign, which no event begins",
                help: "`carillon plan` says what it would do now")
        }
        let stage = try RehearsalStage.of(project)
        guard let place = stage.program(named.kind, named.id), let since = Figures.instant(from: since) else { return }
        let store = try workspace.openSQLite()
        let report = try withStore { () throws(StoreError) in
            try Backtest(
                stage, program: place, store: try store.openJourneys(), consents: try store.openConsents(),
                since: since, until: workspace.environment.now()
            ).run()
        }
        let zone = stage.projectZone
        if options.json {
            Terminal.output.write(json(report, named, project.settings.currency).text)
        } else {
            Terminal.output.write(text(report, named, project.settings.currency, zone))
        }
        if report.differing > 0 { throw CommandFailure.silent(.failed) }
    }

    private func text(
        _ report: Backtest.Report, _ named: NamedProgram, _ currency: String, _ zone: TimeZoneRules
    ) -> String {
        var table = Table(.left, .right, .right)
        table.add("", "recorded", "now")
        table.add("runs", Figures.count(report.recordedRuns), Figures.count(report.runs))
        table.add("messages", Figures.count(report.recordedMessages), Figures.count(report.messages))
        table.add("cost", "", Figures.money(Money(micros: report.costMicros, currency: currency)))
        var text = "\(named.kind.rawValue) \(named.id): \(Figures.count(report.contacts, "contact")), "
        text += "\(Figures.count(report.events, "event"))\n\n" + table.text + "\n"
        text +=
            "the same for \(Figures.count(report.same, "contact")), different for \(Figures.count(report.differing))\n"
        for difference in report.differences.prefix(show) {
            text += "\n\(difference.contact)\n"
            for decision in difference.recorded {
                text += "  recorded  \(FactWords.time(decision.at, zone)) \(decision.what)\n"
            }
            for decision in difference.replayed {
                text += "  now       \(FactWords.time(decision.at, zone)) \(decision.what)\n"
            }
        }
        return text
    }

    private func json(_ report: Backtest.Report, _ named: NamedProgram, _ currency: String) -> JSON {
        func decisions(_ list: [Backtest.Decision]) -> JSON {
            .array(list.map { ["at": .string(Figures.instant($0.at)), "what": .string($0.what)] })
        }
        return [
            "program": .string("\(named.kind.rawValue) \(named.id)"), "contacts": JSON(report.contacts),
            "events": JSON(report.events), "recorded_runs": JSON(report.recordedRuns),
            "recorded_messages": JSON(report.recordedMessages), "runs": JSON(report.runs),
            "messages": JSON(report.messages),
            "cost": ["currency": .string(currency), "micros": JSON(report.costMicros)],
            "same": JSON(report.same), "different": JSON(report.differing),
            "differences": .array(
                report.differences.map {
                    [
                        "contact": .string($0.contact), "recorded": decisions($0.recorded),
                        "now": decisions($0.replayed),
                    ]
                }),
        ]
    }
}
