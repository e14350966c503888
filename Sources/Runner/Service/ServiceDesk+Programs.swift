import Channels
import RuleEngine

/// Campaigns, sequences and rules: what they say, what they would do, and where they stand.
extension ServiceDesk {
    /// A program of the files, as they are now.
    enum Named {
        case campaign(CheckedCampaign)
        case journey(CheckedJourney)
    }

    func named(_ id: String, in project: CheckedProject) throws -> Named {
        if let campaign = project.campaigns[id] { return .campaign(campaign) }
        if let journey = project.sequences[id] ?? project.rules[id] { return .journey(journey) }
        let known = project.campaigns.keys.sorted() + project.journeys.map(\.id)
        throw ServiceRefusal(
            .notFound, "unknown_program", "there is no program `\(id)`",
            help: NearestName.of(id, among: known).map { "did you mean `\($0)`?" })
    }

    private func graph(of program: Named, in project: CheckedProject) -> ProgramGraph {
        switch program {
        case .campaign(let campaign): ProgramGraph.lower(campaign, in: project)
        case .journey(let journey): ProgramGraph.lower(journey, in: project)
        }
    }

    // MARK: What is there

    /// Every program of the files, campaigns first, with what has become of it.
    package func programs() throws -> [JSON] {
        let project = try project()
        var newest: [String: LaunchRecord] = [:]
        for launch in try reader().launches() { newest[launch.program] = launch }
        let campaigns = project.campaigns.values.sorted { $0.id < $1.id }.map { campaign in
            Self.entry(campaign.id, "campaign", campaign.about, campaign.purpose, newest[campaign.id])
        }
        return campaigns
            + project.journeys.sorted { $0.id < $1.id }.map { journey in
                Self.entry(journey.id, journey.kind.rawValue, journey.about, journey.purpose, newest[journey.id])
            }
    }

    private static func entry(
        _ id: String, _ kind: String, _ about: String?, _ purpose: Purpose, _ launch: LaunchRecord?
    ) -> JSON {
        [
            "id": .string(id), "kind": .string(kind), "about": JSON(about), "purpose": .string(purpose.rawValue),
            "state": .string(launch?.state.name ?? "draft"),
            "since": JSON(launch.map { ISOInstant.text($0.createdAt) }), "note": JSON(launch?.note),
            "started_by": JSON(launch?.owner.description),
        ]
    }

    package func program(_ id: String) throws -> JSON {
        let result = try projects.current()
        let project = try project()
        let program = try named(id, in: project)
        let launch = try reader().latestLaunch(of: id)
        let (entry, file): (JSON, FileID) =
            switch program {
            case .campaign(let campaign):
                (Self.entry(id, "campaign", campaign.about, campaign.purpose, launch), campaign.file)
            case .journey(let journey):
                (Self.entry(id, journey.kind.rawValue, journey.about, journey.purpose, launch), journey.file)
            }
        let source = result.sources.file(file)
        return entry.adding("version", .string(MeaningHash.hex(of: graph(of: program, in: project).canonicalForm)))
            .adding("live_version", JSON(launch?.version))
            .adding("file", .string(source.path))
            .adding("source", .string(String(decoding: source.bytes, as: UTF8.self)))
    }

    package func explanation(of id: String) throws -> JSON {
        let project = try project()
        let program = try named(id, in: project)
        let explanation =
            switch program {
            case .campaign(let campaign): ProgramExplanation(campaign, in: project)
            case .journey(let journey): ProgramExplanation(journey, in: project)
            }
        func json(_ phrase: Phrase) -> JSON {
            ["number": JSON(phrase.number), "text": .string(phrase.text), "parts": .array(phrase.parts.map(json))]
        }
        return [
            "id": .string(id), "title": .string(explanation.title), "about": JSON(explanation.about),
            "chapters": .array(
                explanation.chapters.map { chapter in
                    ["title": .string(chapter.title), "sentences": .array(chapter.sentences.map(json))]
                }),
        ]
    }

    package enum DrawingForm: String, CaseIterable, Sendable {
        case mermaid, dot, svg
    }

    package func drawing(of id: String, as form: DrawingForm) throws -> JSON {
        let project = try project()
        let program = try named(id, in: project)
        let graph = graph(of: program, in: project)
        let text: String
        switch (form, program) {
        case (.svg, .campaign(let campaign)):
            text = SVGWriter.text(
                ProgramDrawing(graph, of: campaign, in: project), title: "campaign \(id)", about: campaign.about)
        case (.svg, .journey(let journey)):
            text = SVGWriter.text(
                ProgramDrawing(graph, of: journey, in: project), title: "\(journey.kind.rawValue) \(id)",
                about: journey.about)
        case (.mermaid, .campaign(let campaign)): text = GraphPrinter(graph, of: campaign, in: project).mermaid()
        case (.mermaid, .journey(let journey)): text = GraphPrinter(graph, of: journey, in: project).mermaid()
        case (.dot, .campaign(let campaign)): text = GraphPrinter(graph, of: campaign, in: project).dot()
        case (.dot, .journey(let journey)): text = GraphPrinter(graph, of: journey, in: project).dot()
        }
        return [
            "id": .string(id), "version": .string(MeaningHash.hex(of: graph.canonicalForm)),
            "nodes": JSON(graph.nodes.count), "format": .string(form.rawValue), "graph": .string(text),
        ]
    }

    /// What the compiler says of the project with these files in the place of those of the same path. Nothing is kept.
    package func check(_ files: [(path: String, text: String)]) throws -> JSON {
        var all = try projects.folder.read()
        for (path, text) in files {
            all.removeAll { $0.path == path }
            all.append(SourceFile(path: path, bytes: Array(text.utf8)))
        }
        all.sort { one, two in
            let isFirst = one.path == ProjectFolder.fileName
            return isFirst == (two.path == ProjectFolder.fileName) ? one.path < two.path : isFirst
        }
        let result = Compiler.compile(all, catalog: try projects.readCatalog())
        return .written(DiagnosticRenderer(sources: result.sources).json(result.diagnostics))
    }

    // MARK: What it would do

    /// Who would get a campaign, or what would become of the people in a journey. Nothing is written.
    package func plan(_ id: String, samples: Int) throws -> JSON {
        let result = try projects.current()
        let project = try project()
        switch try named(id, in: project) {
        case .campaign:
            let (program, channels) = try opened(id, toSend: false)
            return try Planner(program: program, store: store, channels: channels, environment: environment)
                .plan(samples: samples).json
        case .journey(let journey):
            let activation = ProgramActivation(
                store: try journeys(), environment: environment, catalog: try projects.readCatalog())
            let preview = try activation.preview(journey, in: project, sources: result.sources)
            return [
                "id": .string(id), "live": JSON(preview.isLive), "changed": JSON(preview.isChanged),
                "inside": JSON(preview.map.inside),
            ]
        }
    }

    /// How many contacts a segment holds now, and some of them.
    package func preview(segment id: String, limit: Int) throws -> (count: Int, contacts: [String], about: String?) {
        let project = try project()
        guard let segment = project.segments[id] else {
            throw ServiceRefusal(
                .notFound, "unknown_segment", "there is no segment `\(id)`",
                help: NearestName.of(id, among: Array(project.segments.keys)).map { "did you mean `\($0)`?" })
        }
        let query = AudienceQuery(
            audience: CheckedAudience(include: [segment], exclude: [], conditions: [], expect: nil),
            recipients: RecipientQuery(
                channelKind: "email", purpose: .transactional, topic: nil, slots: [], schema: project.schema),
            now: now,
            offices: OfficeClocks(project.settings.openingHours, zones: TimeZoneLoader.rules(for:)))
        var page = RecipientPage(slotCount: project.schema.fields.count)
        var (count, contacts, cursor) = (0, [String](), ContactKey?.none)
        while true {
            page.removeAll()
            try reader().audiencePage(query, after: cursor, limit: 4_096, into: &page)
            guard let last = page.rows.last else { break }
            cursor = last.contact
            count += page.rows.count
            for row in page.rows.prefix(max(0, limit - contacts.count)) {
                contacts.append(row.externalID.string(pool: page.facts.pool))
            }
        }
        return (count, contacts, segment.about)
    }

    // MARK: Begun and ended

    /// Makes a sequence or rule live, as its file is now.
    package func activate(_ id: String, by caller: Principal) throws -> JSON {
        let result = try projects.current()
        let project = try project()
        guard case .journey(let journey) = try named(id, in: project) else {
            throw ServiceRefusal(
                .conflict, "campaign", "`\(id)` is a campaign: it is started, and not made live")
        }
        try checkStart(of: journey, in: project, by: caller)
        let endpoints = EndpointSettings(environment: variables, secrets: secrets)
        if let fault = endpoints.faults(of: journey, in: project).first {
            throw ServiceRefusal(
                .conflict, fault.code, "`\(id)` calls out, and \(fault.message)", help: fault.help)
        }
        try store.prepare(for: project.schema)
        let activation = ProgramActivation(
            store: try journeys(), environment: environment, catalog: try projects.readCatalog())
        let outcome = try activation.activate(
            journey, in: project, files: projects.files(),
            source: String(decoding: result.sources.file(journey.file).bytes, as: UTF8.self), by: caller.owner)
        switch outcome {
        case .activated: return ["id": .string(id), "outcome": "activated", "inside": 0]
        case .unchanged: return ["id": .string(id), "outcome": "unchanged", "inside": 0]
        case .replaced(let inside):
            return ["id": .string(id), "outcome": "replaced", "inside": JSON(inside)]
        }
    }

    package enum Order: String, Sendable {
        case pause, resume, kill
    }

    /// Of whatever is live or launched by this name.
    package func order(_ order: Order, _ id: String, by caller: Principal) throws -> JSON {
        let activation = ProgramActivation(store: try journeys(), environment: environment)
        let state: LaunchState =
            switch order {
            case .pause: .paused
            case .resume: .running
            case .kill: .killed
            }
        let control = LaunchControl(store: store, environment: environment)
        if order == .resume { try control.takeOver(id, by: caller.owner) }
        if let inside = try activation.set(state, of: id) {
            return ["id": .string(id), "state": .string(state.name), "inside": JSON(inside), "cancelled": 0]
        }
        switch order {
        case .pause: return Self.report(try control.pause(id), cancelled: 0)
        case .resume: return Self.report(try control.resume(id, by: caller.owner), cancelled: 0)
        case .kill:
            let (launch, cancelled) = try control.kill(id)
            return Self.report(launch, cancelled: cancelled)
        }
    }

    private static func report(_ launch: LaunchRecord, cancelled: Int) -> JSON {
        [
            "id": .string(launch.program), "state": .string(launch.state.name), "inside": 0,
            "cancelled": JSON(cancelled),
        ]
    }

    // MARK: Campaigns

    /// Every launch of a campaign, or of these, the newest first.
    package func campaigns(_ page: PageRequest, only programs: Set<String>? = nil) throws -> FoundPage<JSON> {
        let campaigns = Set((try? project().campaigns.keys).map(Array.init) ?? [])
        let end = try page.after.map { text in
            guard let id = Int64(text) else { throw ServiceRefusal.badCursor }
            return id
        }
        let launches = try reader().launches().filter { launch in
            (campaigns.contains(launch.program) || !launch.channelID.isEmpty) && launch.id.rawValue < end ?? .max
                && programs?.contains(launch.program) ?? true
        }
        let rows = launches.reversed().dropFirst(page.offset).prefix(page.limit + 1)
        let found = FoundPage(Array(rows), limit: page.limit) { String($0.id.rawValue) }
        let items = found.items.map { launch -> JSON in
            [
                "id": .string(launch.program), "launch": JSON(launch.id.rawValue),
                "state": .string(launch.campaignState), "channel": .string(launch.channelID),
                "version": .string(launch.version), "created_at": .string(ISOInstant.text(launch.createdAt)),
                "starts_at": JSON(launch.phase.startsAt.map(ISOInstant.text)),
                "finished_at": JSON(launch.finishedAt.map(ISOInstant.text)), "note": JSON(launch.note),
            ]
        }
        return FoundPage(items: items, next: found.next)
    }

    /// Where its newest launch stands, in counts that add up.
    package func campaign(_ id: String) throws -> JSON {
        let goal = try? project().campaigns[id]?.goal
        let report = try StatusReader(store: store, environment: environment).status(
            of: id, isRunnerActive: try store.hasRunner(), goal: goal ?? nil)
        guard let report, let launch = try reader().launch(report.launch) else {
            guard try project().campaigns[id] != nil else {
                throw ServiceRefusal(.notFound, "unknown_campaign", "there is no campaign `\(id)`")
            }
            return ["id": .string(id), "state": "DRAFT", "launch": nil]
        }
        let counts = report.counts
        return [
            "id": .string(id), "state": .string(launch.campaignState), "launch": JSON(report.launch.rawValue),
            "runner_state": .string(report.state), "version": .string(report.version),
            "channel": .string(report.channel), "audience": JSON(counts.audience),
            "accepted": JSON(counts[.accepted]), "skipped": JSON(counts.skipped),
            "rejected": JSON(counts[.rejected]), "failed": JSON(counts[.failed]),
            "cancelled": JSON(counts[.cancelled]), "expired": JSON(counts[.expired]),
            "unknown_final": JSON(counts[.unknownFinal]), "open": JSON(counts.open),
            "uncertain": JSON(counts[.uncertain]), "held": JSON(counts.held), "reasons": JSON(counts.refusals),
            "delivered": JSON(report.news.delivered), "read": JSON(report.news.read),
            "opened": JSON(report.news.opened), "clicked": JSON(report.news.clicked),
            "actual_cost": ["currency": .string(report.cost.currency), "micros": JSON(report.cost.micros)],
            "created_at": .string(ISOInstant.text(report.createdAt)),
            "finished_at": JSON(report.finishedAt.map(ISOInstant.text)), "note": JSON(report.note),
        ]
    }

    /// The newest launch of a campaign, or of any other program that has messages.
    package func launch(of id: String) throws -> LaunchID {
        guard let launch = try reader().latestLaunch(of: id) else {
            throw ServiceRefusal(.notFound, "unknown_campaign", "`\(id)` has never been launched")
        }
        return launch.id
    }

    /// All recipients of the newest launch, as the columns of `carillon messages --csv` have them.
    package func recipientsCSV(of id: String) throws -> String {
        let launch = try launch(of: id)
        var text = DeliveryCSV.header
        try reader().forEachDelivery(of: launch, state: nil) { record in
            text += DeliveryCSV.line(record)
            return true
        }
        return text
    }
}

extension LaunchRecord {
    /// The words that campaigns have outside; made from the launch's state, never kept beside it.
    package var campaignState: String {
        switch state {
        case .scheduled: "SCHEDULED"
        case .planning, .running: "RUNNING"
        case .paused: "PAUSED"
        case .finished: "COMPLETED"
        case .cancelled, .killed: "CANCELLED"
        }
    }
}
