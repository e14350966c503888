package import RuleEngine

/// What a simulation has counted.
package struct SimulationTally: Sendable {
    package struct Day: Sendable {
        /// By channel.
        package var sent: [String: Int] = [:]
        package var costMicros: Int64 = 0
        /// By reason.
        package var held: [String: Int] = [:]
        package var skipped: [String: Int] = [:]
        package var entered = 0
        package var delivered = 0
        package var bounced = 0
        package var opened = 0
        package var clicked = 0
        package var replied = 0
        package var stopped = 0
        package var goals = 0

        package var sentInAll: Int { sent.values.reduce(0, +) }
    }

    package struct Program: Sendable {
        package var entered = 0
        package var sent = 0
        package var held = 0
        package var skipped: [String: Int] = [:]
        package var goals = 0
        package var handedOver = 0
        package var costMicros: Int64 = 0
        /// By the ending's name.
        package var ended: [String: Int] = [:]
        /// By template.
        package var messages: [String: Int] = [:]

        package init() {}
    }

    package let start: Timestamp
    package private(set) var days: [Day]
    /// Messages by day, then by hour of the project's clock.
    package private(set) var hours: [[Int]]
    package private(set) var programs: [String: Program] = [:]
    package private(set) var contacts = 0
    /// People who got something.
    package private(set) var reached = 0
    /// How many people got so many messages.
    package private(set) var messagesPerPerson: [Int: Int] = [:]
    /// The most that one person got on a day.
    package private(set) var mostOnADay = 0
    private let firstDay: Int64
    private let zone: TimeZoneRules

    init(start: Timestamp, days count: Int, zone: TimeZoneRules) {
        self.start = start
        self.zone = zone
        firstDay = zone.localTime(of: start).date.daysSinceEpoch
        // A start in the middle of a day ends in the middle of one.
        days = Array(repeating: Day(), count: count + 1)
        hours = Array(repeating: Array(repeating: 0, count: 24), count: count + 1)
    }

    package var sent: Int { days.reduce(0) { $0 + $1.sentInAll } }
    package var costMicros: Int64 { days.reduce(0) { $0 + $1.costMicros } }

    package func date(ofDay index: Int) -> CalendarDate { CalendarDate(daysSinceEpoch: firstDay + Int64(index)) }

    /// The hour with the most messages; nil where there are none.
    package var worstHour: (day: Int, hour: Int, sent: Int)? {
        var worst: (day: Int, hour: Int, sent: Int)?
        for (day, counts) in hours.enumerated() {
            for (hour, count) in counts.enumerated() where count > worst?.sent ?? 0 { worst = (day, hour, count) }
        }
        return worst
    }

    mutating func add(_ rehearsal: borrowing Rehearsal) {
        contacts += 1
        var own = 0
        var onDay: [Int: Int] = [:]
        for fact in rehearsal.facts {
            let local = zone.localTime(of: fact.at)
            let day = min(days.count - 1, max(0, Int(local.date.daysSinceEpoch - firstDay)))
            add(fact, day: day, hour: local.hour)
            if case .sent = fact.kind {
                own += 1
                onDay[day, default: 0] += 1
            }
        }
        for fate in rehearsal.fates { add(fate.response, day: day(of: fate.at)) }
        if own > 0 { reached += 1 }
        messagesPerPerson[own, default: 0] += 1
        mostOnADay = max(mostOnADay, onDay.values.max() ?? 0)
    }

    private func day(of instant: Timestamp) -> Int {
        min(days.count - 1, max(0, Int(zone.localTime(of: instant).date.daysSinceEpoch - firstDay)))
    }

    private mutating func add(_ response: ResponseModel.Response, day: Int) {
        switch response {
        case .delivered: days[day].delivered += 1
        case .bounced: days[day].bounced += 1
        case .opened: days[day].opened += 1
        case .clicked: days[day].clicked += 1
        case .replied: days[day].replied += 1
        case .stopped: days[day].stopped += 1
        }
    }

    private mutating func add(_ fact: RehearsalFact, day: Int, hour: Int) {
        switch fact.kind {
        case .entered:
            days[day].entered += 1
            programs[fact.program, default: Program()].entered += 1
        case .sent(let message):
            days[day].sent[message.channel, default: 0] += 1
            days[day].costMicros += message.costMicros
            hours[day][hour] += 1
            programs[fact.program, default: Program()].sent += 1
            programs[fact.program, default: Program()].costMicros += message.costMicros
            programs[fact.program, default: Program()].messages[message.template ?? "message", default: 0] += 1
        case .held(_, _, let reason, _):
            days[day].held[reason, default: 0] += 1
            programs[fact.program, default: Program()].held += 1
        case .skipped(_, _, let reason):
            days[day].skipped[reason, default: 0] += 1
            programs[fact.program, default: Program()].skipped[reason, default: 0] += 1
        case .handedOver: programs[fact.program, default: Program()].handedOver += 1
        case .reachedGoal:
            days[day].goals += 1
            programs[fact.program, default: Program()].goals += 1
        case .ended(let name): programs[fact.program, default: Program()].ended[name, default: 0] += 1
        case .leftOut, .waits, .went, .took, .passedOver, .wrote, .tagged, .untagged, .emitted, .called, .started: break
        }
    }

    mutating func add(_ other: SimulationTally) {
        for day in days.indices {
            days[day].add(other.days[day])
            for hour in 0..<24 { hours[day][hour] += other.hours[day][hour] }
        }
        for (name, program) in other.programs { programs[name, default: Program()].add(program) }
        contacts += other.contacts
        reached += other.reached
        messagesPerPerson.merge(other.messagesPerPerson, uniquingKeysWith: +)
        mostOnADay = max(mostOnADay, other.mostOnADay)
    }
}

extension SimulationTally.Day {
    fileprivate mutating func add(_ other: Self) {
        sent.merge(other.sent, uniquingKeysWith: +)
        held.merge(other.held, uniquingKeysWith: +)
        skipped.merge(other.skipped, uniquingKeysWith: +)
        costMicros += other.costMicros
        entered += other.entered
        delivered += other.delivered
        bounced += other.bounced
        opened += other.opened
        clicked += other.clicked
        replied += other.replied
        stopped += other.stopped
        goals += other.goals
    }
}

extension SimulationTally.Program {
    fileprivate mutating func add(_ other: Self) {
        entered += other.entered
        sent += other.sent
        held += other.held
        goals += other.goals
        handedOver += other.handedOver
        costMicros += other.costMicros
        skipped.merge(other.skipped, uniquingKeysWith: +)
        ended.merge(other.ended, uniquingKeysWith: +)
        messages.merge(other.messages, uniquingKeysWith: +)
    }
}
