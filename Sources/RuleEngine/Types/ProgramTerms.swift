/// What a new start does while a run of the same key is going on.
package enum RunMode: String, Sendable, CaseIterable {
    /// The new start is left out.
    case one
    /// The old run ends, a new one begins.
    case restart
    /// The new one waits until the old one has ended.
    case queue
    /// Both run.
    case many

    static let words = allCases.map(\.rawValue)
}

/// Whether somebody who was in may come in again.
package enum ReEntry: Sendable, Hashable {
    case never
    case always
    /// Microseconds after the end of the last run.
    case after(Int64)
}

/// What may be spent, perhaps per period.
package struct Allowance: Sendable, Hashable {
    package let amount: Money
    /// Microseconds; nil for all time.
    package let period: Int64?

    package init(amount: Money, period: Int64?) {
        self.amount = amount
        self.period = period
    }
}

/// A time table of five fields, as lists of what fits.
package struct CronSchedule: Sendable, Hashable {
    package let minutes: [Int]
    package let hours: [Int]
    package let days: [Int]
    package let months: [Int]
    /// 0 is Sunday, as cron counts.
    package let weekDays: [Int]
    /// Cron's rule: where both a day and a day of the week are named, either will do.
    package let anyDay: Bool
    package let anyWeekDay: Bool
}

/// What tells that a message did not do its work, so that the next channel is tried.
package enum DeliverySignal: String, Sendable, CaseIterable {
    case failed, not_delivered, not_opened, not_read, not_clicked, not_replied

    static let words = allCases.map(\.rawValue)

    /// Whether a kind of channel can tell.
    package func isGiven(by kind: String) -> Bool {
        switch self {
        case .failed, .not_delivered: true
        case .not_opened: kind == "email"
        case .not_read: ["whatsapp", "messenger", "instagram", "telegram", "webchat"].contains(kind)
        case .not_clicked: !kind.hasPrefix("voice")
        case .not_replied: kind != "voice_recorded"
        }
    }
}
