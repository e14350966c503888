package import RuleEngine

/// What left on one day by one channel for one program, and what became of it.
package struct DailyStatistic: Sendable, Equatable {
    package struct Key: Hashable, Sendable, Comparable {
        /// Days since 1970-01-01 on the project's clock.
        package var day: Int64
        package var channel: String
        package var program: String
        package var currency: String

        package init(day: Int64, channel: String, program: String, currency: String) {
            self.day = day
            self.channel = channel
            self.program = program
            self.currency = currency
        }

        package static func < (one: Key, two: Key) -> Bool {
            (one.day, one.channel, one.program, one.currency) < (two.day, two.channel, two.program, two.currency)
        }
    }

    package var key: Key
    package var figures: MessageFigures

    package init(key: Key, figures: MessageFigures) {
        self.key = key
        self.figures = figures
    }
}

/// Counts of messages that were sent, by what became of them.
package struct MessageFigures: Sendable, Equatable {
    /// Tried at least once.
    package var messages = 0
    package var accepted = 0
    package var rejected = 0
    package var failed = 0
    /// Nobody knows, for now or for good.
    package var uncertain = 0
    package var delivered = 0
    package var opened = 0
    package var clicked = 0
    package var bounced = 0
    package var complained = 0
    package var unsubscribed = 0
    package var costMicros: Int64 = 0

    package init() {}

    /// Counts one message.
    package mutating func count(
        _ state: DeliveryState, costMicros: Int64, rank: Int?, flags: Int, isDelivered: Bool, isOpened: Bool,
        isClicked: Bool
    ) {
        messages += 1
        switch state {
        case .accepted:
            accepted += 1
            self.costMicros += costMicros
        case .rejected: rejected += 1
        case .failed: failed += 1
        case .sending, .uncertain, .unknownFinal: uncertain += 1
        // Turned away for now, or given up while it waited.
        case .planned, .deferred, .retryWait, .skipped, .cancelled, .expired: break
        }
        if isDelivered { delivered += 1 }
        if isOpened { opened += 1 }
        if isClicked { clicked += 1 }
        if state == .rejected || rank.map({ StatusNews.name(ofRank: $0) == "bounced" }) ?? false { bounced += 1 }
        if flags & StatusNews.complained != 0 { complained += 1 }
        if flags & StatusNews.unsubscribed != 0 { unsubscribed += 1 }
    }

    package static func += (one: inout MessageFigures, two: MessageFigures) {
        one.messages += two.messages
        one.accepted += two.accepted
        one.rejected += two.rejected
        one.failed += two.failed
        one.uncertain += two.uncertain
        one.delivered += two.delivered
        one.opened += two.opened
        one.clicked += two.clicked
        one.bounced += two.bounced
        one.complained += two.complained
        one.unsubscribed += two.unsubscribed
        one.costMicros += two.costMicros
    }
}

/// What one step of a launch came to.
package struct StepFunnel: Sendable, Equatable {
    package var step: Int32
    /// Nil where the step sends an inline message.
    package var template: String?
    /// Rows of the step, each in one state.
    package var rows = 0
    package var skipped = 0
    package var open = 0
    package var figures = MessageFigures()

    package init(step: Int32, template: String?) {
        self.step = step
        self.template = template
    }
}

/// Figures by day, kept beside the ledger for quick answers and made from nothing else. One thread owns it.
package protocol StatisticsStore: AnyObject {
    /// Makes the figures of these days anew from the ledger, in one transaction.
    func rebuild(_ days: ClosedRange<Int64>, zone: TimeZoneRules) throws(StoreError)
    /// What was made, in ascending order of key.
    func daily(_ days: ClosedRange<Int64>) throws(StoreError) -> [DailyStatistic]
    /// What the ledger says now, nothing kept.
    func counted(_ days: ClosedRange<Int64>, zone: TimeZoneRules) throws(StoreError) -> [DailyStatistic]
    /// The first day on which anything was sent.
    func firstDay(zone: TimeZoneRules) throws(StoreError) -> Int64?
    /// Each step of a launch, in ascending order.
    func funnel(of launch: LaunchID) throws(StoreError) -> [StepFunnel]
}
