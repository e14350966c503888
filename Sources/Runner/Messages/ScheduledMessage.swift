package import RuleEngine

/// When a message comes again and again, or once: written as a program's `schedule` is, and read by the same compiler.
package struct MessageRhythm: Sendable {
    package enum Kind: String, Sendable, CaseIterable {
        case once, daily, weekly, monthly
    }

    package var kind: Kind
    /// `09:30`.
    package var time: String
    /// `mon-fri`, `sat, sun`: with `weekly`.
    package var days: String?
    /// With `monthly`; a shorter month takes its last day.
    package var day: Int?
    /// `2027-03-18`, with `once`.
    package var date: String?
    package var zone: String
    /// The last day.
    package var until: String?

    package init(kind: Kind, time: String, zone: String) {
        self.kind = kind
        self.time = time
        self.zone = zone
    }

    private var members: [JSON.Entry] {
        func entry(_ key: String, _ value: JSON) -> JSON.Entry { JSON.Entry(key: key, value: value) }
        var members: [JSON.Entry] = []
        switch kind {
        case .once: members.append(entry("once", .written("\(date ?? "") \(time)")))
        case .daily: members += [entry("every", "day"), entry("at", .string(time))]
        case .weekly:
            members += [entry("every", "week"), entry("days", .string(days ?? "")), entry("at", .string(time))]
        case .monthly: members += [entry("every", "month"), entry("day", JSON(day)), entry("at", .string(time))]
        }
        members.append(entry("in", .string(zone)))
        if let until { members.append(entry("until", .written(until))) }
        return members
    }

    /// What the compiler makes of it.
    package func schedule() throws(ServiceRefusal) -> (schedule: Schedule, zone: TimeZoneRules) {
        guard let rules = TimeZoneLoader.rules(for: zone) else {
            throw ServiceRefusal(
                .invalid, "bad_schedule", "the machine knows no time zone `\(zone)`",
                help: "write it like `Europe/Berlin`")
        }
        let rule = YAMLText.members([
            JSON.Entry(key: "rule", value: "scheduled"), JSON.Entry(key: "purpose", value: "transactional"),
            JSON.Entry(
                key: "trigger",
                value: .object([
                    JSON.Entry(key: "schedule", value: .object(members)),
                    JSON.Entry(key: "where", value: "contact.id == \"one\""),
                ])), JSON.Entry(key: "steps", value: .array([.object([JSON.Entry(key: "tag", value: "due")])])),
        ])
        let project = "project: scheduled\nlanguage: 1\ntime_zone: Etc/UTC\ncurrency: EUR\nfiles: [\"*.yaml\"]\n"
        let result = Compiler.compile(
            [
                SourceFile(path: ProjectFolder.fileName, bytes: Array(project.utf8)),
                SourceFile(path: "scheduled.yaml", bytes: Array(rule.utf8)),
            ], catalog: .standard())
        guard case .schedule(let schedule)? = result.project?.rules["scheduled"]?.entry.cause else {
            let error = result.diagnostics.first { $0.severity == .error }
            throw ServiceRefusal(
                .invalid, "bad_schedule", error?.message ?? "this is no time to send at", help: error?.help,
                faults: result.diagnostics.filter { $0.severity == .error }.prefix(5).map {
                    ["code": .string($0.code), "message": .string($0.message), "help": JSON($0.help)]
                })
        }
        return (schedule, rules)
    }

    package func next(after instant: Timestamp) throws(ServiceRefusal) -> Timestamp? {
        let (schedule, rules) = try schedule()
        return schedule.next(after: instant, in: rules)
    }

    package var json: JSON {
        [
            "rhythm": .string(kind.rawValue), "time": .string(time), "days": JSON(days), "day": JSON(day),
            "date": JSON(date), "zone": .string(zone), "until": JSON(until),
        ]
    }

    /// Nil for what `json` did not write.
    package init?(kept json: JSON) {
        guard let kind = json["rhythm"]?.string.flatMap({ Kind(rawValue: $0) }), let time = json["time"]?.string,
            let zone = json["zone"]?.string
        else { return nil }
        self.init(kind: kind, time: time, zone: zone)
        days = json["days"]?.string
        day = json["day"]?.integer.map { Int($0) }
        date = json["date"]?.string
        until = json["until"]?.string
    }
}

/// A message that comes at a time, or again and again.
package struct ScheduledMessage: Sendable {
    package enum State: String, Sendable, CaseIterable {
        case active, paused, ended
    }

    package var id: Int64
    package var rhythm: MessageRhythm
    package var request: MessageRequest
    package var state: State
    package var nextAt: Timestamp?
    package var lastAt: Timestamp?
    package var sent: Int
    /// Why the last one was not sent.
    package var problem: String?
    package var createdAt: Timestamp

    package init(
        id: Int64, rhythm: MessageRhythm, request: MessageRequest, state: State, nextAt: Timestamp?,
        lastAt: Timestamp?, sent: Int, problem: String?, createdAt: Timestamp
    ) {
        self.id = id
        self.rhythm = rhythm
        self.request = request
        self.state = state
        self.nextAt = nextAt
        self.lastAt = lastAt
        self.sent = sent
        self.problem = problem
        self.createdAt = createdAt
    }

    package var json: JSON {
        [
            "id": .string(String(id)), "state": .string(state.rawValue), "schedule": rhythm.json,
            "channel": .string(request.channel), "contact": JSON(request.contact), "lead": JSON(request.lead),
            "template": JSON(request.template), "type": .string(request.kind.rawValue),
            "next_at": JSON(state == .active ? nextAt.map(ISOInstant.text) : nil),
            "last_at": JSON(lastAt.map(ISOInstant.text)), "sent": JSON(sent), "problem": JSON(problem),
            "created_at": .string(ISOInstant.text(createdAt)), "asked_by": .string(request.actor),
        ]
    }
}

/// Messages that come at times. Used within a transaction of the journeys' store alone, whose connection it shares.
package protocol ScheduleBook: AnyObject {
    func insert(_ message: ScheduledMessage, to contact: ContactKey) throws(StoreError) -> Int64
    func scheduled(_ id: Int64) throws(StoreError) -> ScheduledMessage?
    /// The newest first.
    func scheduled(
        contact: ContactKey?, state: ScheduledMessage.State?, _ page: PageRequest
    ) throws(StoreError) -> FoundPage<ScheduledMessage>
    func due(at now: Timestamp, limit: Int) throws(StoreError) -> [ScheduledMessage]
    /// From one time to the next: false where somebody has done it. Without a next time it has ended.
    func advance(_ id: Int64, from: Timestamp, to next: Timestamp?, problem: String?) throws(StoreError) -> Bool
    /// Other words of the same request.
    func set(_ request: MessageRequest, of id: Int64) throws(StoreError)
    func set(_ state: ScheduledMessage.State, of id: Int64, nextAt: Timestamp?) throws(StoreError)
}
