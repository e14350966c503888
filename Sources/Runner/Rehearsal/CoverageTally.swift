import RuleEngine

/// What rehearsals have come by, all of them together.
package struct CoverageTally: Sendable {
    /// A text: of a template, for a kind of channel, in a language.
    package struct Text: Sendable, Hashable, Comparable {
        package let template: String
        package let kind: String
        package let language: String

        package static func < (left: Text, right: Text) -> Bool {
            (left.template, left.kind, left.language) < (right.template, right.kind, right.language)
        }
    }

    /// By the program's place on the stage, indices of its branches.
    package private(set) var branches: [Int: Set<Int>] = [:]
    private var isEntered: Set<Int> = []
    private var isLeftOut: Set<Int> = []
    package private(set) var reasons: [Int: Set<String>] = [:]
    package private(set) var texts: [Int: Set<Text>] = [:]

    package init() {}

    mutating func note(_ program: Int, _ known: ProgramBranches, _ trace: [TraceStep]) {
        for step in trace {
            if let branch = known.index(of: step) { branches[program, default: []].insert(branch) }
        }
    }

    mutating func entered(_ program: Int) { isEntered.insert(program) }

    mutating func leftOut(_ program: Int) { isLeftOut.insert(program) }

    mutating func skipped(_ program: Int, _ reason: String) { reasons[program, default: []].insert(reason) }

    mutating func sent(_ program: Int, _ text: Text) { texts[program, default: []].insert(text) }

    package mutating func formUnion(_ other: CoverageTally) {
        branches.merge(other.branches) { $0.union($1) }
        reasons.merge(other.reasons) { $0.union($1) }
        texts.merge(other.texts) { $0.union($1) }
        isEntered.formUnion(other.isEntered)
        isLeftOut.formUnion(other.isLeftOut)
    }

    /// The branches of a program that were taken, those of its entry included.
    func taken(_ program: Int, _ known: ProgramBranches) -> Set<Int> {
        var taken = branches[program] ?? []
        if isEntered.contains(program), let index = known.index(of: .entered) { taken.insert(index) }
        if isLeftOut.contains(program), let index = known.index(of: .leftOut) { taken.insert(index) }
        return taken
    }
}

/// How much of one program tests have come by, and what they have left out.
package struct ProgramCoverage: Sendable {
    package struct Part: Sendable {
        package let covered: Int
        package let missing: [ProgramBranches.Branch]

        package var total: Int { covered + missing.count }
        /// In millionths; a program without any is covered.
        package var share: Int64 { total == 0 ? 1_000_000 : Int64(covered) * 1_000_000 / Int64(total) }
    }

    package let program: String
    package let branches: Part
    package let skipReasons: Part
    package let languages: Part

    package init(_ program: Int, on stage: RehearsalStage, _ tally: CoverageTally) {
        let subject = stage.programs[program]
        self.program = subject.name
        let taken = tally.taken(program, subject.branches)
        branches = Part(
            covered: taken.count,
            missing: subject.branches.branches.indices.filter { !taken.contains($0) }.map {
                subject.branches.branches[$0]
            })
        let reasons = Self.possibleReasons(subject, stage.project).sorted()
        let met = tally.reasons[program] ?? []
        skipReasons = Part(
            covered: reasons.count { met.contains($0) },
            missing: reasons.filter { !met.contains($0) }.map { ProgramBranches.Branch(label: $0, span: nil) })
        let texts = Self.possibleTexts(subject, stage.project).sorted()
        let sent = tally.texts[program] ?? []
        languages = Part(
            covered: texts.count { sent.contains($0) },
            missing: texts.filter { !sent.contains($0) }.map {
                ProgramBranches.Branch(label: "\($0.template) by \($0.kind) in \($0.language)", span: nil)
            })
    }

    /// What may keep a message of the program from a person who is otherwise well: consent, addresses, refusals, and the
    /// policy's hours and caps.
    private static func possibleReasons(_ program: RehearsalProgram, _ project: CheckedProject) -> Set<String> {
        var reasons: Set<String> = []
        let isMarketing = program.purpose == .marketing
        let strength = GateStrength(purpose: program.purpose, policy: program.policy)
        for (node, send) in program.sends {
            for channel in channels(of: program.graph.nodes[node], project) {
                let kind = channel.kind
                guard send.texts[kind] != nil else { continue }
                let field = AddressNormalizer.kind(ofChannel: kind)
                let slot = project.schema.slot(of: field)
                if slot.map({ project.schema.fields[$0].type.isOptional }) ?? true {
                    reasons.insert(SkipReason.noAddress.rawValue)
                }
                guard isMarketing else { continue }
                if strength.minimum(for: kind) > .none { reasons.insert(SkipReason.noConsent.rawValue) }
                reasons.insert(
                    (kind == "email" ? SkipReason.suppressedUnsubscribe : .suppressedStop).rawValue)
            }
        }
        if !reasons.isEmpty { reasons.insert(SkipReason.doNotContact.rawValue) }
        if isMarketing, !reasons.isEmpty, let policy = program.policy {
            if !policy.quietHours.isEmpty { reasons.insert("quiet_hours") }
            if !policy.caps.isEmpty { reasons.insert("cap_tenant") }
        }
        return reasons
    }

    static func channels(of node: ProgramGraph.Node, _ project: CheckedProject) -> [CheckedChannel] {
        let ids: [String] =
            switch node {
            case .send(let channels, _): channels
            case .deliver(let send, _):
                switch send.reach {
                case .channels(let ids): ids
                case .route(let id): project.routes[id]?.candidates ?? []
                case .reply(let channel): [channel]
                }
            default: []
            }
        return ids.compactMap { project.channels[$0] }
    }

    private static func possibleTexts(_ program: RehearsalProgram, _ project: CheckedProject) -> Set<CoverageTally.Text>
    {
        var texts: Set<CoverageTally.Text> = []
        for (node, send) in program.sends {
            for channel in channels(of: program.graph.nodes[node], project) {
                for language in send.template.messages[channel.kind]?.values.map(\.language) ?? [] {
                    texts.insert(
                        CoverageTally.Text(
                            template: send.template.id ?? "message", kind: channel.kind, language: language))
                }
            }
        }
        return texts
    }
}
