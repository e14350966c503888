import Glibc
import RuleEngine
import Runner
import Storage
import TestKit

/// Sequences and rules over a real database: events that begin runs and intents, waits that come due, and sleepers.
///
/// The provider is in memory and answers at once: what is measured is ours.
enum EngineBench {
    private static let contacts = 100_000
    private static let ruleCount = 1_000
    private static let rulesPerEvent = 10

    // MARK: Events

    /// A thousand rules; every event is looked at by ten, and one of them takes it and sends.
    static func events(folder: String) throws -> [BenchResult] {
        let rules = (0..<ruleCount).map { number in
            """
            rule: rule-\(number)
            purpose: transactional
            runs: many
            trigger:
              event: happened_\(number / rulesPerEvent)
              where: event.kind == \(number % rulesPerEvent)
            steps:
              - send: answer
                via: [mail]
            """
        }
        let names = (0..<ruleCount / rulesPerEvent).map { "  happened_\($0): {kind: int, sent: int}" }
        let live = try LiveProject(
            folder: folder, contacts: contacts, events: names.joined(separator: "\n"), programs: rules)
        var results = [
            BenchResult(
                name: "rules made live, \(ruleCount) at once", value: live.activation, unit: "s", target: "no goal")
        ]

        let count = 200_000
        let whole = try live.take(events: count, perSecond: nil)
        let reached = Double(count) / whole.seconds
        results.append(
            BenchResult(
                name: "events from lines into runs and intents, \(ruleCount) rules, 10 asked",
                value: reached, unit: "1/s", target: "≥ 20,000"))
        // Half of what was aimed at, or of what this machine takes: beyond that the queue is measured, and not the way.
        let pace = min(10_000, (reached / 2).rounded(.down))
        let half = try live.take(events: Int(pace * 10), perSecond: pace)
        let name = "from a line to its message at \(Int(pace)) events/s"
        results.append(
            BenchResult(name: "\(name): median", value: half.latency(0.5), unit: "ms", target: "no goal"))
        results.append(
            BenchResult(name: "\(name): p99", value: half.latency(0.99), unit: "ms", target: "≤ 50 at 10,000"))
        return results
    }

    // MARK: Waits

    private static let sequence = """
        sequence: walk
        purpose: transactional
        enter: {event: began}
        steps:
          - wait: 1d
          - tag: awake
          - wait: 1d
        """

    /// Runs whose first wait is over: each makes a step, writes a tag and waits again.
    static func waits(folder: String, runs: Int = 1_000_000) throws -> [BenchResult] {
        let live = try LiveProject(folder: folder, contacts: runs, events: "  began: {sent: int}", programs: [sequence])
        try live.copyRuns(runs)
        live.clock.advance(hours: 25)
        let time = try LedgerBench.timed { while try live.engine.turn() {} }
        precondition(live.engine.tally.steps >= runs, "every run has made its step")
        return [
            BenchResult(
                name: "\(runs) due waits, steps", value: Double(live.engine.tally.steps) / time.wall, unit: "1/s",
                target: "≥ 50,000")
        ]
    }

    /// Runs that sleep, and an engine that looks for work.
    static func sleepers(folder: String, runs: Int = 10_000_000) throws -> [BenchResult] {
        let live = try LiveProject(folder: folder, contacts: 1, events: "  began: {sent: int}", programs: [sequence])
        for _ in 0..<10 { _ = try live.engine.turn() }
        let empty = residentBytes()
        try live.copyRuns(runs)
        let turns = try LedgerBench.timed {
            for _ in 0..<100 {
                _ = try live.engine.turn()
                _ = try live.engine.nextDue()
            }
        }
        return [
            BenchResult(
                name: "resident above empty with \(runs) sleeping runs",
                value: Double(max(0, residentBytes() - empty)) / 1_048_576, unit: "MiB", target: "≤ 64"),
            BenchResult(
                name: "a look for work among \(runs) sleeping runs", value: turns.wall / 100 * 1_000, unit: "ms",
                target: "no goal"),
        ]
    }

    private static func residentBytes() -> Int {
        guard let file = fopen("/proc/self/statm", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        guard fgets(&line, 256, file) != nil else { return 0 }
        let words = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self).split(
            separator: " ")
        return words.count > 1 ? (Int(words[1]) ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE))) : 0
    }
}
