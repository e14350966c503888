import RuleEngine

/// A made-up person and what happens to them.
struct GeneratedLife {
    var person: RehearsalPerson
    var moments: [(at: Timestamp, happening: CheckedTest.Moment.Happening)]
    var providers: [String: CheckedTest.ProviderManner]
    var failingCalls: Set<String>
}

/// Makes up people from the schema: with and without every optional field, with every level of consent, in zones far
/// apart, and with the events, answers and refusals that the programs listen for.
struct PersonGenerator {
    private let stage: RehearsalStage
    private let start: Timestamp
    private let days: Int
    private let events: [EventSchema]
    private let inbound: [String]
    private let templates: [String]
    private let kinds: [String]
    private let calls: [String]
    private let pool: ConstantPool
    /// Ids that events share, so that what belongs together can meet.
    private static let keys = ["k-1", "k-2"]
    private static let zones = [
        "Europe/Berlin", "Europe/Lisbon", "America/New_York", "America/Los_Angeles", "Asia/Kolkata",
        "Pacific/Auckland",
    ]
    private static let texts = ["Anna", "Jo", "Zoë O'Neil", "李", "<b>x</b>", "Dr. Ümit Çağlar-Şahin", "🙂"]
    private static let day: Int64 = 86_400_000_000

    init(_ stage: RehearsalStage, scope: Set<Int>, start: Timestamp, days: Int) {
        self.stage = stage
        self.start = start
        self.days = days
        var names: Set<String> = []
        var inbound: Set<String> = []
        var templates: Set<String> = []
        var calls: Set<String> = []
        for program in scope.map({ stage.programs[$0] }) {
            if case .journey(let journey) = program.source {
                if let event = journey.entry.event { names.insert(event) }
                if case .inbound(let channel) = journey.entry.cause { inbound.insert(channel) }
            }
            for wake in program.graph.wakes {
                switch wake {
                case .event(let name), .history(let name): names.insert(name)
                case .messages, .field: break
                }
            }
            for send in program.sends.values { if let id = send.template.id { templates.insert(id) } }
            for case .call(let call, _, _) in program.graph.nodes { calls.insert(call.call) }
        }
        events = names.sorted().compactMap { stage.project.events[$0] }
        self.inbound = inbound.sorted()
        self.templates = templates.sorted()
        self.calls = calls.sorted()
        pool = ConstantPool(stage, scope: scope)
        kinds = Set(stage.project.channels.values.map(\.kind)).sorted()
    }

    func life(number: Int, _ chance: inout SeededChance) -> GeneratedLife {
        var fields: [String: Value] = [:]
        for field in stage.project.schema.fields where field.name != "id" {
            if field.type.isOptional, chance.happens(250_000) { continue }
            fields[field.name] = value(field.name, field.type.type, number, &chance)
        }
        var consent: [String: ConsentLevel] = [:]
        for kind in kinds {
            consent[kind] = chance.pick([.none, .softOptIn, .express, .express, .expressWritten])
        }
        var person = RehearsalPerson(
            id: "generated-\(number)", fields: fields, consent: consent.filter { $0.value > .none },
            zone: chance.pick(Self.zones), schema: stage.project.schema)
        person.isDoNotContact = chance.happens(30_000)
        var life = GeneratedLife(person: person, moments: [], providers: [:], failingCalls: [])
        for channel in stage.project.channels.keys.sorted() where chance.happens(100_000) {
            life.providers[channel] = chance.pick([.undelivered, .refuses, .silent])
        }
        for call in calls where chance.happens(200_000) { life.failingCalls.insert(call) }
        addMoments(to: &life, &chance)
        return life
    }

    private func addMoments(to life: inout GeneratedLife, _ chance: inout SeededChance) {
        func add(_ happening: CheckedTest.Moment.Happening) {
            // Often in bursts: somebody who does one thing does another one soon.
            let previous = life.moments.last?.at
            let at: Timestamp
            if let previous, chance.happens(400_000) {
                at = previous.advanced(by: Int64(chance.below(172_800)) * 1_000_000)
            } else {
                at = start.advanced(by: Int64(chance.below(max(1, days) * 86_400)) * 1_000_000)
            }
            life.moments.append((at, happening))
        }
        if !events.isEmpty {
            for _ in 0..<(3 + chance.below(10)) {
                guard let event = chance.pick(events) else { continue }
                var fields: [String: Value] = [:]
                for field in event.fields {
                    if field.type.isOptional, chance.happens(300_000) { continue }
                    fields[field.name] = value(field.name, field.type.type, 0, &chance)
                }
                add(.event(event.id, fields))
            }
        }
        for channel in inbound where chance.happens(60_000) { add(.inbound(channel)) }
        for _ in 0..<chance.below(4) {
            guard let template = chance.pick(templates) else { break }
            add(chance.happens(500_000) ? .opened(template: template) : .clicked(template: template, link: nil))
        }
        if let kind = chance.pick(kinds), chance.happens(150_000) { add(.stops(kind)) }
        if let kind = chance.pick(kinds), chance.happens(200_000) {
            add(.consent([kind: chance.pick([.none, .express]) ?? .none]))
        }
        let changeable = stage.project.schema.fields.filter { $0.name != "id" && $0.name != "email" }
        for _ in 0..<chance.below(3) {
            guard let field = chance.pick(changeable) else { break }
            add(.change([field.name: value(field.name, field.type.type, 0, &chance)]))
        }
        // Stable, so that a seed gives the same life everywhere.
        life.moments = life.moments.enumerated().sorted {
            $0.element.at == $1.element.at ? $0.offset < $1.offset : $0.element.at < $1.element.at
        }.map(\.element)
    }

    // MARK: Values

    private func value(_ name: String, _ type: ValueType, _ number: Int, _ chance: inout SeededChance) -> Value {
        switch type {
        case .text, .unknown:
            // What events are correlated by must meet now and then; other texts are names and the like.
            return Value((name.hasSuffix("id") ? chance.pick(Self.keys) : chance.pick(Self.texts)) ?? "")
        case .email: return Value("p\(number)@example.com")
        case .phone: return Value("+49151\(10_000_000 + chance.below(89_999_999))")
        case .country: return Value(chance.pick(countries) ?? "DE")
        case .locale: return Value(chance.pick(languages) ?? "en")
        case .channelKind: return Value(chance.pick(kinds) ?? "email")
        case .oneOf(let words): return Value(chance.pick(words) ?? "")
        case .int:
            return .number(near(.int, 1, &chance) ?? Int64(chance.pick([0, 1, 2, 5, 20]) ?? 0), .int)
        case .decimal:
            return .number(near(.decimal, 10_000, &chance) ?? Int64(chance.below(200)) * 500_000, .decimal)
        case .money:
            let amount = near(.money, 10_000, &chance) ?? Int64(chance.pick([0, 5, 29, 80, 600]) ?? 0) * 1_000_000
            return .number(max(0, amount), .money)
        case .bool: return .bool(chance.happens(500_000))
        case .date:
            let soon = start.microseconds / Self.day + Int64(chance.below(90)) - 30
            return .number(near(.date, 1, &chance) ?? soon, .date)
        case .instant: return .number(start.advanced(by: Int64(chance.below(60)) * Self.day).microseconds, .instant)
        case .duration: return .number(Int64(1 + chance.below(72)) * 3_600_000_000, .duration)
        case .list:
            if name == "tags" { return .list(tags.filter { _ in chance.happens(300_000) }.map { Value($0) }) }
            return .list((0..<chance.below(3)).map { Value("item-\($0)") })
        }
    }

    /// Half of the time where a condition makes a difference.
    private func near(_ kind: Value.NumberKind, _ step: Int64, _ chance: inout SeededChance) -> Int64? {
        chance.happens(500_000) ? pool.number(kind, step: step, &chance) : nil
    }

    private var countries: [String] {
        Set(pool.texts.filter { Catalog.countries.contains($0) } + ["DE", "FR", "GB", "US", "JP"]).sorted()
    }

    /// The languages that some text has, and one that none has.
    private var languages: [String] {
        var found: Set<String> = ["xx"]
        for template in stage.project.templates.values {
            for messages in template.messages.values { found.formUnion(messages.keys) }
        }
        return found.sorted()
    }

    /// Those that conditions may ask for, and those that programs give.
    private var tags: [String] {
        var found = Set(pool.texts)
        for program in stage.programs {
            for case .tag(let name, _, _) in program.graph.nodes { found.insert(name) }
        }
        return found.sorted()
    }
}
