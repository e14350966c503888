import ArgumentParser
import RuleEngine
import Runner
import Storage

struct Stats: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what was sent by day and channel, or what each step of a program came to.",
        discussion: """
            Made from the ledger each time. A message counts on the day of its latest attempt, on the project's clock. With a \\
            program, the steps of its latest launch, and how many reached its goal.
            """
    )

    @Argument(help: "A program's id.")
    var program: String?

    @Option(help: "The first day, as 2027-03-01. Without it, the day 29 days before the last.")
    var from: String?

    @Option(help: "The last day. Without it, today.")
    var to: String?

    @OptionGroup var options: CommonOptions

    func run() throws {
        let workspace = try Workspace(options)
        let store = try workspace.openSQLite()
        let statistics = try withStore { () throws(StoreError) in try store.openStatistics() }
        if let program { return try show(CampaignName.id(program), store, statistics, workspace) }
        let project = try workspace.checked().project
        guard let zone = TimeZoneLoader.rules(for: project.settings.timeZone) else {
            throw CommandFailure(
                reason: "time_zone", message: "the machine knows no time zone `\(project.settings.timeZone)`")
        }
        let days = try days(zone, workspace)
        let rows = try withStore { () throws(StoreError) in
            try statistics.rebuild(days, zone: zone)
            return Self.folded(try statistics.daily(days))
        }
        if options.json {
            let report: JSON = [
                "from": .string(ISODay.text(days.lowerBound)), "to": .string(ISODay.text(days.upperBound)),
                "days": .array(rows.map(\.json)),
            ]
            Terminal.output.write(report.text)
            return
        }
        guard !rows.isEmpty else { return Terminal.output.line("nothing was sent on these days") }
        var table = Table(
            .left, .left, .left, .right, .right, .right, .right, .right, .right, .right, .right, indent: 0)
        table.add(
            "day", "channel", "program", "sent", "accepted", "delivered", "opened", "clicked", "bounced", "complained",
            "cost")
        for row in rows {
            let figures = row.figures
            table.add(
                ISODay.text(row.key.day), row.key.channel, row.key.program, Figures.count(figures.messages),
                Figures.count(figures.accepted), Figures.count(figures.delivered), Figures.count(figures.opened),
                Figures.count(figures.clicked), Figures.count(figures.bounced), Figures.count(figures.complained),
                Figures.money(Money(micros: figures.costMicros, currency: row.key.currency)))
        }
        Terminal.output.write(table.text)
    }

    /// Messages that somebody asked for are one line a day and channel, whatever was written for their forms.
    private static func folded(_ rows: [DailyStatistic]) -> [DailyStatistic] {
        var folded: [DailyStatistic.Key: DailyStatistic] = [:]
        for var row in rows {
            if MessageProgram.isID(row.key.program) { row.key.program = "single messages" }
            if let known = folded[row.key] { row.figures += known.figures }
            folded[row.key] = row
        }
        return folded.values.sorted { $0.key < $1.key }
    }

    private func days(_ zone: TimeZoneRules, _ workspace: Workspace) throws -> ClosedRange<Int64> {
        func day(_ text: String) throws(CommandFailure) -> Int64 {
            guard let day = ISODay.read(text) else {
                throw CommandFailure(.usage, reason: "date", message: "`\(text)` is no date", help: "write 2027-03-01")
            }
            return day
        }
        let last = try to.map(day) ?? zone.localTime(of: workspace.environment.now()).date.daysSinceEpoch
        let first = try from.map(day) ?? last - 29
        guard first <= last, last - first < 3_700 else {
            throw CommandFailure(
                .usage, reason: "date",
                message: "from \(ISODay.text(first)) to \(ISODay.text(last)) are no days in order",
                help: "--from lies before --to, and at most ten years before it")
        }
        return first...last
    }

    // MARK: One program

    private func show(
        _ id: String, _ store: any Store, _ statistics: any StatisticsStore, _ workspace: Workspace
    ) throws {
        let project = try? workspace.checked().project
        let campaign = project?.campaigns[id]
        let status = try withStore { () throws(StoreError) in
            try StatusReader(store: store, environment: workspace.environment).status(
                of: id, isRunnerActive: store.hasRunner(), goal: campaign?.goal)
        }
        guard let status else { throw CampaignName.neverRun(id) }
        let steps = try withStore { () throws(StoreError) in try statistics.funnel(of: status.launch) }
        let names = campaign.flatMap { campaign in
            project.map { ProgramGraph.lower(campaign, in: $0, isVersioned: false).names }
        }
        func name(_ step: StepFunnel) -> String {
            names?[Int(step.step)] ?? step.template ?? "step \(step.step)"
        }
        if options.json {
            let report: JSON = [
                "id": .string(id), "launch": JSON(status.launch.rawValue), "state": .string(status.state),
                "steps": .array(
                    steps.map { step in
                        let head: JSON = [
                            "step": JSON(Int(step.step)), "name": .string(name(step)), "template": JSON(step.template),
                            "rows": JSON(step.rows), "skipped": JSON(step.skipped), "open": JSON(step.open),
                        ]
                        return head.adding("figures", step.figures.json(currency: status.cost.currency))
                            .adding("goal", Self.json(status.goals?.bySteps[step.step]))
                    }
                ),
                "goal": status.goals.map(\.json) ?? .null,
            ]
            Terminal.output.write(report.text)
            return
        }
        var table = Table(.left, .right, .right, .right, .right, .right, .right, .right, .right, indent: 0)
        table.add("step", "people", "skipped", "accepted", "delivered", "opened", "clicked", "goal", "cost")
        for step in steps {
            let figures = step.figures
            table.add(
                name(step), Figures.count(step.rows), Figures.count(step.skipped), Figures.count(figures.accepted),
                Figures.count(figures.delivered), Figures.count(figures.opened), Figures.count(figures.clicked),
                status.goals.map { Figures.count($0.bySteps[step.step]?.converted ?? 0) } ?? "",
                Figures.money(Money(micros: figures.costMicros, currency: status.cost.currency)))
        }
        Terminal.output.write(table.text)
        if let goals = status.goals { Terminal.output.write("\n" + goals.text) }
    }

    private static func json(_ conversion: Conversion?) -> JSON {
        guard let conversion else { return .null }
        return ["people": JSON(conversion.people), "converted": JSON(conversion.converted)]
    }
}
