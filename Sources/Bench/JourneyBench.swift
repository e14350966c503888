import Glibc
import RuleEngine

/// The evaluator of journeys, and the way from an event to the programs that it could start.
enum JourneyBench {
    static func run() -> [BenchResult] {
        steps() + triggers()
    }

    // MARK: Steps

    /// A rule that is nothing but conditions, none of which holds: the machine asks all of them in one step.
    private static let conditionCount = 200

    private static func steps() -> [BenchResult] {
        let plain = "contact.seats > 1000"
        let four = #"contact.country == "US" and contact.opt_in and contact.total > 50 and contact.plan in ["c", "d"]"#
        return [
            BenchResult(
                name: "condition node, one term", value: condition(plain, .decisions), unit: "ns", target: "≤ 100"),
            BenchResult(
                name: "condition node, four terms", value: condition(four, .decisions), unit: "ns", target: "≤ 100"),
            BenchResult(
                name: "condition node, one term, with its values", value: condition(plain, .values), unit: "ns",
                target: "no goal"),
            BenchResult(name: "state written and read back", value: encoding(), unit: "ns", target: "no goal"),
        ]
    }

    private static func condition(_ condition: String, _ tracing: Tracing) -> Double {
        let step = "  - if: \(condition)\n    then:\n      - tag: never\n"
        let (journey, project) = compile(String(repeating: step, count: conditionCount) + "  - wait: 1d\n")
        let program = program(journey, project)
        let machine = JourneyMachine(program, tracing: tracing)
        let facts = facts(project.schema)
        var decisions = 0
        let rounds = tracing == .values ? 20 : 1_000
        let time = nanoseconds(rounds: rounds, each: conditionCount) {
            decisions += machine.begin(RunEntry(), facts: facts).trace.count
        }
        precondition(decisions >= conditionCount * rounds, "every condition was asked")
        return time
    }

    private static func encoding() -> Double {
        let (journey, project) = compile(
            "  - wait_for: began\n    where: event.n == entry.n\n    up_to: 1d\n    then:\n      - tag: answered\n")
        let program = program(journey, project)
        let entry = RunEntry(event: EventID(rawValue: 1_000_000), fields: ["n": .number(7, .int)])
        let state = JourneyMachine(program).begin(entry, facts: facts(project.schema)).state
        var sum = 0
        return nanoseconds(rounds: 20_000, each: 1) {
            let bytes = state.encoded
            sum += bytes.count
            guard let read = try? RunState.decode(bytes, of: program), read == state else {
                preconditionFailure("a state is read back as it was written")
            }
        }
    }

    // MARK: Triggers

    /// The same event, ten programs of which it starts, among more and more others.
    private static func triggers() -> [BenchResult] {
        [100, 10_000].map { count in
            BenchResult(
                name: "programs that an event could start, among \(count)", value: lookup(count), unit: "ns",
                target: "does not grow with the others")
        }
    }

    private static func lookup(_ count: Int) -> Double {
        let (journey, project) = compile("  - wait: 1d\n")
        let graph = ProgramGraph.lower(journey, in: project)
        var programs: [(journey: CheckedJourney, graph: ProgramGraph)] = []
        for number in 0..<count {
            var journey = journey
            journey.entry.cause = .event("something_happened_\(number / 10)")
            programs.append((journey, graph))
        }
        let index = TriggerIndex(programs)
        let causes = (0..<count / 10).map { TriggerIndex.Cause.event("something_happened_\($0)") }
        var found = 0
        let time = nanoseconds(rounds: 200_000 / causes.count, each: causes.count) {
            for cause in causes { found += index.begun(by: cause).count }
        }
        precondition(found > 0 && found % 10 == 0, "each event starts ten programs")
        return time
    }

    // MARK: A project

    private static func compile(_ steps: String) -> (CheckedJourney, CheckedProject) {
        let text = """
            project: bench
            ---
            schema: bench
            contact: {seats: int, opt_in: bool, total: int, plan: "one_of(a, b, c, d)"}
            events:
              began: {n: int}
            ---
            rule: subject
            purpose: informational
            trigger: {event: began}
            steps:

            """
        let result = Compiler.compile(
            [SourceFile(path: "carillon.yaml", bytes: Array((text + steps).utf8))],
            catalog: Catalog(providers: [], packs: []))
        guard let project = result.project, let journey = project.rules["subject"] else {
            preconditionFailure(DiagnosticRenderer(sources: result.sources).text(result.diagnostics))
        }
        return (journey, project)
    }

    private static func program(_ journey: CheckedJourney, _ project: CheckedProject) -> JourneyProgram {
        let graph = ProgramGraph.lower(journey, in: project)
        guard let program = try? JourneyProgram(graph, projectZone: "Etc/UTC", zones: ["Etc/UTC": .utc]) else {
            preconditionFailure("the bench names no other zone")
        }
        return program
    }

    private static func facts(_ schema: ContactSchema) -> RunFacts {
        var page = FactPage(slotCount: schema.fields.count)
        for (slot, field) in schema.fields.enumerated() {
            switch field.name {
            case "country": page.columns[slot].append(Int64(bitPattern: page.pack("US").bits))
            case "plan": page.columns[slot].append(Int64(bitPattern: page.pack("b").bits))
            case "opt_in": page.columns[slot].append(1)
            case "total", "seats": page.columns[slot].append(100)
            default: page.columns[slot].appendMissing()
            }
        }
        page.finishRow()
        let context = EvaluationContext(page: page, row: 0, now: Timestamp(microseconds: 1_805_533_200_000_000))
        return RunFacts(context: context, contact: Array("anna".utf8))
    }

    /// The median of nine, in CPU time: neighbours on the machine would count otherwise.
    private static func nanoseconds(rounds: Int, each count: Int, _ body: () -> Void) -> Double {
        func now() -> UInt64 {
            var time = timespec()
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
            return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
        }
        var samples: [Double] = []
        for _ in 0..<9 {
            let start = now()
            for _ in 0..<rounds { body() }
            samples.append(Double(now() - start) / Double(rounds * count))
        }
        return samples.sorted()[4]
    }
}
