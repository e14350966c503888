import RuleEngine

/// Four eyes, and who may let something begin.
extension ServiceDesk {
    package func approvalStanding(of id: String) throws -> JSON {
        let subject = try approvalSubject(id)
        let found = try approvals().approvals(of: subject.program, version: subject.version)
        let isApproved = subject.rule.map { rule in found.contains { $0.permission == rule.by } } ?? true
        let names = found.map { approval -> JSON in
            [
                "name": .string(approval.name), "permission": .string(approval.permission),
                "at": .string(ISOInstant.text(approval.at)),
            ]
        }
        let needed: JSON = subject.rule.map { JSON($0.neededOver) } ?? .null
        return [
            "id": .string(id), "version": .string(subject.version), "owner": JSON(subject.owner),
            "needed_over": needed, "permission": JSON(subject.rule?.by), "approved": JSON(isApproved),
            "approvals": .array(names),
        ]
    }

    /// - Parameter version: the meaning that the caller has looked at; another one is not agreed to.
    package func approve(_ id: String, version: String, by caller: Principal) throws -> JSON {
        let subject = try approvalSubject(id)
        guard caller.kind == .user else {
            throw ServiceRefusal(
                .forbidden, "no_person", "a key agrees to nothing", help: "log in, or `carillon approve FILE --as NAME`"
            )
        }
        if let wanted = subject.rule.flatMap({ Scope(rawValue: $0.by) }), !caller.scopes.contains(wanted) {
            throw ServiceRefusal(
                .forbidden, "lacks_permission", "the policy wants somebody with `\(wanted.rawValue)`")
        }
        guard subject.version == version else {
            throw ServiceRefusal(
                .conflict, "changed", "`\(id)` means something else by now",
                help: "look at it again: its version is \(subject.version)")
        }
        let desk = ApprovalDesk(store: try approvals(), environment: environment)
        _ = try desk.approve(subject, as: caller.id)
        return try approvalStanding(of: id)
    }

    /// Where nobody knows what the files meant before, whoever is known as an editor stays that.
    func note(changesFrom before: CheckedProject?, to after: CheckedProject, by actor: String) throws {
        let known = before.map(Self.meanings) ?? [:]
        let changed = Self.meanings(of: after).filter { known[$0.key] != $0.value }
        guard !changed.isEmpty else { return }
        let editor = try person(behind: actor)
        for (program, version) in changed.sorted(by: { $0.key < $1.key }) {
            try approvals().note(
                ProgramEdit(program: program, version: version, editor: editor, at: now), replaces: before != nil)
        }
    }

    private static func meanings(of project: CheckedProject) -> [String: String] {
        var meanings: [String: String] = [:]
        for (id, campaign) in project.campaigns {
            meanings[id] = MeaningHash.hex(of: ProgramGraph.lower(campaign, in: project).canonicalForm)
        }
        for journey in project.journeys {
            meanings[journey.id] = MeaningHash.hex(of: ProgramGraph.lower(journey, in: project).canonicalForm)
        }
        return meanings
    }

    /// A key writes for whoever made it: nobody agrees to what they have written by their own key.
    private func person(behind actor: String) throws -> String {
        var actor = actor
        let keys = try apiKeys()
        // Keys that are made by keys have a first one.
        for _ in 0...keys.count {
            guard case .key(let id) = Owner(actor), let key = keys.first(where: { $0.id == id }),
                Owner(key.createdBy) != .operator
            else { return actor }
            actor = key.createdBy
        }
        return actor
    }

    private func approvalSubject(_ id: String) throws -> ApprovalDesk.Subject {
        let result = try projects.current()
        let project = try project()
        switch try named(id, in: project) {
        case .journey(let journey): return ApprovalDesk.Subject(journey, in: project)
        case .campaign:
            guard let program = CampaignProgram(id: id, in: project, sources: result.sources, zone: try zone()) else {
                throw ServiceRefusal(
                    .unavailable, "time_zone", "the machine doesn't know the time zone of `\(id)`'s schedule")
            }
            return ApprovalDesk.Subject(program)
        }
    }

    /// Why the caller may not let a sequence or rule begin: nobody has agreed to it, or it sends on a channel that they may
    /// not send on.
    func checkStart(of journey: CheckedJourney, in project: CheckedProject, by caller: Principal) throws {
        let channels = ProgramGraph.lower(journey, in: project).channels(in: project).map { SendingChannel($0) }
        try checkSending(journey.id, by: channels, caller)
        let desk = ApprovalDesk(store: try approvals(), environment: environment)
        if let refusal = try desk.refusal(of: ApprovalDesk.Subject(journey, in: project)) { throw refusal }
    }

    /// Each kind of channel has its own right to send, and a key may be kept to some channels and programs.
    func checkSending(
        _ program: String, by channels: [SendingChannel], _ caller: Principal
    ) throws(ServiceRefusal) {
        guard let obstacle = caller.rights.obstacle(to: program, by: channels) else { return }
        throw ServiceRefusal(
            .forbidden, obstacle.code, "to begin `\(program)` one has to \(obstacle.words), and you may not",
            help: obstacle.help)
    }
}
