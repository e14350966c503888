import RuleEngine
import TestKit
import Testing

/// The bounds against every walk that a program allows.
struct ProgramBoundsTests {
    private static let channels = """
        channel: email-main
        kind: email
        provider: smtp
        host: mail.acme.example
        secret: mail-prod
        from: Acme <news@mail.acme.example>
        cost: {per_message: EUR 0.0004}
        ---
        channel: sms-eu
        kind: sms
        provider: outbox
        folder: outbox
        from: Acme
        cost: {per_message: EUR 0.075}
        ---
        channel: sms-cheap
        kind: sms
        provider: outbox
        folder: outbox
        from: Acme
        cost: {per_message: EUR 0.03}

        """

    private static let template = """
        template: welcome
        email:
          en:
            subject: Welcome
            body: |
              Hello!
              <<sender.postal_address>>
              <<unsubscribe.link>>
        sms:
          en: Hello! Reply STOP to end.

        """

    private static func analysed(_ sequence: String) throws -> AnalysedProject {
        let result = BaseProject.compile([
            ("channels/main.yaml", channels), ("templates/welcome.yaml", template), ("sequences/walked.yaml", sequence),
        ])
        let text = DiagnosticRenderer(sources: result.sources).text(result.diagnostics)
        let project = try #require(result.project, "\(sequence)\n\(text)")
        return AnalysedProject(project: project, catalog: BaseProject.catalog)
    }

    /// A part costs ten cents.
    @Test(
        arguments: [
            ("Hello!", 100_000, false),
            ("Your plan is <<contact.plan>>.", 100_000, false),
            (String(repeating: "Hello! ", count: 30), 200_000, false),
            ("Hello <<contact.first_name | default: \"there\">>!", 2_400_000, true),
        ] as [(String, Int64, Bool)])
    func `a text message costs the parts of its longest rendering`(
        text: String, most: Int64, isUnlimited: Bool
    ) throws {
        let channel = """
            channel: sms-parts
            kind: sms
            provider: outbox
            folder: outbox
            from: Acme
            cost: {per_segment: EUR 0.10}

            """
        let rule = """
            rule: told
            purpose: informational
            trigger: {event: cart_updated}
            steps:
              - send: text
                via: [sms-parts]
                text: {en: '\(text)'}

            """
        let result = BaseProject.compile([("channels/parts.yaml", channel), ("rules/told.yaml", rule)])
        let project = try #require(
            result.project, "\(DiagnosticRenderer(sources: result.sources).text(result.diagnostics))")
        let analysed = AnalysedProject(project: project, catalog: BaseProject.catalog)
        let entry = try #require(ProjectBounds(analysed).entries.first { $0.program.graph.id == "told" })
        let bounds = try #require(entry.bounds)
        #expect(bounds.cost.most.value == most)
        #expect(bounds.cost.countsUnknownParts == isUnlimited)
        #expect(bounds.cost.least.value == 100_000)
    }

    @Test(arguments: [21, 22, 23, 24, 25, 26] as [UInt64])
    func `no walk passes a bound, and some walk reaches each`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var walked = 0
        var loops = 0
        for number in 0..<60 {
            var writer = RandomSequence(random: random)
            let sequence = writer.text()
            random = writer.random
            let analysed = try Self.analysed(sequence)
            let entry = try #require(ProjectBounds(analysed).entries.first { $0.program.graph.id == "walked" })
            let bounds = try #require(entry.bounds)
            let graph = entry.program.graph
            var walker = Walker(graph: graph, project: analysed.project)
            guard let walks = walker.all() else { continue }
            walked += 1
            if graph.nodes.contains(where: { if case .loop = $0 { true } else { false } }) { loops += 1 }
            let place = "seed \(seed), \(number):\n\(sequence)"
            #expect(bounds.messages.value == Int64(walks.map(\.times.count).max() ?? 0), "messages: \(place)")
            #expect(bounds.cost.most.value == walks.map(\.most).max(), "most: \(place)")
            #expect(bounds.cost.least.value == walks.map(\.least).min(), "least: \(place)")
            #expect(bounds.longestLife.value == walks.map(\.longest).max(), "life: \(place)")
            let escalates = graph.nodes.contains {
                if case .deliver(let send, _) = $0 { send.tryNext != nil } else { false }
            }
            for (frequency, width) in [(bounds.perDay, Walker.day), (bounds.perWeek, 7 * Walker.day)] {
                let most = walks.map { $0.most(within: width) }.max() ?? 0
                guard case .atMost(let count, _) = frequency else {
                    Issue.record("no limit: \(place)")
                    continue
                }
                #expect(escalates ? count >= most : count == most, "\(count) within \(width), walked \(most): \(place)")
            }
            #expect(bounds.cost.least.value <= bounds.cost.expected && bounds.cost.expected <= bounds.cost.most.value)
        }
        #expect(walked > 30 && loops > 3)
    }

    @Test(arguments: [
        ("again: never", "wait: 2d", 1, 2), ("again: after 3d", "wait: 2d", 1, 3),
        ("again: after 1h", "wait: 2d", 2, 8),
        ("again: after 30d, runs: one", "wait: 2h", 2, 2), ("again: after 12h", "wait: 12h", 2, 14),
    ])
    func `runs that follow each other count together`(again: String, wait: String, perDay: Int, perWeek: Int) throws {
        let analysed = try Self.analysed(
            """
            sequence: walked
            purpose: marketing
            lawful_basis: consent
            enter: {event: trial_started, \(again)}
            via: [email-main]
            steps:
              - send: welcome
                name: first
              - \(wait)
              - send: welcome
                name: second

            """)
        let bounds = try #require(ProjectBounds(analysed).entries.first?.bounds)
        #expect(bounds.messages.value == 2)
        guard case .atMost(let day, _) = bounds.perDay, case .atMost(let week, _) = bounds.perWeek else {
            Issue.record("no limit")
            return
        }
        #expect(day == perDay)
        #expect(week == perWeek)
    }

    @Test(arguments: [
        ("{event: trial_started}", UnlimitedReason.runAfterRun),
        ("{event: trial_started, runs: many}", .runsSideBySide),
        ("{event: cart_updated, runs: {mode: one, key: event.cart_id}}", .runPerKey("event.cart_id")),
    ])
    func `where nothing limits the runs, nothing limits the messages`(enter: String, reason: UnlimitedReason) throws {
        let analysed = try Self.analysed(
            """
            sequence: walked
            purpose: marketing
            lawful_basis: consent
            enter: \(enter)
            via: [email-main]
            steps:
              - send: welcome

            """)
        let bounds = try #require(ProjectBounds(analysed).entries.first?.bounds)
        #expect(bounds.perDay == .noLimit(reason))
    }

    @Test(arguments: [
        (#"{every: day, at: "10:00"}"#, 1, 7), ("{every: week, days: mon-fri, at: \"10:00\"}", 1, 5),
        (#"{every: month, day: 31, at: "10:00"}"#, 1, 1), (#"{cron: "0 9,21 * * *"}"#, 2, 14),
    ])
    func `a time table limits the runs`(schedule: String, perDay: Int, perWeek: Int) throws {
        let analysed = try Self.analysed(
            """
            sequence: walked
            purpose: marketing
            lawful_basis: consent
            enter: {schedule: \(schedule)}
            via: [email-main]
            steps:
              - send: welcome

            """)
        let bounds = try #require(ProjectBounds(analysed).entries.first?.bounds)
        guard case .atMost(let day, _) = bounds.perDay, case .atMost(let week, _) = bounds.perWeek else {
            Issue.record("no limit")
            return
        }
        #expect(day == perDay)
        #expect(week == perWeek)
    }

    @Test func `loops in loops in loops are not written out`() throws {
        var steps = "- send: welcome\n"
        for _ in 0..<3 {
            steps = "- repeat: {at_most: 100, every: 1d}\n  do:\n" + steps.indented(by: 4)
        }
        let analysed = try Self.analysed(
            """
            sequence: walked
            purpose: marketing
            lawful_basis: consent
            enter: {event: trial_started, again: never}
            via: [email-main]
            steps:

            """ + steps.indented(by: 2))
        #expect(ProjectBounds(analysed).entries.first?.bounds == nil)
    }
}

/// A sequence of random steps, small enough to be walked in every way.
private struct RandomSequence {
    var random: SeededRandom
    private var sends = 0

    init(random: SeededRandom) {
        self.random = random
    }

    mutating func text() -> String {
        let holdout = random.chance(1, in: 4) ? "holdout: 10%\n" : ""
        return """
            sequence: walked
            purpose: transactional
            enter: {event: trial_started, again: never}
            \(holdout)steps:

            """ + steps(depth: 2).indented(by: 2)
    }

    private mutating func steps(depth: Int) -> String {
        (0..<1 + random.below(3)).map { _ in step(depth: depth) }.joined()
    }

    private mutating func duration() -> String {
        random.pick(["5m", "3h", "12h", "1d", "30h", "3d", "8d"])
    }

    private mutating func block(_ key: String, depth: Int, by spaces: Int = 4) -> String {
        "  \(key):\n" + steps(depth: depth - 1).indented(by: spaces)
    }

    private mutating func step(depth: Int) -> String {
        switch random.below(depth > 0 ? 10 : 4) {
        case 0, 1:
            sends += 1
            let via = random.pick(["[email-main]", "[sms-eu, sms-cheap]", "[sms-cheap, email-main]"])
            let isTried = random.chance(1, in: 5) && via.contains(",")
            let next = isTried ? "  try_next: {if: failed, after: \(duration())}\n" : ""
            return "- send: welcome\n  name: step-\(sends)\n  via: \(via)\n" + next
        case 2: return "- wait: \(duration())\n"
        case 3: return random.chance(1, in: 2) ? "- tag: seen\n" : "- wait: {until: \"10:00\", in: Etc/UTC}\n"
        case 4, 5:
            return "- wait_for: project_created\n  up_to: \(duration())\n" + block("then", depth: depth)
                + (random.chance(1, in: 2) ? block("else", depth: depth) : "")
        case 6: return "- if: contact.seats > \(random.below(50))\n" + block("then", depth: depth)
        case 7:
            return
                "- split: offer-\(random.below(1000))\n  arms:\n    none: {share: 40%}\n    some:\n      share: 60%\n"
                + "      do:\n" + steps(depth: depth - 1).indented(by: 8)
        default:
            let until = random.chance(1, in: 2) ? ", until: tagged(\"t\(random.below(9))\")" : ""
            return "- repeat: {at_most: \(1 + random.below(3)), every: \(duration())\(until)}\n"
                + block("do", depth: depth)
        }
    }
}

extension String {
    fileprivate func indented(by spaces: Int) -> String {
        let indent = String(repeating: " ", count: spaces)
        return split(separator: "\n").map { indent + $0 + "\n" }.joined()
    }
}

/// Every walk through a graph, step by step, without looking ahead.
private struct Walker {
    static let day: Int64 = 86_400_000_000

    struct Walk {
        /// When messages leave if every wait takes as little as it may.
        var times: [Int64] = []
        var clock: Int64 = 0
        var longest: Int64 = 0
        var least: Int64 = 0
        var most: Int64 = 0

        func most(within width: Int64) -> Int {
            times.map { start in times.count { $0 >= start && $0 < start + width } }.max() ?? 0
        }
    }

    let graph: ProgramGraph
    let project: CheckedProject
    private var walks: [Walk] = []

    init(graph: ProgramGraph, project: CheckedProject) {
        self.graph = graph
        self.project = project
    }

    /// Nil where they are too many.
    mutating func all() -> [Walk]? {
        go(0, Walk(), rounds: [:])
        return walks.count < 20_000 ? walks : nil
    }

    private mutating func go(_ index: Int, _ walk: Walk, rounds: [Int: Int]) {
        guard walks.count < 20_000 else { return }
        func after(_ least: Int64, _ most: Int64) -> Walk {
            var walk = walk
            walk.clock += least
            walk.longest += most
            return walk
        }
        switch graph.nodes[index] {
        case .exit: walks.append(walk)
        case .holdout(_, let next):
            walks.append(walk)
            go(next, walk, rounds: rounds)
        case .deliver(let send, let next):
            guard case .channels(let ids) = send.reach else { return }
            let prices = ids.compactMap { project.channels[$0]?.costPerMessage?.micros }
            let attempts = send.tryNext == nil ? 1 : ids.count
            let pause = send.tryNext?.after ?? 0
            var walk = walk
            walk.times += (0..<attempts).map { walk.clock + Int64($0) * pause }
            walk.longest += Int64(attempts - 1) * pause
            walk.least += prices.min() ?? 0
            walk.most += prices.sorted().suffix(attempts).reduce(0, +)
            go(next, walk, rounds: rounds)
        case .wait(.duration(let length), let next): go(next, after(length, length), rounds: rounds)
        case .wait(.clock, let next): go(next, after(0, Self.day), rounds: rounds)
        case .wait(.until(_, _, _, _, let upTo), let next): go(next, after(0, upTo), rounds: rounds)
        case .waitFor(_, _, let upTo, let then, let otherwise), .waitUntil(_, let upTo, let then, let otherwise):
            go(then, after(0, upTo), rounds: rounds)
            go(otherwise, after(upTo, upTo), rounds: rounds)
        case .loop(let atMost, let every, let until, let body, let next):
            let done = rounds[index] ?? 0
            if done < atMost {
                var rounds = rounds
                rounds[index] = done + 1
                go(body, done == 0 ? walk : after(every, every), rounds: rounds)
            }
            if done == atMost || !until.isEmpty {
                var rounds = rounds
                rounds[index] = nil
                go(next, done == 0 || done == atMost ? walk : after(0, every), rounds: rounds)
            }
        case .call(_, let next, let failed):
            go(next, walk, rounds: rounds)
            go(failed, walk, rounds: rounds)
        case .choose(let arms, let otherwise):
            for next in arms.map(\.next) + [otherwise] { go(next, walk, rounds: rounds) }
        case .split(_, let shares): for share in shares { go(share.next, walk, rounds: rounds) }
        case .entry(let next), .gate(_, let next), .send(_, let next), .set(_, let next), .tag(_, _, let next),
            .untag(_, let next), .emit(_, _, let next), .start(_, _, _, let next), .handOver(_, _, let next):
            go(next, walk, rounds: rounds)
        }
    }
}
