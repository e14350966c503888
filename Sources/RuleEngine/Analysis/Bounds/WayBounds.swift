/// What is certain about one way of a graph before anybody has gone it.
package struct WayBounds: Sendable, Hashable {
    /// The part of those at the node who go this way, in millionths, where chance decides; nil where facts do.
    package let share: Int64?
    /// Microseconds that pass at the node before this way is taken: the least and the most. The time that a message
    /// lies in a queue, or is held back by quiet hours, is not in it.
    package let wait: ClosedRange<Int64>

    package init(share: Int64? = nil, wait: ClosedRange<Int64> = 0...0) {
        self.share = share
        self.wait = wait
    }
}

extension ProgramGraph {
    /// One for each of the node's `edges`, in their order.
    package func wayBounds(from index: Int, in project: CheckedProject) -> [WayBounds] {
        switch nodes[index] {
        case .holdout(let share, _): [WayBounds(share: 1_000_000 - share)]
        case .split(_, let shares): shares.map { WayBounds(share: $0.share) }
        case .wait(let wait, _): [WayBounds(wait: wait.bounds)]
        case .waitFor(_, _, let upTo, _, _), .waitUntil(_, let upTo, _, _):
            [WayBounds(wait: 0...max(0, upTo)), WayBounds(wait: max(0, upTo)...max(0, upTo))]
        case .loop(_, let every, _, _, _): [WayBounds(wait: 0...max(0, every)), WayBounds(wait: 0...max(0, every))]
        case .call(let call, let next, let failed):
            Array(repeating: WayBounds(wait: 0...max(0, call.over)), count: next == failed ? 1 : 2)
        case .deliver(let send, _): [WayBounds(wait: 0...send.tail(in: project))]
        case .entry, .gate, .send, .choose, .set, .tag, .untag, .emit, .start, .handOver, .exit:
            nodes[index].successors.map { _ in WayBounds() }
        }
    }
}

extension CheckedStep.Wait {
    static let day: Int64 = 86_400_000_000
    /// Clocks are put back by two hours at most, so no day is longer than 26 hours.
    private static let longerNight: Int64 = 7_200_000_000

    /// The least and the most that somebody waits here, in microseconds.
    package var bounds: ClosedRange<Int64> {
        switch self {
        case .duration(let length): max(0, length)...max(0, length)
        case .clock(_, let days, let clock):
            0...(Self.longestGap(days) * Self.day + (clock == .zone("Etc/UTC") ? 0 : Self.longerNight))
        case .until(_, _, _, _, let upTo): 0...max(0, upTo)
        }
    }

    /// The most days between two that fit.
    private static func longestGap(_ days: WeekDays?) -> Int64 {
        guard let days else { return 1 }
        let fitting = (0..<7).filter { days.contains(WeekDays(day: $0)) }
        // Holidays alone: some year has the first of them on its last day, the next one on its first.
        guard let first = fitting.first else { return 731 }
        return zip(fitting, fitting.dropFirst() + [first + 7]).reduce(1) { max($0, Int64($1.1 - $1.0)) }
    }
}

extension Int64 {
    /// Sums of what authors write stay at the largest number where they would pass it.
    func cappedSum(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other < 0 ? .min : .max) : sum
    }

    func cappedProduct(_ other: Int64) -> Int64 {
        let (product, overflow) = multipliedReportingOverflow(by: other)
        return overflow ? ((self < 0) == (other < 0) ? .max : .min) : product
    }
}
