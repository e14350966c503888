package import RuleEngine

/// One person walked through a program by hand: a line in, what happened then out. It reads no clock and no terminal,
/// so that a piped script gives the same lines as somebody who types.
package struct PlaySession {
    private let stage: RehearsalStage
    private let reader: TestReader
    private let words: (RehearsalFact) -> String
    private let phone = PaperPhone()
    package private(set) var rehearsal: Rehearsal
    private var told = 0
    private var inbox: [RehearsalFact] = []
    package private(set) var isOver = false

    /// - Parameter words: tells a fact, with the place where it is written.
    package init(
        _ stage: RehearsalStage, scope: Set<Int>, person: RehearsalPerson, start: Timestamp,
        words: @escaping (RehearsalFact, TimeZoneRules) -> String
    ) {
        self.stage = stage
        reader = TestReader(
            schema: stage.project.schema, events: stage.project.events, settings: stage.project.settings,
            zone: stage.projectZone)
        rehearsal = Rehearsal(stage, scope: scope, person: person, start: start)
        rehearsal.isTalkative = true
        rehearsal.tracing = .values
        let zone = rehearsal.contactZone
        self.words = { words($0, zone) }
    }

    package var clock: String { FactWords.time(rehearsal.now, rehearsal.contactZone) }

    package mutating func begin() -> [String] {
        rehearsal.begin()
        rehearsal.settle()
        return news()
    }

    /// What a line does. What can't be understood says so, and changes nothing.
    package mutating func take(_ line: String) -> [String] {
        let words = line.split(separator: " ", omittingEmptySubsequences: true).map(String.init)
        guard let verb = words.first, !verb.hasPrefix("#") else { return [] }
        let rest = Array(words.dropFirst())
        do throws(Fault) {
            return try carryOut(verb, rest, whole: line)
        } catch {
            return ["? \(error.text)"]
        }
    }

    package struct Fault: Error {
        let text: String
    }

    private mutating func carryOut(_ verb: String, _ rest: [String], whole: String) throws(Fault) -> [String] {
        switch verb {
        case "help", "?": return Self.help
        case "quit", "exit", "q":
            isOver = true
            return []
        case "who": return who()
        case "inbox": return inbox.enumerated().map { index, fact in "\(index + 1)  \(words(fact))" }
        case "show": return drawing(of: try message(rest.first))
        case "wait":
            guard let text = rest.first, let pause = TestReader.duration(text) else {
                throw Fault(text: "how long? For example: wait 2d")
            }
            rehearsal.advance(to: rehearsal.now.advanced(by: pause))
        case "until":
            guard let moment = TestReader.moment(rest.joined(separator: " ")) else {
                throw Fault(text: "until when? For example: until 2027-03-18 10:00")
            }
            let instant = rehearsal.contactZone.instant(of: moment)
            guard instant >= rehearsal.now else { throw Fault(text: "time does not run backwards: it is \(clock)") }
            rehearsal.advance(to: instant)
        case "next":
            guard let due = rehearsal.nextDue else { throw Fault(text: "nothing will happen by itself any more") }
            rehearsal.advance(to: due)
            return ["· \(clock)"] + news()
        default: try happen(verb, rest)
        }
        return news()
    }

    private mutating func happen(_ verb: String, _ rest: [String]) throws(Fault) {
        switch verb {
        case "event":
            guard let name = rest.first else { throw Fault(text: "which event? " + eventNames) }
            guard let schema = stage.project.events[name] else {
                throw Fault(text: "the schema declares no event `\(name)`; " + eventNames)
            }
            var fields: [String: Value] = [:]
            for (key, text) in try assignments(rest.dropFirst()) {
                guard let field = schema.field(key) else {
                    throw Fault(
                        text:
                            "`\(name)` has no field `\(key)`; it has \(schema.fields.map(\.name).joined(separator: ", "))"
                    )
                }
                fields[key] = try value(text, field.type.type, key)
            }
            for field in schema.fields where !field.type.isOptional && fields[field.name] == nil {
                throw Fault(text: "the field `\(field.name)` of `\(name)` is missing: event \(name) \(field.name)=…")
            }
            rehearsal.happened(name, fields)
        case "set":
            var fields: [String: Value] = [:]
            for (key, text) in try assignments(rest[...]) {
                guard let slot = stage.project.schema.slot(of: key) else {
                    throw Fault(text: "the schema has no field `\(key)`")
                }
                fields[key] =
                    text.isEmpty ? .missing : try value(text, stage.project.schema.fields[slot].type.type, key)
            }
            guard !fields.isEmpty else { throw Fault(text: "what? For example: set plan=free") }
            rehearsal.change(fields)
        case "open", "click", "reply":
            let number = try message(rest.first)
            let link = rest.count > 1 ? rest[1] : nil
            _ = rehearsal.responded(number: number.number) { message, now in
                if verb == "reply" {
                    message.replies.append(now)
                    return
                }
                message.openedAt = message.openedAt ?? now
                if verb == "click" { message.clicks.append(HistoryFacts.Message.Click(at: now, link: link)) }
            }
        case "write":
            guard let channel = rest.first, stage.project.channels[channel] != nil else {
                throw Fault(text: "by which channel? " + stage.project.channels.keys.sorted().joined(separator: ", "))
            }
            rehearsal.wrote(by: channel)
        case "consent":
            guard rest.count == 2, let level = ConsentLevel(name: rest[1]) else {
                throw Fault(text: "for example: consent email express, or: consent email none")
            }
            rehearsal.agreed([rest[0]: level])
        case "stop":
            guard let kind = rest.first else { throw Fault(text: "on which kind of channel? For example: stop email") }
            rehearsal.stopped(kind)
        case "provider":
            guard rest.count == 2, stage.project.channels[rest[0]] != nil,
                let manner = CheckedTest.ProviderManner(rawValue: rest[1])
            else {
                throw Fault(text: "for example: provider email-main refuses (delivers, undelivered, refuses, silent)")
            }
            rehearsal.providers[rest[0]] = manner
        default: throw Fault(text: "`\(verb)` is nothing that can be done here; `help` says what can")
        }
    }

    // MARK: Answers

    /// What has happened since somebody last looked.
    private mutating func news() -> [String] {
        var lines: [String] = []
        for fact in rehearsal.facts[told...] {
            lines.append(words(fact))
            if case .sent(let message) = fact.kind {
                inbox.append(fact)
                lines += phone.draw(message, number: inbox.count, at: FactWords.time(fact.at, rehearsal.contactZone))
            }
        }
        told = rehearsal.facts.count
        if rehearsal.isEndless { lines.append("! programs begin each other without end; nothing more happens") }
        return lines
    }

    private func drawing(of message: RehearsedMessage) -> [String] {
        guard
            let place = inbox.firstIndex(where: {
                if case .sent(let sent) = $0.kind { sent.number == message.number } else { false }
            })
        else { return [] }
        return phone.draw(message, number: place + 1, at: FactWords.time(inbox[place].at, rehearsal.contactZone))
    }

    private func message(_ number: String?) throws(Fault) -> RehearsedMessage {
        let place = number.map { Int($0) ?? 0 } ?? inbox.count
        guard inbox.indices.contains(place - 1), case .sent(let message) = inbox[place - 1].kind else {
            throw Fault(text: inbox.isEmpty ? "there is no message yet" : "there is no message \(number ?? "")")
        }
        return message
    }

    private func who() -> [String] {
        let person = rehearsal.person
        var lines: [String] = []
        for (slot, field) in stage.project.schema.fields.enumerated() where !person.fields[slot].isMissing {
            lines.append("\(field.name): \(Reproduction.text(person.fields[slot], field.type.type, stage.project))")
        }
        for (kind, level) in person.consent.sorted(by: { $0.key < $1.key }) {
            lines.append("consent.\(kind): \(person.revoked.contains(kind) ? "taken back" : level.name)")
        }
        for kind in person.suppressed.keys.sorted() { lines.append("wants nothing by \(kind)") }
        lines.append("zone: \(person.zoneName ?? stage.project.settings.timeZone)")
        return lines
    }

    // MARK: Reading

    private var eventNames: String { "events: " + stage.project.events.keys.sorted().joined(separator: ", ") }

    /// `name=value`; a value with spaces is put in quotes, or goes on to the next `name=`.
    private func assignments(_ words: ArraySlice<String>) throws(Fault) -> [(String, String)] {
        var pairs: [(String, String)] = []
        for word in words {
            if let equals = word.firstIndex(of: "=") {
                pairs.append((String(word[..<equals]), String(word[word.index(after: equals)...])))
            } else if pairs.isEmpty {
                throw Fault(text: "`\(word)` is no name=value")
            } else {
                pairs[pairs.count - 1].1 += " " + word
            }
        }
        return pairs.map { name, value in
            let isQuoted = value.count > 1 && value.hasPrefix("\"") && value.hasSuffix("\"")
            return (name, isQuoted ? String(value.dropFirst().dropLast()) : value)
        }
    }

    private func value(_ text: String, _ type: ValueType, _ name: String) throws(Fault) -> Value {
        if case .list = type { return .list(text.split(separator: ";").map { Value(String($0)) }) }
        guard let value = reader.scalar(text, type) else {
            throw Fault(text: "`\(text)` is no value for `\(name)`")
        }
        return value
    }

    private static let help = [
        "time      next · wait 2d · until 2027-03-18 10:00",
        "events    event NAME field=value … · set field=value … · write CHANNEL",
        "messages  inbox · show 1 · open 1 · click 1 LINK · reply 1",
        "consent   consent email express · consent email none · stop email",
        "world     provider CHANNEL delivers|undelivered|refuses|silent",
        "else      who · help · quit",
    ]
}
