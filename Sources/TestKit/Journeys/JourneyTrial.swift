import RuleEngine

/// Sends made-up people through made-up rules, in the machine and in the reference beside it, and stops at the first
/// difference.
///
/// On the way it holds the machine to its other promises: a state survives being written down and read back, and an
/// input that comes twice is no more than another look.
package struct JourneyTrial {
    package struct Report: Sendable {
        package var programs = 0
        /// Rules that the compiler found something wrong with; nobody runs them.
        package var refused = 0
        package var runs = 0
        package var ended = 0
        package var steps = 0
        package var commands = 0
        /// What is different, with the rule and the inputs that show it.
        package var difference: String?
    }

    private var generator: JourneyGenerator
    private let zones: [String: TimeZoneRules]
    package private(set) var report = Report()

    package init(seed: UInt64) {
        generator = JourneyGenerator(seed: seed)
        // The rules are literals and sound.
        let berlin = (try? TimeZoneRules(rule: "CET-1CEST,M3.5.0,M10.5.0/3")) ?? .utc
        let newYork = (try? TimeZoneRules(rule: "EST5EDT,M3.2.0,M11.1.0")) ?? .utc
        zones = ["Europe/Berlin": berlin, "America/New_York": newYork]
    }

    /// - Parameter runs: how often each program is gone through.
    package mutating func run(steps: Int, runsOfEach runs: Int = 12) {
        while report.steps < steps, report.difference == nil {
            let files = generator.project()
            let result = Compiler.compile(files, catalog: JourneyGenerator.catalog)
            guard let project = result.project, let journey = project.rules["subject"] else {
                report.refused += 1
                if report.refused > 200, report.refused > report.programs * 10 {
                    let text = DiagnosticRenderer(sources: result.sources).text(result.diagnostics)
                    report.difference = "the compiler refuses what is generated: \(text)"
                }
                continue
            }
            let graph = ProgramGraph.lower(journey, in: project)
            guard let program = try? JourneyProgram(graph, projectZone: "Europe/Berlin", zones: zones) else {
                report.difference = "a zone is missing"
                return
            }
            report.programs += 1
            for _ in 0..<runs {
                guard let log = walk(journey, program, project.schema) else { continue }
                report.difference = String(decoding: files[2].bytes, as: UTF8.self) + log
                return
            }
        }
    }

    /// Nil where both agree all the way.
    private mutating func walk(_ journey: CheckedJourney, _ program: JourneyProgram, _ schema: ContactSchema) -> String?
    {
        report.runs += 1
        var history = GeneratedInputs(&generator.random, zones: zones)
        let machine = JourneyMachine(program, tracing: .decisions)
        var facts = history.person.facts(schema, now: history.now)
        var step = machine.begin(history.entry, facts: facts)
        var reference = ReferenceRun(
            journey, graph: program.graph, projectZone: "Europe/Berlin", zones: zones, lookBack: program.lookBack,
            entry: history.entry, facts: facts)
        for _ in 0..<40 {
            report.steps += 1
            report.commands += step.commands.count
            if let difference = Self.difference(step, reference.answer(), program) {
                return history.log + difference
            }
            if step.state.hasEnded {
                report.ended += 1
                // Nothing moves it any more.
                return machine.step(step.state, .awake, facts: facts).commands.isEmpty ? nil : history.log + "it moves"
            }
            history.person.carryOut(step.commands)
            let input = history.next(step, &generator.random)
            facts = history.person.facts(schema, now: history.now)
            step = machine.step(step.state, input, facts: facts)
            reference.receive(input, facts: facts)
            if step.state.waiting != .facts {
                let again = machine.step(step.state, input, facts: facts)
                guard again.commands.isEmpty, again.state == step.state else {
                    return history.log + "it counts twice: \(again.commands)"
                }
            }
        }
        return nil
    }

    private static func difference(_ step: RunStep, _ answer: ReferenceRun.Answer, _ program: JourneyProgram) -> String?
    {
        guard let decoded = try? RunState.decode(step.state.encoded, of: program), decoded == step.state else {
            return "the state is not what was written: \(step.state)"
        }
        let stand = stand(step.state.waiting)
        guard stand == answer.stand else {
            return "the machine stands at \(stand ?? "its end"), the reference at \(answer.stand ?? "its end")"
        }
        let isEqual =
            step.commands.count == answer.commands.count
            && zip(step.commands, answer.commands).allSatisfy { mine, other in
                mine.number == other.number && mine.action == other.action
                    && (other.node == 0 || mine.node == other.node)
            }
        return isEqual ? nil : "the machine says \(step.commands)\nthe reference says \(answer.commands)"
    }

    private static func stand(_ waiting: RunState.Waiting) -> String? {
        switch waiting {
        case .time: "time"
        case .event: "event"
        case .condition: "condition"
        case .pause: "pause"
        case .send: "send"
        case .call: "call"
        case .facts: "facts"
        case .ended: nil
        }
    }
}
