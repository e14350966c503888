internal import Channels
import RuleEngine

/// Templates: documents of the project's files, which are the truth, with what they said before.
extension ServiceDesk {
    /// Where a template stands.
    private struct Place {
        var template: CheckedTemplate
        var path: String
        /// The file's documents, and which of them it is.
        var documents: [String]
        var index: Int

        var text: String { documents[index] }

        /// The file with another text in its place; nil where nothing would be left.
        func file(with text: String?) -> String? {
            var documents = documents
            if let text { documents[index] = text } else { documents.remove(at: index) }
            return documents.isEmpty ? nil : documents.joined(separator: "---\n")
        }
    }

    private func place(of id: String) throws -> Place {
        let result = try projects.current()
        let project = try project()
        guard let template = project.templates[id] else {
            throw ServiceRefusal(
                .notFound, "unknown_template", "there is no template `\(id)`",
                help: NearestName.of(id, among: Array(project.templates.keys)).map { "did you mean `\($0)`?" })
        }
        let path = result.sources.path(of: template.span)
        let bytes = result.sources.file(template.span.file).bytes
        let line = result.sources.start(of: template.span).line
        var documents = [""]
        var index = 0
        for (number, text) in String(decoding: bytes, as: UTF8.self).split(
            separator: "\n", omittingEmptySubsequences: false
        ).enumerated() {
            if text.hasPrefix("---"), text.dropFirst(3).allSatisfy({ $0 == " " || $0 == "\r" }) {
                documents.append("")
                continue
            }
            documents[documents.count - 1] += text + "\n"
            if number + 1 == line { index = documents.count - 1 }
        }
        // What follows the last line break is no line.
        if documents[documents.count - 1].hasSuffix("\n") { documents[documents.count - 1].removeLast() }
        return Place(template: template, path: path, documents: documents, index: index)
    }

    // MARK: Shown

    package func templates() throws -> [JSON] {
        let project = try project()
        let uses = Self.uses(in: project)
        return try project.templates.values.sorted { ($0.id ?? "") < ($1.id ?? "") }.compactMap { template in
            guard let id = template.id else { return nil }
            return try json(of: template, id, uses[id] ?? [])
        }
    }

    package func deletedTemplates() throws -> [JSON] {
        let known = try project().templates
        return try templateBook().deleted().filter { known[$0.template] == nil }.map { version in
            [
                "id": .string(version.template), "purpose": nil, "topic": nil, "channels": .object([]),
                "used_by": .array([]),
                "usage_count": JSON(try templateBook().uses(of: version.template)), "version": JSON(version.number),
                "deleted_at": .string(ISOInstant.text(version.at)),
            ]
        }
    }

    package func template(_ id: String) throws -> JSON {
        let place = try place(of: id)
        return try json(of: place.template, id, Self.uses(in: try project())[id] ?? [])
            .adding("file", .string(place.path)).adding("source", .string(place.text))
            .adding("versions", .array(try templateBook().versions(of: id).suffix(100).map(\.json)))
    }

    /// Who uses it, and how often it was sent.
    package func usage(ofTemplate id: String) throws -> JSON {
        _ = try place(of: id)
        return [
            "id": .string(id), "programs": JSON(Self.uses(in: try project())[id] ?? []),
            "messages": JSON(try templateBook().uses(of: id)),
        ]
    }

    private func json(of template: CheckedTemplate, _ id: String, _ programs: [String]) throws -> JSON {
        [
            "id": .string(id), "purpose": JSON(template.purpose?.rawValue), "topic": JSON(template.topic),
            "channels": .object(
                template.messages.sorted { $0.key < $1.key }.map {
                    JSON.Entry(key: $0.key, value: JSON($0.value.keys.sorted()))
                }),
            "used_by": JSON(programs), "usage_count": JSON(try templateBook().uses(of: id)),
            "version": try templateBook().versions(of: id).last.map { JSON($0.number) } ?? .null, "deleted_at": nil,
        ]
    }

    /// Template → the programs that send it.
    private static func uses(in project: CheckedProject) -> [String: [String]] {
        var uses: [String: Set<String>] = [:]
        for campaign in project.campaigns.values {
            for template in [campaign.template] + (campaign.experiment?.arms.map(\.template) ?? []) {
                if let id = template.id { uses[id, default: []].insert(campaign.id) }
            }
        }
        for journey in project.journeys {
            for case .deliver(let send, _) in ProgramGraph.lower(journey, in: project, isVersioned: false).nodes {
                if let id = send.template.id { uses[id, default: []].insert(journey.id) }
            }
        }
        return uses.mapValues { $0.sorted() }
    }

    // MARK: Written

    /// - Parameter text: the document, or nil for what the members say.
    package func makeTemplate(_ id: String, text: String?, _ members: [JSON.Entry], actor: String) throws -> JSON {
        if try project().templates[id] != nil {
            throw ServiceRefusal(
                .conflict, "exists", "there is a template `\(id)`",
                help: "POST /communication/templates/\(id)/versions changes it")
        }
        let text = text ?? Self.document(id, members)
        _ = try upload([FileChange(path: "templates/\(id).yaml", text: text)], by: actor)
        return try keep(id, actor: actor)
    }

    package func changeTemplate(_ id: String, text: String?, _ members: [JSON.Entry], actor: String) throws -> JSON {
        let place = try place(of: id)
        try remember(id, place.text, actor: "files")
        let text = text ?? Self.document(id, members)
        let file = place.file(with: text.hasSuffix("\n") ? text : text + "\n")
        _ = try upload([FileChange(path: place.path, text: file)], by: actor)
        return try keep(id, actor: actor)
    }

    /// Takes it out of the files. What it said is kept, so that it can come back.
    package func deleteTemplate(_ id: String, actor: String) throws -> JSON {
        let place = try place(of: id)
        if let programs = Self.uses(in: try project())[id], !programs.isEmpty {
            throw ServiceRefusal(
                .conflict, "in_use", "`\(id)` is sent by \(programs.map { "`\($0)`" }.joined(separator: ", "))",
                help: "let them send another one first")
        }
        _ = try upload([FileChange(path: place.path, text: place.file(with: nil))], by: actor)
        try remember(id, place.text, actor: actor, isDeleted: true)
        return ["id": .string(id), "state": "deleted"]
    }

    package func restoreTemplate(_ id: String, actor: String) throws -> JSON {
        if try project().templates[id] != nil {
            throw ServiceRefusal(.conflict, "exists", "there is a template `\(id)`")
        }
        guard let last = try templateBook().versions(of: id).last, last.isDeleted else {
            throw ServiceRefusal(.notFound, "unknown_template", "no template `\(id)` was deleted")
        }
        _ = try upload([FileChange(path: "templates/\(id).yaml", text: last.text)], by: actor)
        return try keep(id, actor: actor)
    }

    private func keep(_ id: String, actor: String) throws -> JSON {
        guard let place = try? place(of: id) else {
            throw ServiceRefusal(
                .invalid, "bad_file", "the document is not the template `\(id)`",
                help: "begin it with `template: \(id)`")
        }
        try remember(id, place.text, actor: actor)
        return try template(id)
    }

    private func remember(_ id: String, _ text: String, actor: String, isDeleted: Bool = false) throws {
        _ = try templateBook().append(
            TemplateVersion(template: id, number: 0, text: text, at: now, actor: actor, isDeleted: isDeleted))
    }

    private static func document(_ id: String, _ members: [JSON.Entry]) -> String {
        YAMLText.members([JSON.Entry(key: "template", value: .string(id))] + members)
    }

    // MARK: Tried

    /// The message that somebody would get, and what the gate says. Nothing is sent or kept.
    package func preview(
        template id: String, channel channelID: String, contact name: String, _ variables: [JSON.Entry]
    ) throws -> JSON {
        let place = try place(of: id)
        let (result, files, _) = try projects.compiled()
        let project = try project()
        let kind = try kind(ofChannel: channelID)
        let key = try contact(name)
        var request = MessageRequest(channel: channelID, kind: .template, actor: "")
        request.template = id
        request.topic = place.template.topic
        let values = try MessageVariables(variables, of: project, now: now)
        let program = MessageProgram(
            request, channelKind: kind, language: "en", purpose: place.template.purpose ?? .transactional,
            schema: values.schema)
        let compiled = MessageProgram.compile(
            program.files(with: MessageDesk.declarations(of: result, files)), catalog: try projects.readCatalog())
        guard let whole = compiled.project, let journey = whole.rules[program.id] else {
            throw MessageDesk.refusal(of: compiled)
        }
        try store.prepare(for: whole.schema)
        guard
            let plan = MessagePlan(
                message: journey, channel: channelID, in: whole, zone: try zone())
        else { throw ServiceRefusal(.invalid, "no_text", "the template has no text for this kind of channel") }
        var page = RecipientPage(slotCount: whole.schema.fields.count)
        try reader().recipient(key, plan.recipients, into: &page)
        guard let row = page.rows.first else { throw ServiceRefusal.noContact(name) }
        var content = MessageContent()
        row.address.append(to: &content.recipient, pool: page.facts.pool)
        var renderer = MessageRenderer(plan: plan, startedAt: now)
        renderer.enter(
            RunTexts(startedAt: now, journey: JourneyFacts(entry: values.values, runID: [], conversationID: [])))
        do throws(SkipReason) {
            try renderer.render(page, row: 0, now: now, into: &content)
        } catch {
            throw ServiceRefusal(.invalid, "not_rendered", error.explanation, help: "the reason is `\(error.rawValue)`")
        }
        let decision = Gate.decide(row.gate, rules: plan.rules, now: now)
        return [
            "contact": .string(row.externalID.string(pool: page.facts.pool)),
            "language": JSON(renderer.language(of: row, pool: page.facts.pool)),
            "subject": .string(String(decoding: content.subject, as: UTF8.self)),
            "text": .string(String(decoding: content.text, as: UTF8.self)),
            "html": content.html.isEmpty ? .null : .string(String(decoding: content.html, as: UTF8.self)),
            "estimated_cost": [
                "currency": .string(project.settings.currency),
                "micros": JSON(MessagePrice(plan.channel).micros(of: content)),
            ],
            "blocked_by": JSON(decision.skipReason?.rawValue), "held_by": JSON(decision.holdReason?.rawValue),
        ]
    }
}

extension MessagePlan {
    /// Of a single message's rule, before it is live.
    fileprivate init?(
        message journey: CheckedJourney, channel id: String, in project: CheckedProject, zone: TimeZoneRules
    ) {
        let graph = ProgramGraph.lower(journey, in: project, isVersioned: false)
        for (node, entry) in graph.nodes.enumerated() {
            guard case .deliver(let send, _) = entry, let channel = project.channels[id],
                send.template.messages[channel.kind] != nil
            else { continue }
            self.init(
                program: journey.id, step: Int32(node), purpose: journey.purpose, topic: journey.topic,
                policy: journey.policy, template: send.template, channel: channel, brand: journey.brand,
                project: project, zone: zone,
                offices: OfficeClocks(project.settings.openingHours, zones: TimeZoneLoader.rules(for:)),
                history: send.template.historyNeeds)
            return
        }
        return nil
    }
}
