package import RuleEngine

/// How many messages of a launch went wrong, of those that left: what `stop_if` looks at.
package struct LiveRates: Sendable, Equatable {
    /// Messages whose outcome is known: accepted, rejected or failed.
    package var settled = 0
    /// Refused because there is no such mailbox or number, at once or later.
    package var bounced = 0
    package var complained = 0
    package var unsubscribed = 0
    /// Refused, given up or not delivered, bounces included.
    package var failed = 0

    package init() {}

    package init(settled: Int, bounced: Int = 0, complained: Int = 0, unsubscribed: Int = 0, failed: Int = 0) {
        self.settled = settled
        self.bounced = bounced
        self.complained = complained
        self.unsubscribed = unsubscribed
        self.failed = failed
    }

    package func count(_ rate: FactQuery.Rate) -> Int {
        switch rate {
        case .bounced: bounced
        case .complained: complained
        case .unsubscribed: unsubscribed
        case .failed: failed
        }
    }

    /// In millionths of what was settled.
    package func share(_ rate: FactQuery.Rate) -> Int64 {
        settled == 0 ? 0 : Int64(count(rate)) * 1_000_000 / Int64(settled)
    }
}

/// Watches a launch's rates, and says when it has to stop.
package struct StopRules: Sendable {
    private let conditions: [TypedExpression]
    /// The conditions as they are written, for the reason.
    private let texts: [String]
    /// One bounce among the first ten messages is no rate. A stage that ends smaller is judged as it is.
    package static let fewest = 50

    package init(_ conditions: [TypedExpression], texts: [String]) {
        self.conditions = conditions
        self.texts = texts
    }

    package var isEmpty: Bool { conditions.isEmpty }

    /// The reason to stop; nil to go on.
    ///
    /// - Parameter isWhole: nothing more of the stage is to come, so that its rates are what they are.
    package func reason(_ rates: LiveRates, isWhole: Bool) -> String? {
        guard rates.settled >= Self.fewest || isWhole && rates.settled > 0 else { return nil }
        var context = EvaluationContext(
            page: FactPage(slotCount: 0), row: 0, now: Timestamp(microseconds: 0))
        for rate in FactQuery.Rate.allCases { context.rates[rate] = rates.share(rate) }
        for (index, condition) in conditions.enumerated() where condition.evaluate(in: context).isTrue {
            let figures = FactQuery.Rate.allCases.filter { texts[index].contains($0.rawValue) }.map { rate in
                "\(rate.rawValue) is \(Self.percent(rates.share(rate))): \(rates.count(rate)) of \(rates.settled)"
            }
            return "stop_if `\(texts[index])`: \(figures.joined(separator: ", "))"
        }
        return nil
    }

    /// `3.4%`, to the second decimal.
    private static func percent(_ millionths: Int64) -> String {
        let hundredths = millionths / 100
        let fraction = hundredths % 100
        let whole = "\(hundredths / 100)"
        if fraction == 0 { return whole + "%" }
        return fraction % 10 == 0 ? "\(whole).\(fraction / 10)%" : "\(whole).\(fraction < 10 ? "0" : "")\(fraction)%"
    }
}
