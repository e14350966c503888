package import RuleEngine

/// Makes up rules as an author would write them, and a person for them to happen to.
package struct JourneyGenerator {
    package var random: SeededRandom
    private var names = 0

    package init(seed: UInt64) {
        random = SeededRandom(seed: seed)
    }

    /// Events that happen to people; `n` is their only field.
    package static let events = ["began", "ping", "bought", "read"]

    // MARK: Programs

    /// The files of a project whose rule `subject` is a new one each time.
    package mutating func project() -> [SourceFile] {
        [("carillon.yaml", Self.project), ("others.yaml", Self.others), ("rules/subject.yaml", rule())].map {
            SourceFile(path: $0.0, bytes: Array($0.1.utf8))
        }
    }

    private mutating func rule() -> String {
        names = 0
        var lines = ["rule: subject", "purpose: transactional", "trigger: {event: began}", "via: [outbox]"]
        if random.chance(1, in: 2) {
            let within = random.chance(1, in: 2) ? ", within: \(random.pick(["2d", "40d"]))" : ""
            let then = random.pick([", then: continue", ", then: exit", ""])
            let condition = random.chance(1, in: 2) ? ", where: event.n > 5" : ""
            lines.append("goal: {event: bought\(condition)\(within)\(then)}")
        }
        if random.chance(1, in: 3) { lines.append("exit_when: [contact.seats > 80]") }
        if random.chance(1, in: 4) { lines.append("holdout: 20%") }
        lines.append("steps:")
        lines += steps(depth: 0, count: 2 + random.below(4), mayExit: false).map { "  " + $0 }
        return lines.joined(separator: "\n") + "\n"
    }

    private mutating func steps(depth: Int, count: Int, mayExit: Bool) -> [String] {
        var lines: [String] = []
        for _ in 0..<count { lines += step(depth: depth) }
        if mayExit, random.chance(1, in: 4) { lines.append("- exit: \(random.pick(["early", "done"]))") }
        return lines
    }

    private mutating func nested(_ key: String, depth: Int, mayExit: Bool = false) -> [String] {
        ["  \(key):"] + steps(depth: depth + 1, count: 1 + random.below(2), mayExit: mayExit).map { "    " + $0 }
    }

    private mutating func step(depth: Int) -> [String] {
        switch random.below(depth < 3 ? 17 : 9) {
        case 0: return ["- send: note"]
        case 1: return ["- wait: \(random.pick(["30m", "5h", "1d", "3d"]))"]
        case 2: return ["- wait: {until: \"\(time())\"\(days()), in: \(clock())}"]
        case 3: return ["- set: {plan: \(random.pick(["free", "pro"])), seats: <<contact.seats + 1>>}"]
        case 4: return ["- tag: \(random.pick(["red", "{name: blue, for: 7d}"]))"]
        case 5: return ["- untag: red"]
        case 6: return ["- emit: {event: noted, with: {n: contact.seats}}"]
        case 7: return ["- hand_over: support", "  note: 'seats <<contact.seats>>'"]
        case 8: return ["- start: rule other", "  with: {n: entry.n}"]
        case 9, 10: return awaitEvent(depth)
        case 11:
            return ["- wait_until: \(condition())", "  up_to: \(random.pick(["3h", "2d"]))"]
                + nested("then", depth: depth, mayExit: true) + optionalElse(depth)
        case 12: return ["- if: \(condition())"] + nested("then", depth: depth, mayExit: true) + optionalElse(depth)
        case 13: return choice(depth)
        case 14: return split(depth)
        case 15:
            let until = random.chance(1, in: 2) ? ", until: \(condition())" : ""
            return ["- repeat: {at_most: \(1 + random.below(4)), every: \(random.pick(["2h", "1d"]))\(until)}"]
                + nested("do", depth: depth, mayExit: true)
        default: return random.chance(1, in: 2) ? call(depth) : use(depth)
        }
    }

    private mutating func awaitEvent(_ depth: Int) -> [String] {
        let condition = random.pick(["", "event.n > 3", "event.n == entry.n"])
        return ["- wait_for: \(random.pick(Self.events))"] + (condition.isEmpty ? [] : ["  where: \(condition)"])
            + ["  up_to: \(random.pick(["2h", "1d", "3d"]))"] + nested("then", depth: depth, mayExit: true)
            + optionalElse(depth)
    }

    private mutating func optionalElse(_ depth: Int) -> [String] {
        random.chance(1, in: 2) ? nested("else", depth: depth) : []
    }

    private mutating func choice(_ depth: Int) -> [String] {
        var lines = ["- choose:"]
        for arm in 0..<1 + random.below(3) {
            lines.append("    - when: \(condition())")
            lines += nested("do", depth: depth, mayExit: arm == 0).map { "    " + $0 }
        }
        if random.chance(1, in: 2) {
            lines.append("    - otherwise:")
            lines += steps(depth: depth + 1, count: 1, mayExit: false).map { "        " + $0 }
        }
        return lines
    }

    private mutating func split(_ depth: Int) -> [String] {
        names += 1
        var lines = ["- split: draw-\(names)", "  arms:"]
        for (name, share) in random.pick([[("a", 50), ("b", 50)], [("a", 10), ("b", 20), ("c", 70)]]) {
            lines.append("    \(name):")
            lines.append("      share: \(share)%")
            lines += nested("do", depth: depth, mayExit: name == "a").map { "    " + $0 }
        }
        return lines
    }

    private mutating func call(_ depth: Int) -> [String] {
        ["- call: crm.note", "  body: {seats: <<contact.seats>>}", "  retry: {at_most: 3, over: 1h}"]
            + optionalElse(depth)
    }

    private mutating func use(_ depth: Int) -> [String] {
        if random.chance(1, in: 2) {
            return ["- use: nudge", "  with: {gap: \(random.pick(["1h", "1d"]))}"]
        }
        return [
            "- if: contact.renewal_date is known", "  then:",
            "    - wait: {until: contact.renewal_date - 3d, at: \"\(time())\"\(days()), in: \(clock()), up_to: 12d}",
        ]
    }

    /// On quarters of hours; two of them lie in the night in which clocks change.
    private mutating func time() -> String { random.pick(["02:15", "02:30", "10:00", "21:45"]) }

    private mutating func days() -> String { random.pick(["", ", days: tue-thu", ", days: sun"]) }

    private mutating func clock() -> String { random.pick(["contact_zone", "Europe/Berlin", "America/New_York"]) }

    private mutating func condition() -> String {
        let simple = [
            "contact.seats > \(random.below(60))", "contact.plan == \"pro\"", "contact.tags contains \"red\"",
            "contact.renewal_date is known", "entry.n > \(random.below(9))",
        ]
        switch random.below(4) {
        case 0: return "not \(random.pick(simple))"
        case 1: return "\(random.pick(simple)) or \(random.pick(simple))"
        default: return random.pick(simple)
        }
    }

    // MARK: What stays the same

    private static let project = """
        project: generated
        time_zone: Europe/Berlin
        teams: [support]
        endpoints:
          crm:
            secret: crm
            calls:
              note: {method: POST, path: /notes}
        ---
        schema: people
        contact:
          seats: int
          plan: one_of(free, pro)
          renewal_date: optional date
        events:
          began: {n: int}
          ping: {n: int}
          bought: {n: int}
          read: {n: int}
          noted: {n: int}
          other_began: {n: int}
        ---
        channel: outbox
        kind: email
        provider: outbox
        from: Acme <news@acme.example>

        """

    private static let others = """
        template: note
        purpose: transactional
        email:
          en:
            subject: A note
            body: Hello!
        ---
        rule: other
        purpose: transactional
        trigger: {event: other_began}
        steps:
          - hand_over: support
        ---
        fragment: nudge
        inputs: {gap: duration}
        steps:
          - wait_for: ping
            up_to: input.gap
            then:
              - exit: answered
          - repeat: {at_most: 3, every: 2h}
            do:
              - tag: nudged
              - if: contact.seats > 40
                then:
                  - exit: enough
          - untag: nudged

        """

    package static let catalog = Catalog(
        providers: [Catalog.Provider(name: "outbox", kinds: [], settings: [], needsSender: false)], packs: [])
}
