package import RuleEngine

/// Puts what was recorded through a program once more: the events that came, and what people did with the messages that
/// they got then. What the program decides now is held against what was decided and written down.
package struct Backtest {
    /// What a person got, or what a run came to.
    package struct Decision: Sendable, Hashable {
        /// `sent welcome`, `ended as finished`.
        package let what: String
        package let at: Timestamp
    }

    package struct Difference: Sendable {
        package let contact: String
        package let recorded: [Decision]
        package let replayed: [Decision]
    }

    package struct Report: Sendable {
        package var contacts = 0
        package var events = 0
        package var recordedRuns = 0
        package var recordedMessages = 0
        package var runs = 0
        package var messages = 0
        package var costMicros: Int64 = 0
        /// Contacts for whom both agree.
        package var same = 0
        package var differences: [Difference] = []
        package var differing = 0
    }

    /// A turn of the runner takes its time, and so does a provider.
    private static let tolerance: Int64 = 180_000_000
    private static let pageSize = 1000
    private static let mostShown = 1000

    private let stage: RehearsalStage
    private let program: Int
    private let store: any JourneyStore
    private let consents: any ConsentStore
    private let since: Timestamp
    private let until: Timestamp
    private let catalog: Catalog

    /// - Parameter catalog: what recorded versions are compiled with, to know what their steps have sent.
    package init(
        _ stage: RehearsalStage, program: Int, store: any JourneyStore, consents: any ConsentStore, since: Timestamp,
        until: Timestamp, catalog: Catalog = .standard()
    ) {
        self.stage = stage
        self.program = program
        self.store = store
        self.consents = consents
        self.since = since
        self.until = until
        self.catalog = catalog
    }

    package func run() throws(StoreError) -> Report {
        var report = Report()
        let id = stage.programs[program].id
        let key = try store.transaction { () throws(StoreError) in try store.programKey(of: id) }
        let names = Set(stage.project.events.keys)
        var versions: [LaunchID: [Int: String]] = [:]
        var last = ContactKey(rawValue: 0)
        while true {
            let page = try store.transaction { () throws(StoreError) in
                try store.contacts(after: last, limit: Self.pageSize)
            }
            guard let end = page.last else { return report }
            last = end
            for contact in page { try replay(contact, key, names, &versions, &report) }
        }
    }

    private func replay(
        _ contact: ContactKey, _ key: ProgramKey, _ names: Set<String>, _ versions: inout [LaunchID: [Int: String]],
        _ report: inout Report
    ) throws(StoreError) {
        let record = try store.transaction { () throws(StoreError) in
            try self.record(contact, key, names, &versions)
        }
        guard !record.events.isEmpty || !record.decisions.isEmpty else { return }
        guard let person = try person(contact) else { return }
        report.contacts += 1
        report.events += record.events.count
        report.recordedRuns += record.runs
        report.recordedMessages += record.messages.count
        let rehearsal = rehearse(person, record)
        var replayed: [Decision] = []
        for fact in rehearsal.facts where fact.program == stage.programs[program].name {
            switch fact.kind {
            case .entered: report.runs += 1
            case .sent(let message):
                report.messages += 1
                report.costMicros += message.costMicros
                replayed.append(Decision(what: "sent \(message.template ?? "message")", at: fact.at))
            case .ended(let ending): replayed.append(Decision(what: "ended as \(ending)", at: fact.at))
            default: break
            }
        }
        if Self.agree(record.decisions, replayed) {
            report.same += 1
        } else {
            report.differing += 1
            guard report.differences.count < Self.mostShown else { return }
            report.differences.append(
                Difference(contact: person.id, recorded: record.decisions, replayed: replayed))
        }
    }

    // MARK: What was recorded

    private struct Record {
        var events: [RunEvent] = []
        var messages: [HistoryFacts.Message] = []
        var decisions: [Decision] = []
        var runs = 0
    }

    private func record(
        _ contact: ContactKey, _ key: ProgramKey, _ names: Set<String>, _ versions: inout [LaunchID: [Int: String]]
    ) throws(StoreError) -> Record {
        var record = Record()
        record.events = try store.events(of: contact, named: names, since: since).filter { $0.at <= until }
        for known in try store.knownRuns(of: contact, in: key) {
            let runKey = RunKey(contact: contact, program: key, occurrence: known.occurrence)
            // Whoever was in before came by events that are not looked at.
            guard let run = try store.run(runKey), run.startedAt >= since, run.startedAt <= until else { continue }
            record.runs += 1
            if versions[run.launch] == nil { versions[run.launch] = try templates(of: run.launch) }
            let texts = versions[run.launch] ?? [:]
            for (node, found) in try store.messages(of: runKey, launch: run.launch) {
                var message = found
                message.template = texts[node]
                record.messages.append(message)
                record.decisions.append(
                    Decision(what: "sent \(message.template ?? "message")", at: message.sentAt))
            }
            if let ending = run.state.ending, let at = run.endedAt {
                record.decisions.append(Decision(what: "ended as \(ending.word)", at: at))
            }
        }
        record.decisions.sort { ($0.at, $0.what) < ($1.at, $1.what) }
        return record
    }

    /// What the steps of a version have sent, by node, from its files as they were.
    private func templates(of launch: LaunchID) throws(StoreError) -> [Int: String] {
        let result = Compiler.compile(try store.files(of: launch), catalog: catalog)
        let id = stage.programs[program].id
        guard let project = result.project ?? result.unproven, let journey = project.sequences[id] ?? project.rules[id]
        else { return [:] }
        var texts: [Int: String] = [:]
        for (node, step) in ProgramGraph.lower(journey, in: project, isVersioned: false).nodes.enumerated() {
            if case .deliver(let send, _) = step { texts[node] = send.template.id }
        }
        return texts
    }

    /// As the person is now; what they have said about messages since is taken up at its time.
    private func person(_ contact: ContactKey) throws(StoreError) -> Recorded? {
        let schema = stage.project.schema
        let facts = try store.transaction { () throws(StoreError) in
            try store.facts(of: contact, schema: schema, slots: Array(schema.fields.indices))
        }
        guard let facts else { return nil }
        let sheet = try consents.sheet(of: contact, schema: schema)
        var fields: [String: Value] = [:]
        for (slot, field) in schema.fields.enumerated() {
            let value = facts.page.value(slot: slot, row: 0, type: field.type.type)
            if !value.isMissing { fields[field.name] = value }
        }
        let id = String(decoding: facts.externalID, as: UTF8.self)
        var person = RehearsalPerson(id: id, fields: fields, zone: facts.timeZone, schema: schema)
        var later: [(at: Timestamp, happening: CheckedTest.Moment.Happening)] = []
        for consent in sheet.consents where consent.level > .none {
            person.consent[consent.channel] = consent.level
            person.consentGivenAt[consent.channel] = consent.givenAt
            if consent.givenAt == nil || (consent.source ?? "").isEmpty { person.unproven.insert(consent.channel) }
            guard let revoked = consent.revokedAt else { continue }
            if revoked > since {
                later.append((revoked, .consent([consent.channel: .none])))
            } else {
                person.revoked.insert(consent.channel)
            }
        }
        for permission in sheet.permissions where !permission.isAllowed { person.refused.insert(permission.channel) }
        for suppression in sheet.suppressions {
            guard let kind = suppression.channel, let reason = suppression.reason else {
                person.isDoNotContact = true
                continue
            }
            if suppression.at > since {
                later.append((suppression.at, .stops(kind)))
            } else {
                person.suppressed[kind] = reason
            }
        }
        person.isDoNotContact = person.isDoNotContact || sheet.doNotContact
        return Recorded(person: person, later: later)
    }

    private struct Recorded {
        let person: RehearsalPerson
        let later: [(at: Timestamp, happening: CheckedTest.Moment.Happening)]

        var id: String { person.id }
    }

    // MARK: Once more

    private func rehearse(_ recorded: Recorded, _ record: Record) -> Rehearsal {
        var moments: [(at: Timestamp, happening: CheckedTest.Moment.Happening)] = recorded.later
        for event in record.events { moments.append((event.at, .event(event.name, event.fields))) }
        for message in record.messages {
            guard let template = message.template else { continue }
            if let at = message.openedAt { moments.append((at, .opened(template: template))) }
            for click in message.clicks { moments.append((click.at, .clicked(template: template, link: click.link))) }
            for at in message.replies { moments.append((at, .replied(template: template))) }
        }
        moments = moments.enumerated().sorted {
            ($0.element.at, $0.offset) < ($1.element.at, $1.offset)
        }.map(\.element)
        var rehearsal = Rehearsal(stage, scope: stage.scope(of: program), person: recorded.person, start: since)
        rehearsal.begin()
        for moment in moments {
            rehearsal.advance(to: moment.at)
            // The draft may not have sent what was answered then.
            _ = ScenarioWalk.happen(moment.happening, &rehearsal)
        }
        rehearsal.advance(to: until)
        return rehearsal
    }

    /// The same things in the same order, each at nearly the same time.
    static func agree(_ recorded: [Decision], _ replayed: [Decision]) -> Bool {
        guard recorded.count == replayed.count else { return false }
        var left = replayed
        for decision in recorded {
            guard
                let place = left.firstIndex(where: {
                    $0.what == decision.what && abs($0.at.microseconds - decision.at.microseconds) <= tolerance
                })
            else { return false }
            left.remove(at: place)
        }
        return true
    }
}

extension FactPage {
    /// A field's value, of the type that the schema gives it.
    fileprivate func value(slot: Int, row: Int, type: ValueType) -> Value {
        guard slot < columns.count, row < columns[slot].present.count, isPresent(slot: slot, row: row) else {
            return .missing
        }
        let number = columns[slot].values[row]
        switch type {
        case .bool: return .bool(number != 0)
        case .list:
            let text = text(slot: slot, row: row) ?? ""
            return .list(text.split(separator: "\u{1F}").map { Value(String($0)) })
        case .int, .decimal, .money, .date, .instant, .duration:
            return type.numberKind.map { .number(number, $0) } ?? .missing
        case .text, .email, .phone, .country, .locale, .channelKind, .oneOf, .unknown:
            return text(slot: slot, row: row).map { Value($0) } ?? .missing
        }
    }
}
