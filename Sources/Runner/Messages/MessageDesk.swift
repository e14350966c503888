internal import Channels
import RuleEngine

/// Takes single messages from many callers at once: whatever has come is one transaction, and each message in it a run of the
/// rule that was written for its form. What is answered is durable. One thread owns it.
package final class MessageDesk {
    package typealias Outcome = Result<AcceptedMessage, ServiceRefusal>

    /// What messages of one form share.
    private final class Form {
        let version: LiveVersion
        let plan: MessagePlan
        let node: Int
        let price: MessagePrice
        var renderer: MessageRenderer
        /// Of the project's files.
        let digest: UInt64

        init?(_ version: LiveVersion, channel: String, digest: UInt64, now: Timestamp) {
            let node = version.graph.nodes.firstIndex(where: \.isSend)
            guard let node, let plan = version.plan(node: node, channel: channel) else { return nil }
            self.version = version
            self.plan = plan
            self.node = node
            self.digest = digest
            price = MessagePrice(plan.channel)
            renderer = MessageRenderer(plan: plan, startedAt: now)
        }
    }

    /// A message whose form and recipient are known.
    private struct Prepared {
        var request: MessageRequest
        var program: MessageProgram
        var form: Form
        var contact: ContactKey
        var values: [String: Value]
    }

    /// More forms than these are compiled again when they are needed again.
    private static let mostForms = 2_000
    /// Years ahead would be a mistake.
    private static let ahead: Int64 = 366 * 86_400_000_000

    let desk: ServiceDesk
    private var forms: [MessageProgram: Form] = [:]

    package init(_ desk: ServiceDesk) {
        self.desk = desk
    }

    /// An outcome for each, in their order.
    package func take(_ requests: [MessageRequest]) throws -> [Outcome] {
        var outcomes: [Outcome?] = requests.map { _ in nil }
        var waiting = Array(requests.indices)
        // A form that nobody has used for an hour may end between being looked up and being used.
        for _ in 0..<3 where !waiting.isEmpty {
            var prepared: [(place: Int, message: Prepared)] = []
            for place in waiting {
                do {
                    prepared.append((place, try prepare(requests[place])))
                } catch let refusal as ServiceRefusal {
                    outcomes[place] = .failure(refusal)
                }
            }
            waiting = []
            let journeys = try desk.journeys()
            let ledger = try desk.messageLedger()
            let schedules = try desk.scheduleBook()
            let now = desk.now
            try journeys.transaction { () throws(StoreError) in
                var states: [LaunchID: LaunchState?] = [:]
                for (place, message) in prepared {
                    let launch = message.form.version.launch.id
                    if states[launch] == nil { states[launch] = .some(try journeys.state(of: launch)) }
                    guard let known = states[launch] ?? nil, !known.isOver else {
                        forms[message.program] = nil
                        waiting.append(place)
                        continue
                    }
                    if let tick = message.request.tick {
                        guard try schedules.advance(tick.schedule, from: tick.at, to: tick.next, problem: nil) else {
                            outcomes[place] = .failure(ServiceRefusal(.conflict, "ended", "it was sent, or has ended"))
                            continue
                        }
                    }
                    let accepted = try write(message, journeys, ledger, now)
                    if let repeated = message.request.repeated {
                        try ledger.keep(repeated.answer(accepted), for: repeated.name)
                    }
                    outcomes[place] = .success(accepted)
                }
            }
        }
        return outcomes.map {
            $0 ?? .failure(ServiceRefusal(.unavailable, "busy", "the message's form ended while it was taken"))
        }
    }

    // MARK: Whom, and what

    private func prepare(_ request: MessageRequest) throws -> Prepared {
        let (result, files, digest) = try desk.projects.compiled()
        guard let project = result.project else { throw ServiceRefusal(projectErrors: result) }
        guard let channel = project.channels[request.channel] else {
            throw ServiceRefusal(
                .notFound, "unknown_channel", "there is no channel `\(request.channel)`",
                help: NearestName.of(request.channel, among: Array(project.channels.keys)).map {
                    "did you mean `\($0)`?"
                })
        }
        if let obstacle = request.rights?.obstacle(to: nil, by: [SendingChannel(channel)]) {
            throw ServiceRefusal(obstacle)
        }
        if let at = request.scheduledAt, at.microseconds > desk.now.microseconds + Self.ahead {
            throw ServiceRefusal(.invalid, "bad_time", "`scheduled_at` lies more than a year ahead")
        }
        let (written, variables, program) = try program(for: request, channel, project)
        let form = try form(program, channel: channel.id, files: files, result: result, digest: digest)
        let contact = try recipient(of: request, kind: channel.kind)
        return Prepared(
            request: written, program: program, form: form, contact: contact, values: variables.values)
    }

    /// For a message that comes later: its form is compiled, and its recipient known by the contact's id.
    func recipient(toBeKept request: MessageRequest) throws -> (key: ContactKey, id: String) {
        let contact = try prepare(request).contact
        return (contact, try desk.contacts().externalID(of: contact) ?? "")
    }

    private func program(
        for request: MessageRequest, _ channel: CheckedChannel, _ project: CheckedProject
    ) throws -> (MessageRequest, MessageVariables, MessageProgram) {
        var request = request
        let template = request.template.map { project.templates[$0] }
        if let id = request.template, template.flatMap({ $0 }) == nil {
            throw ServiceRefusal(
                .notFound, "unknown_template", "there is no template `\(id)`",
                help: NearestName.of(id, among: Array(project.templates.keys)).map { "did you mean `\($0)`?" })
        }
        guard let purpose = request.purpose ?? template??.purpose else {
            throw ServiceRefusal(
                .invalid, "missing_key", "`purpose` is missing",
                help: Purpose.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", "))
        }
        if channel.kind == "email", request.content.fileName != nil {
            throw ServiceRefusal(
                .invalid, "bad_message", "a mail's attachment is called as its file is",
                help: "leave `file_name` out, or call the file so")
        }
        if request.topic == nil { request.topic = template??.topic }
        if request.template == nil {
            if request.variables.isEmpty, purpose != .marketing {
                Self.parameterise(&request)
            } else {
                try Self.root(&request)
            }
        }
        let variables = try MessageVariables(request.variables, of: project, now: desk.now)
        let language = request.language ?? project.settings.languageFallback ?? "en"
        let program = MessageProgram(
            request, channelKind: channel.kind, language: language, purpose: purpose, schema: variables.schema)
        request.purpose = purpose
        return (request, variables, program)
    }

    /// Texts without marks are values of one form: nothing is compiled for each of them.
    private static func parameterise(_ request: inout MessageRequest) {
        func take(_ name: String, _ path: WritableKeyPath<MessageRequest.Content, String?>) {
            guard let text = request.content[keyPath: path], !text.isEmpty, !text.contains("<<"), !text.contains("{{")
            else { return }
            request.variables.append(JSON.Entry(key: "message_\(name)", value: .string(text)))
            request.content[keyPath: path] = "<<entry.message_\(name)>>"
        }
        take("subject", \.subject)
        take("text", \.text)
    }

    private static func root(_ request: inout MessageRequest) throws {
        let names = Set(request.variables.map(\.key))
        var used: Set<String> = []
        for path in [\MessageRequest.Content.subject, \.text, \.html] {
            guard let text = request.content[keyPath: path] else { continue }
            let rooted = TemplateMarks.rooted(text, names: names)
            request.content[keyPath: path] = rooted.text
            used.formUnion(rooted.used)
        }
        if let name = names.subtracting(used).min() {
            throw ServiceRefusal(
                .invalid, "unused_variable", "no text uses the variable `\(name)`",
                help: "write `<<\(name)>>`, or leave it out")
        }
    }

    private func recipient(of request: MessageRequest, kind: String) throws -> ContactKey {
        if let name = request.contact { return try linked(request, try desk.contact(name)) }
        if let address = request.address { return try linked(request, try contact(address, kind: kind)) }
        guard let lead = request.lead else {
            throw ServiceRefusal(
                .invalid, "missing_key", "nobody is named", help: "write `contact`, `to` or `lead`")
        }
        let journeys = try desk.journeys()
        let ledger = try desk.messageLedger()
        let found = try journeys.transaction { () throws(StoreError) in try ledger.contact(ofLead: lead) }
        guard let found else {
            throw ServiceRefusal(
                .notFound, "unknown_lead", "nobody is known by the lead `\(lead)`",
                help: "name the person once beside it: `contact` or `to`")
        }
        return found
    }

    private func linked(_ request: MessageRequest, _ contact: ContactKey) throws -> ContactKey {
        guard let lead = request.lead else { return contact }
        let journeys = try desk.journeys()
        let ledger = try desk.messageLedger()
        let now = desk.now
        let known = try journeys.transaction { () throws(StoreError) in
            let known = try ledger.contact(ofLead: lead)
            if known == nil { try ledger.link(lead: lead, to: contact, now: now) }
            return known
        }
        guard known == nil || known == contact else {
            throw ServiceRefusal(
                .conflict, "other_person", "the lead `\(lead)` is somebody else than the recipient",
                help: "leave one of them out")
        }
        return contact
    }

    /// Whoever has the address, or a new contact with nothing but it. Nothing is known of what they agreed to.
    private func contact(_ address: String, kind: String) throws -> ContactKey {
        let kind = AddressNormalizer.kind(ofChannel: kind)
        let normal: String
        switch AddressNormalizer().normalize(kind: kind, address) {
        case .failure(let fault):
            throw ServiceRefusal(.invalid, "bad_address", "`to`: \(fault.message)", help: fault.help)
        case .success(let text): normal = text
        }
        if let known = try desk.contacts().find(normal) { return known }
        let name = "guest-" + KeyToken.name()
        do {
            _ = try desk.write(name, [JSON.Entry(key: kind, value: .string(normal))], replaces: false)
        } catch let refusal as ServiceRefusal where refusal.kind == .invalid {
            throw ServiceRefusal(
                .invalid, "refused", "nobody has this address, and no contact can be made from it alone",
                help: "the schema has fields that nobody may be without: PUT /contacts/{id} first",
                faults: refusal.faults)
        }
        return try desk.contact(name)
    }

    // MARK: The form

    private func form(
        _ program: MessageProgram, channel: String, files: [SourceFile], result: Compiler.Result, digest: UInt64
    ) throws -> Form {
        if let known = forms[program], known.digest == digest { return known }
        let catalog = try desk.projects.readCatalog()
        var kept = program.files(with: Self.declarations(of: result, files))
        var compiled = MessageProgram.compile(kept, catalog: catalog)
        if compiled.project == nil {
            // Something that it needs stands in a file of programs.
            kept = program.files(with: files)
            compiled = MessageProgram.compile(kept, catalog: catalog)
        }
        guard let project = compiled.project, let journey = project.rules[program.id] else {
            throw Self.refusal(of: compiled)
        }
        try desk.store.prepare(for: project.schema)
        let journeys = try desk.journeys()
        let activation = ProgramActivation(store: journeys, environment: desk.environment, catalog: catalog)
        _ = try activation.activate(journey, in: project, files: kept, source: program.rule)
        let (record, key) = try journeys.transaction { () throws(StoreError) in
            (try journeys.liveVersions(of: program.id).last, try journeys.programKey(of: program.id))
        }
        guard let record else { throw ServiceRefusal(.unavailable, "busy", "the message's form is not live") }
        let version: LiveVersion
        do throws(LiveVersion.Failure) {
            version = try LiveVersion(
                record, key: key, in: project, sources: compiled.sources, zones: TimeZoneLoader.rules(for:))
        } catch {
            throw ServiceRefusal(.unavailable, "time_zone", "the machine doesn't know the project's time zone")
        }
        guard let form = Form(version, channel: channel, digest: digest, now: desk.now) else {
            throw ServiceRefusal(.invalid, "no_text", "the message has no text for this kind of channel")
        }
        if forms.count >= Self.mostForms { forms.removeAll() }
        forms[program] = form
        return form
    }

    /// The files without those that only hold programs and tests: a message needs none of them, and they are most of a
    /// large project.
    static func declarations(of result: Compiler.Result, _ files: [SourceFile]) -> [SourceFile] {
        guard let project = result.project else { return files }
        var programs = Set(project.campaigns.values.map(\.file)).union(project.journeys.map(\.file))
        programs.subtract(project.templates.values.map(\.span.file))
        programs.subtract(project.channels.values.map(\.span.file))
        let paths = Set(programs.map { result.sources.file($0).path })
        return files.filter { !paths.contains($0.path) }
    }

    static func refusal(of result: Compiler.Result) -> ServiceRefusal {
        let errors = result.diagnostics.filter { $0.severity == .error }
        return ServiceRefusal(
            .invalid, "bad_message", errors.first?.message ?? "the message can't be compiled",
            help: errors.first?.help, faults: errors.prefix(20).map { .finding($0, in: result.sources) })
    }

    // MARK: Written down

    private func write(
        _ message: Prepared, _ journeys: any JourneyStore, _ ledger: any MessageLedger, _ now: Timestamp
    ) throws(StoreError) -> AcceptedMessage {
        let (form, request) = (message.form, message.request)
        let version = form.version
        let occurrence = try ledger.nextRun(of: message.contact, in: version.key)
        // The rule has no condition: nothing of the person is looked at.
        let facts = RunFacts(
            context: EvaluationContext(
                page: FactPage(slotCount: version.project.schema.fields.count), row: 0, now: now), contact: [])
        let step = version.machine.begin(RunEntry(occurrence: occurrence, fields: message.values), facts: facts)
        guard let number = step.commands.first(where: \.isSend)?.number else {
            throw .unusable("the rule `\(version.launch.program)` orders no message")
        }
        let runKey = RunKey(contact: message.contact, program: version.key, occurrence: occurrence)
        var run = StoredRun(key: runKey, launch: version.launch.id, value: nil, state: step.state, startedAt: now)
        var trace = TraceText(sources: version.sources, graph: version.graph)
        trace.append(step.trace)
        if !trace.isEmpty { run.trace = try journeys.append(trace.text, behind: nil, at: now) }
        run.steps = 1
        try journeys.insert(run)
        let orderKey = OrderKey(run: occurrence, number: number)
        var order = StoredOrder(
            launch: run.launch, contact: message.contact, key: orderKey, node: form.node, channels: [request.channel])
        // What is scheduled counts from its moment: hours and ends that the policy names begin there.
        let wanted = max(request.scheduledAt ?? now, now)
        let key = order.deliveryKey
        try journeys.plan(
            key, channel: request.channel, expires: request.validFor.map { wanted.later(by: $0) }, now: wanted)
        var accepted = AcceptedMessage(
            key: key, state: .planned, costMicros: 0, currency: version.project.settings.currency,
            channel: request.channel, scheduledAt: request.scheduledAt, contact: "")
        try decide(message, wanted > now, &accepted, journeys, now)
        switch accepted.state {
        case .skipped:
            _ = try journeys.close(key, as: .skipped, reason: accepted.reason ?? "", now: now)
            // The run hears of it when it is looked at.
            order.channels = []
            order.checkAt = now
        case .deferred:
            try journeys.defer(key, until: accepted.until ?? now, reason: accepted.reason ?? "", now: now)
        default:
            if wanted > now {
                try ledger.set(wanted, of: key)
            } else if request.priority != .normal {
                // Rows without a time stand at the beginning of all times.
                try ledger.set(request.priority == .high ? Timestamp(microseconds: -1) : now, of: key)
            }
        }
        try journeys.insert(order)
        try ledger.insert(
            StoredMessage(
                key: key, request: request, purpose: version.journey.purpose, costMicros: accepted.costMicros,
                currency: accepted.currency, at: now))
        return accepted
    }

    /// What the gate says of a message that would leave now, and what it would cost. It is asked again when it leaves.
    private func decide(
        _ message: Prepared, _ isLater: Bool, _ accepted: inout AcceptedMessage, _ journeys: any JourneyStore,
        _ now: Timestamp
    ) throws(StoreError) {
        let form = message.form
        var page = RecipientPage(slotCount: form.plan.recipients.schema.fields.count)
        try journeys.recipient(message.contact, form.plan.recipients, into: &page)
        guard let row = page.rows.first else {
            accepted.state = .skipped
            accepted.reason = SkipReason.erased.rawValue
            return
        }
        accepted.contact = row.externalID.string(pool: page.facts.pool)
        var content = MessageContent()
        row.address.append(to: &content.recipient, pool: page.facts.pool)
        form.renderer.enter(
            RunTexts(startedAt: now, journey: JourneyFacts(entry: message.values, runID: [], conversationID: [])))
        var refusal: SkipReason?
        do throws(SkipReason) {
            try form.renderer.render(page, row: 0, now: now, into: &content)
            accepted.costMicros = form.price.micros(of: content)
        } catch {
            refusal = error
        }
        // Whoever may not be reached today may be tomorrow.
        if isLater { return }
        let channel = form.plan.channel
        if refusal == nil, content.approved == nil, SessionWindow.length(for: channel.kind) != nil,
            !SessionWindow.isOpen(
                at: now, since: try journeys.lastInbound(from: message.contact, channel: channel.id))
        {
            refusal = .sessionClosed
        }
        var facts = row.gate
        facts.wantedAt = now
        switch Gate.decide(facts, rules: form.plan.rules, now: now) {
        case .block(let reason): refusal = reason
        case .wait(let until, let reason):
            guard refusal == nil else { break }
            accepted.state = .deferred
            accepted.reason = reason.rawValue
            accepted.until = until
        case .allow: break
        }
        guard let refusal else { return }
        accepted.state = .skipped
        accepted.reason = refusal.rawValue
        accepted.costMicros = 0
    }
}

extension RunCommand {
    fileprivate var isSend: Bool {
        if case .send = action { true } else { false }
    }
}
