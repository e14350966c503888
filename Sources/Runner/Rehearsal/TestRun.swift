package import RuleEngine

/// Runs the scenario tests of a project, and adds up what they cover.
package struct TestRun {
    package struct Outcome: Sendable {
        package let test: CheckedTest
        package var failures: [TestFailure]
        /// Of a scenario, everything that happened.
        package let facts: [RehearsalFact]
        package let zone: TimeZoneRules
    }

    private let stage: RehearsalStage
    package private(set) var coverage = CoverageTally()
    package private(set) var outcomes: [Outcome] = []

    package init(_ stage: RehearsalStage) {
        self.stage = stage
    }

    package mutating func run(_ tests: [CheckedTest]) {
        for test in tests { outcomes.append(run(test)) }
        // What all of them cover together is known at the end only.
        for place in outcomes.indices {
            guard let wanted = outcomes[place].test.coverage else { continue }
            outcomes[place].failures += shortfalls(of: outcomes[place].test, wanted)
        }
    }

    package var programs: [ProgramCoverage] {
        stage.programs.indices.map { ProgramCoverage($0, on: stage, coverage) }
    }

    // MARK: One test

    private mutating func run(_ test: CheckedTest) -> Outcome {
        let zone = test.given.zone.flatMap { stage.rules(of: $0) } ?? stage.projectZone
        var outcome = Outcome(test: test, failures: [], facts: [], zone: zone)
        if let name = test.given.zone, stage.rules(of: name) == nil {
            outcome.failures.append(
                TestFailure(span: test.span, problem: .badZone(name)))
            return outcome
        }
        if let property = test.property {
            var trial = PropertyTrial(stage, scope: scope(of: test), test: test, property: property, zone: zone)
            outcome.failures = trial.run()
            coverage.formUnion(trial.coverage)
            if test.timeline.isEmpty { return outcome }
        }
        var rehearsal = Rehearsal(
            stage, scope: scope(of: test), person: person(of: test), start: start(of: test, zone))
        rehearsal.providers = test.given.providers
        rehearsal.failingCalls = test.given.failingCalls
        let failures = ScenarioWalk.walk(test, &rehearsal, zone: zone)
        coverage.formUnion(rehearsal.coverage)
        var check = ExpectationCheck(stage, facts: rehearsal.facts, zone: zone, contactZone: rehearsal.contactZone)
        check.isForAll = test.target == .all
        outcome.failures += failures + check.failures(of: test)
        if rehearsal.isEndless { outcome.failures.append(TestFailure(span: test.span, problem: .endless)) }
        return Outcome(test: test, failures: outcome.failures, facts: rehearsal.facts, zone: zone)
    }

    private func scope(of test: CheckedTest) -> Set<Int> {
        switch test.target {
        case .all: Set(stage.programs.indices)
        case .program(let kind, let id): stage.program(kind, id).map { stage.scope(of: $0) } ?? []
        }
    }

    /// Outside of the holdout unless the test says otherwise: a hash must not decide whether it passes.
    private func person(of test: CheckedTest) -> RehearsalPerson {
        let given = test.given
        var id = "test-contact"
        if case .text(let bytes)? = given.fields["id"] { id = String(decoding: bytes, as: UTF8.self) }
        return RehearsalPerson(given, id: id, schema: stage.project.schema)
    }

    private func start(of test: CheckedTest, _ zone: TimeZoneRules) -> Timestamp {
        switch test.timeline.first?.time {
        case .at(let moment): zone.instant(of: moment)
        case .after(let pause): Self.anyDay(zone).advanced(by: pause)
        case nil: Self.anyDay(zone)
        }
    }

    /// The day on which a test begins that names none: three weeks before Europe's clocks change, so that a few weeks of
    /// it see both.
    package static func anyDay(_ zone: TimeZoneRules) -> Timestamp {
        let day = CalendarDate(year: 2027, month: 3, day: 8)?.daysSinceEpoch ?? 0
        return zone.instant(of: LocalMoment(day: day, time: ClockTime(minute: 540)))
    }

    // MARK: Coverage

    private func shortfalls(of test: CheckedTest, _ wanted: CheckedTest.Coverage) -> [TestFailure] {
        var failures: [TestFailure] = []
        let covered: [ProgramCoverage] =
            switch test.target {
            case .all: programs
            case .program(let kind, let id):
                stage.program(kind, id).map { [ProgramCoverage($0, on: stage, coverage)] } ?? []
            }
        for program in covered {
            let parts: [(String, ProgramCoverage.Part, Int64?)] = [
                ("branches", program.branches, wanted.branches),
                ("skip reasons", program.skipReasons, wanted.skipReasons),
                ("languages", program.languages, wanted.languages),
            ]
            for (what, part, share) in parts {
                guard let share, part.share < share else { continue }
                failures.append(
                    TestFailure(
                        span: wanted.span,
                        problem: .uncovered(program: program.program, what: what, part: part, wanted: share)))
            }
        }
        return failures
    }
}

/// Why a test does not pass.
package struct TestFailure: Sendable {
    package enum Problem: Sendable {
        case badZone(String)
        /// A moment that lies before the one above it.
        case backwards
        /// The person can't answer a message that they never got.
        case noSuchMessage(String)
        /// Programs begin each other without time passing.
        case endless
        /// What comes closest, and what is different about it.
        case missing(expected: String, near: [(fact: RehearsalFact, differences: [String])])
        case outOfOrder(expected: String, RehearsalFact)
        case forbidden(String, RehearsalFact)
        case costs(atMost: Money, actual: Int64)
        case moreThan(Int, period: Int64, [RehearsalFact])
        case uncovered(program: String, what: String, part: ProgramCoverage.Part, wanted: Int64)
        /// A generated person for whom it does not hold, as a test that shows it.
        case counterexample(TestFailureBox, reproduction: String, contact: Int)
    }

    package let span: SourceSpan
    package let problem: Problem
}

/// A failure inside of another one.
package final class TestFailureBox: Sendable {
    package let failure: TestFailure

    init(_ failure: TestFailure) {
        self.failure = failure
    }
}
