package import RuleEngine

/// What happens to one person on the way: events in and out of order, some of them twice, some late; answers that come
/// and answers to questions that nobody asks any more; fields that change; and time, over both changes of the clocks.
package struct GeneratedInputs {
    package var person: GeneratedPerson
    package private(set) var now: Timestamp
    package let entry: RunEntry
    package private(set) var log = ""
    private var past: [RunEvent] = []
    private var nextEvent: Int64 = 1

    package init(_ random: inout SeededRandom, zones: [String: TimeZoneRules]) {
        // Around 2027-03-10, days before the clocks change in New York and Berlin; or 2027-10-28.
        let start: Int64 = random.chance(1, in: 2) ? 1_804_600_000 : 1_824_700_000
        now = Timestamp(microseconds: (start + Int64(random.below(86_400))) * 1_000_000)
        let day = now.microseconds / 86_400_000_000
        person = GeneratedPerson(
            seats: Int64(random.below(60)), plan: random.pick(["free", "pro"]),
            renewalDate: random.chance(1, in: 2) ? day + Int64(random.below(25)) : nil,
            tags: random.chance(1, in: 3) ? ["red"] : [], id: Array("c\(random.below(100_000))".utf8),
            zone: zones[random.pick(["Europe/Berlin", "America/New_York"])] ?? .utc)
        entry = RunEntry(event: EventID(rawValue: 0), fields: ["n": .number(Int64(random.below(10)), .int)])
    }

    package mutating func next(_ step: RunStep, _ random: inout SeededRandom) -> RunInput {
        move(step, &random)
        let input = input(step, &random)
        log += "\(now.microseconds): \(input)\n"
        return input
    }

    private mutating func move(_ step: RunStep, _ random: inout SeededRandom) {
        var pause: Int64 = 0
        if step.state.waiting == .facts { return }
        if let due = step.state.due, random.chance(1, in: 3) {
            pause = due.microseconds - now.microseconds + random.pick([-1, 0, 1, 7_200_000_000])
        } else {
            pause = random.pick([0, 1_000_000, 600_000_000, 5_400_000_000, 90_000_000_000])
        }
        now = Timestamp(microseconds: now.microseconds + max(0, pause))
    }

    private mutating func input(_ step: RunStep, _ random: inout SeededRandom) -> RunInput {
        switch step.state.waiting {
        case .send(let number) where random.chance(1, in: 2):
            return .sendSettled(number, random.pick(OrderOutcome.allCases))
        case .call(let number) where random.chance(1, in: 2):
            return .callSettled(number, isSuccess: random.chance(1, in: 2))
        default: break
        }
        switch random.below(10) {
        case 0...3: return .event(event(&random))
        case 4: return past.isEmpty ? .awake : .event(random.pick(past))
        case 5: return .sendSettled(UInt32(random.below(6)) + 1000, .accepted)
        case 6:
            change(&random)
            return .awake
        default: return .awake
        }
    }

    private mutating func event(_ random: inout SeededRandom) -> RunEvent {
        let late: Int64 = random.pick([0, 0, 0, 1_000_000, 300_000_000, 900_000_000, 20_000_000_000])
        let event = RunEvent(
            id: EventID(rawValue: nextEvent), name: random.pick(JourneyGenerator.events),
            fields: ["n": .number(Int64(random.below(10)), .int)], at: Timestamp(microseconds: now.microseconds - late))
        nextEvent += 1
        past.append(event)
        return event
    }

    private mutating func change(_ random: inout SeededRandom) {
        switch random.below(4) {
        case 0: person.seats = Int64(random.below(100))
        case 1: person.plan = person.plan == "pro" ? "free" : "pro"
        case 2: person.renewalDate = person.renewalDate.map { $0 + Int64(random.below(7)) - 3 }
        default: person.tags = person.tags.isEmpty ? ["red"] : []
        }
    }
}
