import RuleEngine

/// Lets the moments of a timeline happen, one after the other.
enum ScenarioWalk {
    static func walk(_ test: CheckedTest, _ rehearsal: inout Rehearsal, zone: TimeZoneRules) -> [TestFailure] {
        var failures: [TestFailure] = []
        rehearsal.begin()
        for (place, moment) in test.timeline.enumerated() {
            let time: Timestamp
            switch moment.time {
            case .at(let local): time = zone.instant(of: local)
            case .after(let pause): time = place == 0 ? rehearsal.now : rehearsal.now.advanced(by: pause)
            }
            if time < rehearsal.now {
                failures.append(TestFailure(span: moment.span, problem: .backwards))
                continue
            }
            // What happens at the first moment is there when campaigns are launched.
            if place > 0 { rehearsal.advance(to: time) }
            if !happen(moment.happening, &rehearsal) {
                failures.append(TestFailure(span: moment.span, problem: .noSuchMessage(template(of: moment.happening))))
            }
        }
        rehearsal.settle()
        return failures
    }

    /// False where there is no message that it could be about.
    static func happen(_ happening: CheckedTest.Moment.Happening, _ rehearsal: inout Rehearsal) -> Bool {
        switch happening {
        case .nothing: return true
        case .event(let name, let fields): rehearsal.happened(name, fields)
        case .change(let fields): rehearsal.change(fields)
        case .consent(let levels): rehearsal.agreed(levels)
        case .inbound(let channel): rehearsal.wrote(by: channel)
        case .stops(let kind): rehearsal.stopped(kind)
        case .opened(let template):
            return rehearsal.responded(template) { message, now in message.openedAt = message.openedAt ?? now }
        case .clicked(let template, let link):
            return rehearsal.responded(template) { message, now in
                // Nobody follows a link of a mail that is closed.
                message.openedAt = message.openedAt ?? now
                message.clicks.append(HistoryFacts.Message.Click(at: now, link: link))
            }
        case .replied(let template):
            return rehearsal.responded(template) { message, now in message.replies.append(now) }
        }
        return true
    }

    private static func template(of happening: CheckedTest.Moment.Happening) -> String {
        switch happening {
        case .opened(let template), .clicked(let template, _), .replied(let template): template
        case .nothing, .event, .change, .consent, .inbound, .stops: ""
        }
    }
}
