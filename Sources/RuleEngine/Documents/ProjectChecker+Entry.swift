/// A checked entry, with what follows from it for everything behind it.
struct EntryFacts {
    let entry: CheckedEntry
    /// What `entry.` reads.
    let source: JourneyScope.Source
    /// The channel of the message that starts a run, where one does.
    let channel: String?
    /// What the conditions of the entry have shown to be known.
    let known: Set<KnownValue>
}

extension ProjectChecker {
    private static let causes = ["event", "inbound", "segment", "schedule", "webhook"]

    mutating func checkEntry(_ entry: SyntaxEntry) -> EntryFacts? {
        let node = entry.value
        let causes = (node.entries ?? []).filter { Self.causes.contains($0.key.text) }
        guard let cause = causes.first else {
            diagnostics.report(.noCause(entry.key.span, causes: Self.causes))
            return nil
        }
        if causes.count > 1 {
            diagnostics.report(.keysApart(causes[1].key.span, causes[1].key.text, cause.key.text, also: cause.key.span))
            return nil
        }
        for key in ["when", "existing"] where cause.key.text != "segment" {
            guard let extra = node.entry(key) else { continue }
            diagnostics.report(.keyNeeds(extra.key.span, key, "segment"))
            return nil
        }
        var scope = scope
        var source = JourneyScope.Source.nothing
        var channel: String?
        var checked: CheckedEntry.Cause?
        switch cause.key.text {
        case "event", "webhook":
            guard let event = cause.value.scalar.flatMap({ resolveEvent($0) }) else { break }
            source = .event(event)
            checked = cause.key.text == "event" ? .event(event.id) : .webhook(event.id)
        case "inbound":
            channel = cause.value.scalar.flatMap { resolve($0, .channel) }
            checked = channel.map { .inbound(channel: $0) }
            scope.roots.insert(.conversation)
        case "segment": checked = checkCrossing(entry, cause)
        default: checked = checkSchedule(cause).map { .schedule($0) }
        }
        scope.roots.insert(.event)
        scope.journey.event = source
        guard let checked, let conditions = conditions(node.value("where"), in: scope) else { return nil }
        var known = conditions.shown
        if case .segment(let segment, .enters, _) = checked { known.formUnion(segment.conditions.shown) }
        return EntryFacts(
            entry: CheckedEntry(
                cause: checked, conditions: conditions,
                again: node.text("again").flatMap { try? Units.again($0) } ?? .always, span: entry.key.span,
                timeSpan: ["at", "cron", "once"].lazy.compactMap { cause.value.value($0)?.span }.first),
            source: source, channel: channel, known: known)
    }

    /// Mailing everyone who is in the segment already surprises people, so the file must say it.
    private mutating func checkCrossing(_ entry: SyntaxEntry, _ cause: SyntaxEntry) -> CheckedEntry.Cause? {
        guard let name = cause.value.scalar, let id = resolve(name, .segment) else { return nil }
        var isSound = true
        for key in ["when", "existing"] where entry.value.value(key) == nil {
            diagnostics.report(.crossingIncomplete(cause.key.span, missing: key))
            isSound = false
        }
        guard isSound, let crossing = entry.value.text("when").flatMap(CheckedEntry.Crossing.init(rawValue:)),
            let existing = entry.value.text("existing"), let segment = segments[id]
        else { return nil }
        return .segment(segment, crossing, includesExisting: existing == "include")
    }

    mutating func checkSchedule(_ entry: SyntaxEntry) -> Schedule? {
        let node = entry.value
        let rhythms = (node.entries ?? []).filter { ["every", "cron", "once"].contains($0.key.text) }
        guard let rhythm = rhythms.first else {
            diagnostics.report(.noCause(entry.key.span, causes: ["every", "cron", "once"]))
            return nil
        }
        if rhythms.count > 1 {
            diagnostics.report(
                .keysApart(rhythms[1].key.span, rhythms[1].key.text, rhythm.key.text, also: rhythm.key.span))
            return nil
        }
        let every = rhythm.key.text == "every" ? rhythm.value.text : nil
        // Which keys belong to which rhythm; the others would be read and ignored.
        let allowed: [String: Bool] = [
            "at": every != nil, "days": every == "week", "day": every == "month", "until": rhythm.key.text != "once",
        ]
        for other in node.entries ?? [] where allowed[other.key.text] == false {
            diagnostics.report(.keysApart(other.key.span, other.key.text, rhythm.key.text, also: rhythm.value.span))
            return nil
        }
        for key in ["at", "days", "day"] where allowed[key] == true && node.value(key) == nil {
            diagnostics.report(.missingKey(rhythm.key.span, key, in: "`every: \(every ?? "")`"))
            return nil
        }
        guard let checked = Self.rhythm(rhythm, every: every, node) else { return nil }
        return Schedule(
            rhythm: checked, clock: clock(node), until: node.text("until").flatMap { try? Units.date($0) })
    }

    private static func rhythm(_ entry: SyntaxEntry, every: String?, _ node: SyntaxNode) -> Schedule.Rhythm? {
        let text = entry.value.text ?? ""
        if entry.key.text == "cron" { return (try? Units.cron(text)).map { .cron($0) } }
        if entry.key.text == "once" { return (try? Units.dateTime(text)).map { .once($0) } }
        guard let time = node.text("at").flatMap({ try? Units.clock($0) }) else { return nil }
        switch every {
        case "day": return .daily(time)
        case "week": return node.text("days").flatMap { try? Units.days($0) }.map { .weekly($0, time) }
        default: return node.text("day").flatMap { try? Units.integer($0) }.map { .monthly(day: $0, time) }
        }
    }

    /// The clock that `in:` names, else the project's.
    func clock(_ node: SyntaxNode) -> Clockwork {
        node.text("in").flatMap { try? Units.zone($0) } ?? .zone(settings.timeZone)
    }
}
