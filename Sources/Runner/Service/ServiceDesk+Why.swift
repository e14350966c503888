import RuleEngine

/// Why somebody got a message, or didn't.
extension ServiceDesk {
    /// What happened to one person in one program, and why.
    package func why(_ found: FoundDelivery, showsPersonal: Bool) throws -> JSON {
        let result = try projects.current()
        let head: JSON = [
            "program": .string(found.program), "contact": .string(found.record.externalID),
            "outcome": .string(found.record.state.name), "reason": JSON(found.record.reason),
        ]
        if let project = result.project, project.campaigns[found.program] != nil {
            guard
                let program = CampaignProgram(
                    id: found.program, in: project, sources: result.sources, zone: try zone())
            else { throw ServiceRefusal(.unavailable, "time_zone", "the machine doesn't know the schedule's zone") }
            let reader = WhyReader(
                program: program, sources: result.sources, store: store, environment: environment,
                showsPersonal: showsPersonal)
            guard let report = try reader.why(found.record.externalID) else {
                throw ServiceRefusal(.notFound, "unknown_delivery", "the contact is gone")
            }
            return head.adding("summary", .string(report.summary)).adding("steps", .array(report.steps.map(\.json)))
                .adding("would_send_if", report.wouldSendIf.map { JSON($0.map(\.words)) } ?? .null)
        }
        // The journey's account, step by step, of the run that ordered it.
        let rest = try reader().launch(found.key.launch)?.rest.map { text -> JSON in
            [
                "kind": "launch", "result": "blocked", "text": .string(text), "sentence": .string(text), "place": .null,
                "values": .object([]), "parts": .array([]),
            ]
        }
        let reports = try journeyReader().runs(of: found.key.contact, in: found.program)
        let run = OrderKey(occurrence: found.key.occurrence)?.run
        guard let report = reports.first(where: { $0.run.key.occurrence == run }) ?? reports.last else {
            throw ServiceRefusal(.notFound, "unknown_delivery", "the run that ordered it is gone")
        }
        let telling = try telling(report, of: found)
        let steps = zip(report.lines, telling.sentences).map { line, sentence -> JSON in
            [
                "kind": .string(line.decision), "result": "info", "text": .string(line.text),
                "sentence": JSON(sentence), "at": .string(ISOInstant.text(line.at)),
                "place": line.place.isEmpty ? .null : .string(line.place), "values": .object([]), "parts": .array([]),
            ]
        }
        let own = report.deliveries.first {
            $0.launch == found.key.launch && $0.channel == found.record.channelID && $0.node == found.key.step
        }
        let summary = (own.map { telling.sentence(of: $0) + ". " } ?? "") + telling.summary
        return head.adding("summary", .string(summary))
            .adding("steps", .array((rest.map { [$0] } ?? []) + steps))
            .adding("would_send_if", try remedies(report, of: found).map { JSON($0.map(\.words)) } ?? .null)
    }

    /// The smallest change that would have a journey's message sent; nil where nothing would, or where it was.
    private func remedies(_ report: RunReport, of found: FoundDelivery) throws -> [Remedy]? {
        let journeys = try journeys()
        let loader = ProgramLoader(store: journeys, catalog: try projects.readCatalog())
        let version = try journeys.transaction { () throws(StoreError) in try journeys.launch(found.key.launch) }
        guard let version, let compiled = try loader.compile(version) else { return nil }
        let tracer = MessageTracer(
            versions: [compiled], store: store, sends: try journeyReader(), isPast: false, now: now)
        return try tracer.answers(for: report).first {
            $0.node == found.key.step && $0.channel == found.record.channelID
        }?.wouldSendIf
    }

    private func telling(_ report: RunReport, of found: FoundDelivery) throws -> RunTelling {
        let loader = ProgramLoader(store: try journeys(), catalog: try projects.readCatalog())
        let versions = try journeyReader().status(of: found.program)?.versions.map(\.launch) ?? []
        let known = Set([report.run.launch] + report.deliveries.map(\.launch))
        let name = try projects.current().project?.settings.timeZone ?? "Etc/UTC"
        guard let zone = TimeZoneLoader.rules(for: name) else {
            throw ServiceRefusal(.unavailable, "time_zone", "the machine knows no time zone `\(name)`")
        }
        return RunTelling(
            report, of: found.record.externalID,
            labels: try loader.labels(of: versions.filter { known.contains($0.id) }), clock: ProjectClock(zone))
    }
}
