import RuleEngine

/// Holds what a test forbids against people whom nobody imagined: made from the schema, with a month of things that
/// happen to them. A person for whom it fails is made as small as it goes before anybody is told.
struct PropertyTrial {
    private let stage: RehearsalStage
    private let scope: Set<Int>
    private let test: CheckedTest
    private let property: CheckedTest.Property
    private let zone: TimeZoneRules
    private let start: Timestamp
    private(set) var coverage = CoverageTally()

    init(
        _ stage: RehearsalStage, scope: Set<Int>, test: CheckedTest, property: CheckedTest.Property,
        zone: TimeZoneRules
    ) {
        self.stage = stage
        self.scope = scope
        self.test = test
        self.property = property
        self.zone = zone
        start = TestRun.anyDay(zone)
    }

    mutating func run() -> [TestFailure] {
        let generator = PersonGenerator(stage, scope: scope, start: start, days: property.days)
        for contact in 0..<property.contacts {
            var chance = SeededChance(seed: UInt64(property.seed) &* 1_000_003 &+ UInt64(contact))
            let life = generator.life(number: contact, &chance)
            let (failure, tally) = rehearse(life)
            coverage.formUnion(tally)
            guard failure != nil else { continue }
            let least = shrunk(life)
            guard let failure = rehearse(least).failure else { continue }
            return [
                TestFailure(
                    span: failure.span,
                    problem: .counterexample(
                        TestFailureBox(failure),
                        reproduction: Reproduction.text(least, of: test, start: start, zone: zone, stage.project),
                        contact: contact))
            ]
        }
        return []
    }

    private func rehearse(_ life: GeneratedLife) -> (failure: TestFailure?, coverage: CoverageTally) {
        var rehearsal = Rehearsal(stage, scope: scope, person: life.person, start: start)
        rehearsal.providers = life.providers
        rehearsal.failingCalls = life.failingCalls
        rehearsal.begin()
        for moment in life.moments {
            rehearsal.advance(to: moment.at)
            // There may be no message yet that could be opened.
            _ = ScenarioWalk.happen(moment.happening, &rehearsal)
        }
        rehearsal.advance(to: start.advanced(by: Int64(property.days) * 86_400_000_000))
        if rehearsal.isEndless { return (TestFailure(span: test.span, problem: .endless), rehearsal.coverage) }
        var check = ExpectationCheck(stage, facts: rehearsal.facts, zone: zone, contactZone: rehearsal.contactZone)
        check.isForAll = test.target == .all
        for expectation in test.never {
            if let failure = check.violation(of: expectation) { return (failure, rehearsal.coverage) }
        }
        return (nil, rehearsal.coverage)
    }

    /// Without every moment, field and consent that the failure doesn't need. What one leaves out may make another
    /// needless, so it goes round until nothing more can go.
    private func shrunk(_ life: GeneratedLife) -> GeneratedLife {
        var least = life
        var isSmaller = true
        while isSmaller {
            isSmaller = false
            func leaveOut(_ change: (inout GeneratedLife) -> Void) {
                var smaller = least
                change(&smaller)
                guard rehearse(smaller).failure != nil else { return }
                least = smaller
                isSmaller = true
            }
            for place in least.moments.indices.reversed() { leaveOut { $0.moments.remove(at: place) } }
            for field in stage.project.schema.fields
            where field.type.isOptional && !least.person[field.name].isMissing {
                leaveOut { $0.person[field.name] = .missing }
            }
            for kind in least.person.consent.keys.sorted() { leaveOut { $0.person.consent[kind] = nil } }
        }
        return least
    }
}
