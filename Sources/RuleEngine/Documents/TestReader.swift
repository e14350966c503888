/// Reads a test that was checked: only asked where nobody found an error, so that what can't be read isn't there.
package struct TestReader: Sendable {
    private let schema: ContactSchema
    private let events: [String: EventSchema]
    private let settings: ProjectSettings
    /// For fields that are points in time.
    private let zone: TimeZoneRules?

    package init(
        schema: ContactSchema, events: [String: EventSchema], settings: ProjectSettings, zone: TimeZoneRules?
    ) {
        self.schema = schema
        self.events = events
        self.settings = settings
        self.zone = zone
    }

    func read(_ document: Document) -> CheckedTest {
        var test = CheckedTest(
            name: document.id, target: target(document.value("for")?.text), given: CheckedTest.Person(),
            timeline: (document.value("timeline")?.items ?? []).compactMap { moment($0) },
            expect: (document.value("expect")?.items ?? []).compactMap { expectation($0) },
            never: (document.value("never")?.items ?? []).compactMap { expectation($0) }, span: document.idSpan)
        if let given = document.value("given") { test.given = person(given) }
        if let property = document.value("property") {
            test.property = CheckedTest.Property(
                contacts: property.text("contacts").flatMap { try? Units.generated($0) } ?? 1,
                days: property.text("days").flatMap { try? Units.integer($0) } ?? 1,
                seed: property.text("seed").flatMap { try? Units.integer($0) } ?? 0)
        }
        if let coverage = document.value("coverage") {
            func share(_ key: String) -> Int64? { coverage.text(key).flatMap { try? Units.share($0) } }
            test.coverage = CheckedTest.Coverage(
                branches: share("branches"), skipReasons: share("skip_reasons"), languages: share("languages"),
                span: coverage.span)
        }
        return test
    }

    private func target(_ text: String?) -> CheckedTest.Target {
        let words = (text ?? "all").split(separator: " ").map(String.init)
        guard words.count == 2, let kind = DocumentKind(rawValue: words[0]) else { return .all }
        return .program(kind, words[1])
    }

    // MARK: The person and the timeline

    private func person(_ node: SyntaxNode) -> CheckedTest.Person {
        var person = CheckedTest.Person()
        person.fields = fields(node.value("contact"))
        person.consent = consent(node.value("consent"))
        person.zone = node.text("zone")
        person.isDoNotContact = node.text("do_not_contact").flatMap { try? Units.flag($0) } ?? false
        person.isHeldOut = node.text("holdout").flatMap { try? Units.flag($0) }
        for entry in node.value("arms")?.entries ?? [] { person.arms[entry.key.text] = entry.value.text }
        for entry in node.value("providers")?.entries ?? [] {
            person.providers[entry.key.text] = entry.value.text.flatMap(CheckedTest.ProviderManner.init)
        }
        person.failingCalls = Set((node.value("failing_calls")?.texts ?? []).map(\.text))
        return person
    }

    private func consent(_ node: SyntaxNode?) -> [String: ConsentLevel] {
        var levels: [String: ConsentLevel] = [:]
        for entry in node?.entries ?? [] { levels[entry.key.text] = entry.value.text.flatMap(ConsentLevel.init(name:)) }
        return levels
    }

    private func moment(_ node: SyntaxNode) -> CheckedTest.Moment? {
        let time: CheckedTest.Moment.Time
        if let at = node.text("at").flatMap({ try? Units.dateTime($0) }) {
            time = .at(at)
        } else if let after = node.text("after").flatMap({ try? Units.duration($0) }) {
            time = .after(after)
        } else {
            return nil
        }
        return CheckedTest.Moment(time: time, happening: happening(node), span: node.span)
    }

    private func happening(_ node: SyntaxNode) -> CheckedTest.Moment.Happening {
        if let name = node.text("event") {
            var values: [String: Value] = [:]
            for entry in node.value("with")?.entries ?? [] {
                guard let field = events[name]?.field(entry.key.text) else { continue }
                values[field.name] = value(entry.value, field.type.type, record: field.record)
            }
            return .event(name, values)
        }
        if let contact = node.value("contact") { return .change(fields(contact)) }
        if let levels = node.value("consent") { return .consent(consent(levels)) }
        if let channel = node.text("inbound") { return .inbound(channel) }
        if let template = node.text("opened") { return .opened(template: template) }
        if let template = node.text("clicked") { return .clicked(template: template, link: node.text("link")) }
        if let template = node.text("replied") { return .replied(template: template) }
        if let kind = node.text("stops") { return .stops(kind) }
        return .nothing
    }

    // MARK: Facts

    private func expectation(_ node: SyntaxNode) -> CheckedTest.Expectation? {
        if let word = node.text {
            switch word {
            case "sent_without_consent": return CheckedTest.Expectation(fact: .sentWithoutConsent, span: node.span)
            case "sent_in_quiet_hours": return CheckedTest.Expectation(fact: .sentInQuietHours, span: node.span)
            default: return nil
            }
        }
        guard let entry = node.entries?.first, let fact = fact(entry) else { return nil }
        return CheckedTest.Expectation(fact: fact, span: node.span)
    }

    private func fact(_ entry: SyntaxEntry) -> CheckedTest.Fact? {
        let value = entry.value
        switch entry.key.text {
        case "sent": return .sent(message(value))
        case "not_sent": return .notSent(message(value))
        case "held": return .held(message(value))
        case "skipped": return .skipped(message(value))
        case "entered": return .entered(named(value, "key"))
        case "left_out": return .leftOut(named(value, "reason"))
        case "ended": return .ended(named(value, "as"))
        case "handed_over": return .handedOver(named(value, "team"))
        case "tagged": return .tagged(named(value, "name"))
        case "called": return .called(named(value, "call"))
        case "cost":
            let money = value.text("at_most").flatMap { try? Units.money($0) }.flatMap { settings.converted($0) }
            return money.map { .cost(atMost: $0) }
        case "more_than":
            return value.text.flatMap { try? Units.frequency($0) }.map { .moreThan(count: $0.count, period: $0.period) }
        default: return nil
        }
    }

    private func message(_ node: SyntaxNode) -> CheckedTest.MessageFact {
        func moment(_ key: String) -> LocalMoment? { node.text(key).flatMap { try? Units.dateTime($0) } }
        return CheckedTest.MessageFact(
            template: node.text("template"), via: node.text("via"), at: moment("at"),
            between: node.text("between").flatMap { try? Units.span($0) }, until: moment("until"),
            contains: node.text("contains"), reason: node.text("reason"))
    }

    private func named(_ node: SyntaxNode, _ key: String) -> CheckedTest.NamedFact {
        CheckedTest.NamedFact(
            name: node.text(key), at: node.text("at").flatMap { try? Units.dateTime($0) },
            contains: node.text("contains"))
    }

    // MARK: Values

    private func fields(_ node: SyntaxNode?) -> [String: Value] {
        var values: [String: Value] = [:]
        for entry in node?.entries ?? [] {
            guard let slot = schema.slot(of: entry.key.text) else { continue }
            // An empty value takes the field away.
            values[entry.key.text] = value(entry.value, schema.fields[slot].type.type, record: [])
        }
        return values
    }

    private func value(_ node: SyntaxNode, _ type: ValueType, record: [EventField]) -> Value {
        if case .list = type {
            return .list(
                (node.items ?? []).map { item in
                    if let text = item.scalar?.text { return Value(text) }
                    // As an event's records are kept: expressions count them and don't look inside.
                    let parts = (item.entries ?? []).map { "\"\($0.key.text)\":\"\($0.value.text ?? "")\"" }
                    return Value("{\(parts.joined(separator: ","))}")
                })
        }
        guard let text = node.text else { return .missing }
        return scalar(text, type) ?? .missing
    }

    /// A value as the files write it; nil where it is none of the type.
    package func scalar(_ text: String, _ type: ValueType) -> Value? {
        switch type {
        case .text, .email, .phone, .country, .locale, .channelKind, .oneOf, .unknown:
            Self.canBe(text, type) ? Value(text) : nil
        case .int: (try? Units.integer(text)).map { .number(Int64($0), .int) }
        case .decimal: decimal(text).map { .number($0, .decimal) }
        case .money:
            (try? Units.money(text)).flatMap { settings.converted($0) }.map { .number($0.micros, .money) }
        case .bool: (try? Units.flag(text)).map { .bool($0) }
        case .date: (try? Units.date(text)).map { .number($0, .date) }
        case .duration: (try? Units.duration(text)).map { .number($0, .duration) }
        case .instant: instant(text).map { .number($0.microseconds, .instant) }
        case .list: nil
        }
    }

    /// Whether a text is one of a type that is kept as text.
    static func canBe(_ text: String, _ type: ValueType) -> Bool {
        switch type {
        case .email: return (try? Units.mailbox(text)) != nil && !text.contains("<")
        case .phone:
            let digits = text.utf8.dropFirst()
            return text.hasPrefix("+") && (7...15).contains(digits.count)
                && digits.allSatisfy { (0x30...0x39).contains($0) }
        case .country: return Catalog.countries.contains(text)
        case .locale: return (try? Units.language(text)) != nil
        case .channelKind: return Catalog.channelKinds.contains(text)
        case .oneOf(let words): return words.contains(text)
        default: return true
        }
    }

    private func decimal(_ text: String) -> Int64? {
        let isNegative = text.hasPrefix("-")
        let magnitude = try? Units.decimal(ArraySlice((isNegative ? text.dropFirst() : text[...]).utf8))
        return magnitude.map { isNegative ? -$0 : $0 }
    }

    private func instant(_ text: String) -> Timestamp? {
        guard let moment = try? Units.dateTime(text) else { return nil }
        return (zone ?? .utc).instant(of: moment)
    }
}

extension TestReader {
    /// `2d`, as microseconds.
    package static func duration(_ text: String) -> Int64? { try? Units.duration(text) }

    /// `2027-03-18 10:00`.
    package static func moment(_ text: String) -> LocalMoment? { try? Units.dateTime(text) }

    /// `35%`, in millionths.
    package static func share(_ text: String) -> Int64? { try? Units.share(text) }
}

extension TimeZoneRules {
    /// The instant at which a clock of the zone shows a day and a time: the first of two, or the first behind a gap.
    package func instant(of moment: LocalMoment) -> Timestamp {
        resolve(
            LocalTime(date: CalendarDate(daysSinceEpoch: moment.day), secondOfDay: moment.time.minute * 60)
        ).instant
    }
}
