import RuleEngine

/// Holds what happened against what a test expects and forbids.
struct ExpectationCheck {
    private let stage: RehearsalStage
    private let facts: [RehearsalFact]
    private let zone: TimeZoneRules
    private let contactZone: TimeZoneRules
    /// Of several programs only marketing counts against a number of messages, as caps do.
    var isForAll = false

    init(_ stage: RehearsalStage, facts: [RehearsalFact], zone: TimeZoneRules, contactZone: TimeZoneRules) {
        self.stage = stage
        self.facts = facts
        self.zone = zone
        self.contactZone = contactZone
    }

    func failures(of test: CheckedTest) -> [TestFailure] {
        var failures: [TestFailure] = []
        var cursor = 0
        for expectation in test.expect {
            switch expectation.fact {
            // These are about all that happened, not about a place in it.
            case .notSent, .cost, .moreThan, .sentWithoutConsent, .sentInQuietHours:
                if let failure = violation(of: expectation) { failures.append(failure) }
            case .entered, .leftOut, .sent, .held, .skipped, .handedOver, .tagged, .called, .ended:
                if let place = facts.indices.dropFirst(cursor).first(where: { isMatch(expectation.fact, facts[$0]) }) {
                    cursor = place + 1
                } else {
                    failures.append(missing(expectation))
                }
            }
        }
        for expectation in test.never {
            if let failure = violation(of: expectation) { failures.append(failure) }
        }
        return failures
    }

    /// What of it must not be, but is.
    func violation(of expectation: CheckedTest.Expectation) -> TestFailure? {
        func forbidden(_ what: String, _ isIt: (RehearsalFact) -> Bool) -> TestFailure? {
            facts.first(where: isIt).map { TestFailure(span: expectation.span, problem: .forbidden(what, $0)) }
        }
        switch expectation.fact {
        case .sentWithoutConsent: return forbidden("a message without consent", isWithoutConsent)
        case .sentInQuietHours: return forbidden("a message in quiet hours", isInQuietHours)
        case .moreThan(let count, let period): return excess(count, period, at: expectation.span)
        case .cost(let atMost):
            let actual = facts.reduce(into: Int64(0)) { sum, fact in
                if case .sent(let message) = fact.kind { sum += message.costMicros }
            }
            return actual > atMost.micros
                ? TestFailure(span: expectation.span, problem: .costs(atMost: atMost, actual: actual)) : nil
        case .notSent(let message):
            return forbidden(FactWords.expected(.sent(message))) { isMatch(.sent(message), $0) }
        case .entered, .leftOut, .sent, .held, .skipped, .handedOver, .tagged, .called, .ended:
            return forbidden(FactWords.expected(expectation.fact)) { isMatch(expectation.fact, $0) }
        }
    }

    // MARK: The person's rights

    /// Judged by what the person had said, without asking the gate that let the message through.
    private func isWithoutConsent(_ fact: RehearsalFact) -> Bool {
        guard case .sent(let message) = fact.kind, message.purpose == .marketing else { return false }
        return message.isUnwanted || message.consent < message.neededConsent
    }

    private func isInQuietHours(_ fact: RehearsalFact) -> Bool {
        guard case .sent(let message) = fact.kind, message.purpose == .marketing,
            let policy = stage.programs.first(where: { $0.name == fact.program })?.policy
        else { return false }
        return policy.quietHours.contains { quiet in
            let rules: TimeZoneRules
            switch quiet.clock {
            case .contactZone: rules = contactZone
            case .zone(let name): rules = stage.rules(of: name) ?? contactZone
            }
            let local = rules.localTime(of: fact.at)
            let minute = local.secondOfDay / 60
            let from = quiet.hours.from.minute
            let to = quiet.hours.to.minute
            if from < to { return isDay(local.date, quiet.days) && from <= minute && minute < to }
            // Past midnight the hours belong to the day before.
            let yesterday = CalendarDate(daysSinceEpoch: local.date.daysSinceEpoch - 1)
            return isDay(local.date, quiet.days) && minute >= from || isDay(yesterday, quiet.days) && minute < to
        }
    }

    private func isDay(_ date: CalendarDate, _ days: WeekDays?) -> Bool {
        // Holidays are the gate's matter: which country's they are is asked there.
        days.map { $0.contains(WeekDays(day: date.weekday - 1)) } ?? true
    }

    private func excess(_ count: Int, _ period: Int64, at span: SourceSpan) -> TestFailure? {
        let sent = facts.filter { fact in
            guard case .sent(let message) = fact.kind else { return false }
            return !isForAll || message.purpose == .marketing
        }
        for end in sent.indices.dropFirst(count) {
            let first = sent[end - count]
            if first.at.advanced(by: period) > sent[end].at {
                return TestFailure(
                    span: span, problem: .moreThan(count, period: period, Array(sent[(end - count)...end])))
            }
        }
        return nil
    }

    // MARK: Matching

    private func missing(_ expectation: CheckedTest.Expectation) -> TestFailure {
        let expected = FactWords.expected(expectation.fact)
        if let earlier = facts.first(where: { isMatch(expectation.fact, $0) }) {
            return TestFailure(span: expectation.span, problem: .outOfOrder(expected: expected, earlier))
        }
        var near = facts.compactMap { fact in
            differences(expectation.fact, fact).map { (fact: fact, differences: $0) }
        }
        let least = near.map(\.differences.count).min() ?? 0
        near = near.filter { $0.differences.count == least }
        if near.isEmpty {
            // Nothing of the kind: what became of the person says more than nothing.
            near = facts.filter { fact in
                switch fact.kind {
                case .leftOut, .skipped, .held, .ended, .sent: true
                case .entered, .waits, .went, .took, .passedOver, .wrote, .tagged, .untagged, .emitted, .called,
                    .started, .handedOver, .reachedGoal:
                    false
                }
            }.map { ($0, []) }
        }
        return TestFailure(
            span: expectation.span, problem: .missing(expected: expected, near: Array(near.prefix(5))))
    }

    private func isMatch(_ expected: CheckedTest.Fact, _ fact: RehearsalFact) -> Bool {
        differences(expected, fact)?.isEmpty ?? false
    }

    /// Nil where the two are of different kinds.
    private func differences(_ expected: CheckedTest.Fact, _ fact: RehearsalFact) -> [String]? {
        var comparison = FactComparison(fact: fact, zone: zone)
        switch (expected, fact.kind) {
        case (.sent(let wanted), .sent(let message)):
            comparison.compare(wanted, template: message.template, via: message.channel)
            if let part = wanted.contains, !message.holds(part) { comparison.lacks(part) }
        case (.held(let wanted), .held(let template, let via, let reason, let until)):
            comparison.compare(wanted, template: template, via: via)
            comparison.compare("reason", wanted.reason, reason)
            comparison.compare(until: wanted.until, until)
        case (.skipped(let wanted), .skipped(let template, let via, let reason)):
            comparison.compare(wanted, template: template, via: via)
            comparison.compare("reason", wanted.reason, reason)
        case (.entered(let wanted), .entered): comparison.compare(at: wanted.at)
        case (.leftOut(let wanted), .leftOut(let reason, _)):
            comparison.compare("reason", wanted.name, reason)
            comparison.compare(at: wanted.at)
        case (.ended(let wanted), .ended(let name)):
            comparison.compare("as", wanted.name, name)
            comparison.compare(at: wanted.at)
        case (.handedOver(let wanted), .handedOver(let team, let note)):
            comparison.compare("team", wanted.name, team)
            comparison.compare(at: wanted.at)
            if let part = wanted.contains, !(note ?? "").contains(part) { comparison.lacks(part) }
        case (.tagged(let wanted), .tagged(let name, _)):
            comparison.compare("name", wanted.name, name)
            comparison.compare(at: wanted.at)
        case (.called(let wanted), .called(let call, _)):
            comparison.compare("call", wanted.name, call)
            comparison.compare(at: wanted.at)
        default: return nil
        }
        return comparison.differences
    }
}

extension RehearsedMessage {
    func holds(_ part: String) -> Bool {
        subject.contains(part) || text.contains(part) || html.contains(part)
    }
}

/// Collects in what a fact differs from an expected one.
private struct FactComparison {
    let fact: RehearsalFact
    let zone: TimeZoneRules
    private(set) var differences: [String] = []

    init(fact: RehearsalFact, zone: TimeZoneRules) {
        self.fact = fact
        self.zone = zone
    }

    mutating func compare(_ wanted: CheckedTest.MessageFact, template: String?, via: String?) {
        compare("template", wanted.template, template)
        compare("via", wanted.via, via)
        compare(at: wanted.at)
        guard let (from, to) = wanted.between else { return }
        let first = zone.instant(of: from)
        // To the end of the last minute.
        let last = zone.instant(of: to).advanced(by: 60_000_000)
        if fact.at < first || fact.at >= last {
            differences.append("at \(FactWords.time(fact.at, zone)), not between the two times")
        }
    }

    mutating func compare(_ what: String, _ wanted: String?, _ actual: String?) {
        guard let wanted, wanted != actual else { return }
        differences.append("\(what) is \(actual ?? "missing"), not \(wanted)")
    }

    /// Tests speak of minutes.
    mutating func compare(at wanted: LocalMoment?) {
        guard let wanted, FactWords.time(fact.at, zone) != FactWords.time(zone.instant(of: wanted), zone) else {
            return
        }
        differences.append("at \(FactWords.time(fact.at, zone)), not \(FactWords.time(zone.instant(of: wanted), zone))")
    }

    mutating func compare(until wanted: LocalMoment?, _ until: Timestamp) {
        guard let wanted, FactWords.time(until, zone) != FactWords.time(zone.instant(of: wanted), zone) else { return }
        differences.append(
            "until \(FactWords.time(until, zone)), not \(FactWords.time(zone.instant(of: wanted), zone))")
    }

    mutating func lacks(_ part: String) {
        differences.append("does not contain \"\(part)\"")
    }
}
