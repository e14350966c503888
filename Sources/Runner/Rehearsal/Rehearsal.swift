package import RuleEngine

/// Walks one person through programs on a virtual clock: the machine, the entry rules, the gate and the texts are those
/// of production; only the store is a few arrays, and providers do as they are told. The same happenings give the same
/// facts.
package struct Rehearsal {
    struct Run {
        let program: Int
        let key: Value?
        var state: RunState
        var endedAt: Timestamp?
    }

    /// What has its time.
    enum Due {
        case wake(run: Int, at: Timestamp)
        case attempt(order: Int)
        case escalate(order: Int)
        case settle(run: Int, UInt32, OrderOutcome)
        case answer(run: Int, UInt32, isSuccess: Bool)
        case tick(program: Int, Schedule)
        case launch(program: Int)
        case cause(program: Int, EntryRule.Cause)
        case untag(String, at: Timestamp)
        case happening(String, [String: Value])
        /// Fields that a program has written.
        case changed([String])
        case respond(message: Int, ResponseModel.Response, link: String?)
        /// A look at the segments that programs begin with: time alone may lead in or out.
        case look
    }

    let stage: RehearsalStage
    let scope: Set<Int>
    package private(set) var now: Timestamp
    package var person: RehearsalPerson { didSet { view = nil } }
    /// How each channel's provider behaves.
    package var providers: [String: CheckedTest.ProviderManner] = [:]
    package var failingCalls: Set<String> = []
    package var tracing: Tracing = .decisions
    /// How people and providers take messages by themselves; nil where somebody says so by hand.
    package var responses: ResponseModel?
    var chance = SeededChance(seed: 0)
    var fates: [Fate] = []
    /// Facts beyond what tests ask for, for whoever looks over the shoulder.
    package var isTalkative = false
    package internal(set) var facts: [RehearsalFact] = []
    package internal(set) var coverage = CoverageTally()
    /// Programs went on without time passing, and would have for ever.
    package private(set) var isEndless = false

    var runs: [Run] = []
    var orders: [RehearsedOrder] = []
    var history = HistoryFacts()
    var messages: [RehearsedDelivery] = []
    private var agenda: [(at: Timestamp, due: Due)] = []
    /// Causes that wait for the end of a run, by its place.
    private var queued: [(run: Int, program: Int, cause: EntryRule.Cause)] = []
    /// Those that one of the programs begins with.
    private let segments: [CheckedSegment]
    private var insideSegments: Set<String> = []
    private var tagEnds: [String: Timestamp] = [:]
    private var seenKeys: Set<String> = []
    private var nextEvent: Int64 = 1
    private var past: [RunEvent] = []
    private var stepsAtInstant = 0
    /// What a step reads of the person, until something about them changes.
    private var view: View?

    private struct View {
        let page: FactPage
        let zone: TimeZoneRules
        let contact: [UInt8]
        let holidays: Set<Int64>
        /// Until when these are the holidays around now.
        let until: Timestamp
    }

    private static let mostStepsAtInstant = 1_000
    private static let day: Int64 = 86_400_000_000

    /// - Parameter scope: the programs that take part, by their places on the stage.
    package init(_ stage: RehearsalStage, scope: Set<Int>, person: RehearsalPerson, start: Timestamp) {
        self.stage = stage
        self.scope = scope
        self.person = person
        now = start
        var segments: [CheckedSegment] = []
        for program in scope.sorted() {
            guard case .journey(let journey) = stage.programs[program].source,
                case .segment(let segment, _, _) = journey.entry.cause
            else { continue }
            if !segments.contains(where: { $0.id == segment.id }) { segments.append(segment) }
        }
        self.segments = segments
    }

    /// Lets the programs in: campaigns are launched when time goes on, clocks started, and segments looked at for the
    /// first time. Comes once, when the person is made ready.
    package mutating func begin() {
        for segment in segments where holds(segment) {
            insideSegments.insert(segment.id)
            for program in programs(stage.index.begun(by: .segment(segment.id, .enters))) {
                decide(program, .existing(segment: segment.id))
            }
        }
        if !segments.isEmpty { put(.look, at: now.advanced(by: Self.day)) }
        for (place, schedule) in stage.index.scheduled where scope.contains(stage.indexed[place]) {
            putTick(stage.indexed[place], schedule)
        }
        for program in scope.sorted() {
            guard case .campaign(let campaign) = stage.programs[program].source else { continue }
            put(.launch(program: program), at: launchTime(campaign))
        }
    }

    // MARK: Time

    /// Does everything that is due up to an instant, and stands there.
    package mutating func advance(to end: Timestamp) {
        while !isEndless, let next = agenda.last, next.at <= end {
            agenda.removeLast()
            if next.at > now {
                now = next.at
                stepsAtInstant = 0
            }
            stepsAtInstant += 1
            if stepsAtInstant > Self.mostStepsAtInstant { isEndless = true }
            carryOut(next.due)
        }
        if end > now {
            now = end
            stepsAtInstant = 0
        }
    }

    /// When something happens by itself next; nil where nothing will.
    package var nextDue: Timestamp? {
        agenda.last { entry in
            if case .look = entry.due { false } else { true }
        }?.at
    }

    mutating func settle() {
        advance(to: now)
    }

    /// Behind all that is due at the same instant already.
    mutating func put(_ due: Due, at instant: Timestamp) {
        var place = agenda.count
        let instant = max(instant, now)
        while place > 0, agenda[place - 1].at <= instant { place -= 1 }
        agenda.insert((instant, due), at: place)
    }

    private mutating func carryOut(_ due: Due) {
        switch due {
        case .wake(let run, let at):
            if runs[run].state.due == at { step(run, .awake) }
        case .attempt(let order): attempt(order)
        case .escalate(let order): escalate(order)
        case .settle(let run, let number, let outcome): step(run, .sendSettled(number, outcome))
        case .answer(let run, let number, let isSuccess): step(run, .callSettled(number, isSuccess: isSuccess))
        case .tick(let program, let schedule):
            decide(program, .tick)
            putTick(program, schedule)
        case .launch(let program): launch(program)
        case .cause(let program, let cause): decide(program, cause)
        case .untag(let name, let at):
            guard tagEnds[name] == at else { return }
            tagEnds[name] = nil
            person.untag(name)
            changed(["tags"])
        case .happening(let name, let fields): occurred(name, fields)
        case .respond(let message, let response, let link): respond(message, response, link: link)
        case .changed(let names): changed(names)
        case .look:
            lookAtSegments()
            put(.look, at: now.advanced(by: Self.day))
        }
    }

    private mutating func putTick(_ program: Int, _ schedule: Schedule) {
        let rules: TimeZoneRules
        switch schedule.clock {
        case .contactZone: rules = contactZone
        case .zone(let name): rules = stage.rules(of: name) ?? stage.projectZone
        }
        if let tick = schedule.next(after: now, in: rules) { put(.tick(program: program, schedule), at: tick) }
    }

    // MARK: What happens

    /// An event of the person, now.
    package mutating func happened(_ name: String, _ fields: [String: Value]) {
        occurred(name, fields)
        settle()
    }

    /// Whoever goes on hears of it before anybody begins with it.
    private mutating func occurred(_ name: String, _ fields: [String: Value]) {
        guard isNew(name, fields) else { return }
        let event = RunEvent(id: EventID(rawValue: nextEvent), name: name, fields: fields, at: now)
        nextEvent += 1
        history.append(HistoryFacts.Event(at: now, fields: fields), named: name)
        past.append(event)
        let moved = move(.event(name), .event(event))
        move(.history(event: name), .event(event), except: moved)
        for program in programs(stage.index.begun(by: .event(name))) { decide(program, .event(event)) }
        for program in programs(stage.index.begun(by: .webhook(name))) { decide(program, .webhook(event)) }
        lookAtSegments()
    }

    package mutating func change(_ fields: [String: Value]) {
        for (name, value) in fields { person[name] = value }
        changed(fields.keys.sorted())
        settle()
    }

    /// A message of the person.
    package mutating func wrote(by channel: String) {
        // What nobody reads belongs to no conversation.
        let isRead = stage.project.channels[channel]?.repliesTo != .nobody
        let cause = EntryRule.Cause.inbound(
            channel: channel, conversationID: isRead ? Array("\(channel):\(person.id)".utf8) : [])
        move(.messages, .awake)
        for program in programs(stage.index.begun(by: .inbound(channel: channel))) { decide(program, cause) }
        settle()
    }

    package mutating func agreed(_ levels: [String: ConsentLevel]) {
        for (kind, level) in levels {
            if level == .none {
                if person.consent[kind] != nil { person.revoked.insert(kind) }
            } else {
                person.revoked.remove(kind)
                person.consent[kind] = level
            }
        }
    }

    package mutating func stopped(_ kind: String) {
        person.suppressed[kind] = kind == "email" ? .unsubscribe : .stop
    }

    /// What the person did with the last message of a template, or with this one. False where there is none.
    package mutating func responded(
        _ template: String? = nil, number: Int? = nil, _ change: (inout HistoryFacts.Message, Timestamp) -> Void
    ) -> Bool {
        guard
            let place = messages.lastIndex(where: {
                (template == nil || $0.facts.template == template) && (number == nil || $0.number == number)
            })
        else { return false }
        change(&messages[place].facts, now)
        wakeReaders()
        settle()
        return true
    }

    /// Whoever asks what became of messages.
    mutating func wakeReaders() {
        move(.messages, .awake)
        lookAtSegments()
    }

    private mutating func isNew(_ name: String, _ fields: [String: Value]) -> Bool {
        for field in stage.project.events[name]?.fields ?? [] where field.isUnique {
            guard let value = fields[field.name], !value.isMissing else { continue }
            if !seenKeys.insert("\(name) \(field.name) \(value)").inserted { return false }
        }
        return true
    }

    private mutating func changed(_ names: [String]) {
        var moved: Set<Int> = []
        for slot in names.compactMap({ stage.project.schema.slot(of: $0) }) {
            moved.formUnion(move(.field(slot: slot), .awake, except: moved))
        }
        lookAtSegments()
    }

    // MARK: Who is moved

    func programs(_ places: [Int32]) -> [Int] {
        places.map { stage.indexed[Int($0)] }.filter { scope.contains($0) }
    }

    @discardableResult
    private mutating func move(
        _ wake: TriggerIndex.Wake, _ input: RunInput, except: Set<Int> = []
    ) -> Set<Int> {
        let moved = programs(stage.index.moved(by: wake)).filter { !except.contains($0) }
        for program in moved { moveRuns(of: program, input) }
        return Set(moved)
    }

    private mutating func moveRuns(of program: Int, _ input: RunInput) {
        for run in runs.indices where runs[run].program == program && !runs[run].state.hasEnded { step(run, input) }
    }

    private mutating func lookAtSegments() {
        for segment in segments {
            let isInside = holds(segment)
            guard isInside != insideSegments.contains(segment.id) else { continue }
            if isInside { insideSegments.insert(segment.id) } else { insideSegments.remove(segment.id) }
            let crossing: CheckedEntry.Crossing = isInside ? .enters : .leaves
            for program in programs(stage.index.begun(by: .segment(segment.id, crossing))) {
                decide(program, .segment(segment.id, crossing))
            }
        }
    }

    mutating func holds(_ segment: CheckedSegment) -> Bool {
        let context = runFacts(of: nil).context
        return segment.conditions.allSatisfy { $0.evaluate(in: context).isTrue }
    }

    // MARK: Coming in

    mutating func decide(_ program: Int, _ cause: EntryRule.Cause) {
        guard let rule = stage.programs[program].entry else { return }
        var known: [EntryRule.KnownRun] = []
        for run in runs where run.program == program {
            known.append(
                EntryRule.KnownRun(
                    key: run.key, occurrence: run.state.occurrence, ending: run.state.ending, endedAt: run.endedAt))
        }
        switch rule.decide(cause, runs: known, facts: runFacts(of: nil)) {
        case .begin(let key, let replacing):
            for occurrence in replacing {
                guard
                    let run = runs.firstIndex(where: { $0.program == program && $0.state.occurrence == occurrence })
                else { continue }
                apply(machine(program).stop(runs[run].state, as: .replaced, facts: runFacts(of: run)), to: run)
            }
            begin(program, key: key, cause)
        case .queue(_, let behind):
            let run = runs.firstIndex { $0.program == program && $0.state.occurrence == behind }
            if let run { queued.append((run, program, cause)) }
        case .leaveOut(let reason):
            if case .otherCause = reason { return }
            var conditions: [ConditionTrace] = []
            if case .conditions(let traces) = reason {
                conditions = traces
                coverage.leftOut(program)
            }
            note(program, occurrence: 0, node: 0, .leftOut(reason: reason.word, conditions))
        }
    }

    mutating func begin(_ program: Int, key: Value?, _ cause: EntryRule.Cause?) {
        let occurrence = UInt32(runs.count { $0.program == program })
        var event: EventID?
        var conversation: [UInt8] = []
        switch cause {
        case .event(let happened), .webhook(let happened): event = happened.id
        case .inbound(_, let id): conversation = id
        case .segment, .existing, .tick, .started, nil: break
        }
        let entry = RunEntry(
            occurrence: occurrence, event: event, fields: cause?.fields ?? [:], conversationID: conversation)
        coverage.entered(program)
        note(program, occurrence: occurrence, node: 0, .entered)
        let run = runs.count
        let step = machine(program).begin(entry, facts: runFacts(of: run))
        runs.append(Run(program: program, key: key, state: step.state))
        apply(step, to: run)
        lookBack(run, from: event)
    }

    /// Who visits a page and enrols ten seconds later has visited it.
    private mutating func lookBack(_ run: Int, from entry: EventID?) {
        let machine = stage.programs[runs[run].program].machine
        let since = now.advanced(by: -machine.lookBack)
        for event in past.reversed().prefix(while: { $0.at >= since }).reversed() where event.id != entry {
            guard machine.awaited.contains(event.name) || machine.graph.goal?.event == event.name else { continue }
            step(run, .event(event))
        }
    }

    func machine(_ program: Int) -> JourneyMachine {
        JourneyMachine(stage.programs[program].machine, tracing: tracing)
    }

    mutating func step(_ run: Int, _ input: RunInput) {
        guard !runs[run].state.hasEnded else { return }
        apply(machine(runs[run].program).step(runs[run].state, input, facts: runFacts(of: run)), to: run)
    }

    private mutating func apply(_ step: RunStep, to run: Int) {
        runs[run].state = step.state
        coverage.note(runs[run].program, stage.programs[runs[run].program].branches, step.trace)
        if isTalkative { for trace in step.trace { tell(trace, of: run) } }
        for command in step.commands { carryOut(command, of: run) }
        guard step.state.hasEnded else { return }
        runs[run].endedAt = now
        let waiting = queued.filter { $0.run == run }
        queued.removeAll { $0.run == run }
        for cause in waiting { put(.cause(program: cause.program, cause.cause), at: now) }
    }

    // MARK: Effects

    private mutating func carryOut(_ command: RunCommand, of run: Int) {
        let program = runs[run].program
        func fact(_ kind: RehearsalFact.Kind, _ self: inout Rehearsal) {
            self.note(program, occurrence: self.runs[run].state.occurrence, node: command.node, kind)
        }
        switch command.action {
        case .send(let order): place(order, command, of: run)
        case .withdraw(let number):
            for place in orders.indices where orders[place].run == run && orders[place].number == number {
                orders[place].isOver = true
            }
        case .set(let values):
            fact(.wrote(values), &self)
            for value in values { person[value.name] = value.value }
            put(.changed(values.map(\.name)), at: now)
        case .tag(let name, let until):
            fact(.tagged(name, until: until), &self)
            person.tag(name)
            tagEnds[name] = until
            if let until { put(.untag(name, at: until), at: until) }
            put(.changed(["tags"]), at: now)
        case .untag(let name):
            fact(.untagged(name), &self)
            tagEnds[name] = nil
            person.untag(name)
            put(.changed(["tags"]), at: now)
        case .emit(let event, let values):
            fact(.emitted(event), &self)
            put(.happening(event, Dictionary(values.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })), at: now)
        case .call(let call):
            let isAnswered = !failingCalls.contains(call.call)
            fact(.called(call.call, isAnswered: isAnswered), &self)
            // Nobody knows that a call failed before its last attempt has.
            put(
                .answer(run: run, command.number, isSuccess: isAnswered),
                at: isAnswered || call.attempts <= 1 ? now : now.advanced(by: call.over))
        case .start(let kind, let id, let values):
            fact(.started("\(kind.rawValue) \(id)"), &self)
            guard let started = stage.program(kind, id), scope.contains(started) else { return }
            let fields = Dictionary(values.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
            put(.cause(program: started, .started(fields)), at: now)
        case .handOver(let team, let note):
            fact(.handedOver(team: team, note: note.map { String(decoding: $0, as: UTF8.self) }), &self)
        case .reachGoal: fact(.reachedGoal, &self)
        case .sleep(let until): put(.wake(run: run, at: until), at: until)
        case .end(let ending): fact(.ended(as: ending.word), &self)
        }
    }

    // MARK: Facts

    mutating func note(_ program: Int, occurrence: UInt32, node: Int, _ kind: RehearsalFact.Kind) {
        let spans = stage.programs[program].graph.spans
        facts.append(
            RehearsalFact(
                at: now, program: stage.programs[program].name, occurrence: occurrence,
                span: node < spans.count ? spans[node] : nil, kind: kind))
    }

    package var contactZone: TimeZoneRules {
        person.zoneName.flatMap { stage.rules(of: $0) } ?? stage.projectZone
    }

    private mutating func currentView() -> View {
        if let view, now < view.until { return view }
        let made = View(
            page: view?.page ?? person.page(), zone: contactZone, contact: Array(person.id.utf8),
            holidays: stage.holidays(in: person.text("country"), around: now), until: now.advanced(by: Self.day))
        view = made
        return made
    }

    mutating func runFacts(of run: Int?) -> RunFacts {
        let view = currentView()
        var history = history
        history.messages = messages.map { message in
            var facts = message.facts
            // A step is one of the run at hand; other runs know the message by its template.
            if message.run != run { facts.step = nil }
            return facts
        }
        let journey = JourneyFacts(runID: run.map { Array("run-\($0)".utf8) } ?? [])
        let context = EvaluationContext(
            page: view.page, row: 0, now: now, journey: journey, history: history, offices: stage.offices)
        return RunFacts(
            context: context, contact: view.contact, contactZone: view.zone, holidays: view.holidays,
            settled: person.settled)
    }
}
