extension ProjectAnalysis {
    /// What is sold under a topic makes every message of that topic marketing, whatever it calls itself.
    static let mixedPurposes = ProjectAnalysis(name: "find topics of marketing in messages of other purposes") {
        project, diagnostics in
        var marketing: [String: SourceSpan] = [:]
        let templates = project.project.templates.values.sorted { ($0.id ?? "") < ($1.id ?? "") }
        for program in project.programs where program.purpose == .marketing {
            if let topic = program.topic { marketing[topic] = marketing[topic] ?? program.span }
        }
        for template in templates where template.purpose == .marketing {
            if let topic = template.topic { marketing[topic] = marketing[topic] ?? template.span }
        }
        for program in project.programs where program.purpose != .marketing {
            if let topic = program.topic, let other = marketing[topic] {
                diagnostics.report(.mixedPurpose(program.span, program.purpose, topic: topic, other))
            }
        }
        for template in templates {
            if let purpose = template.purpose, purpose != .marketing, let topic = template.topic,
                let other = marketing[topic]
            {
                diagnostics.report(.mixedPurpose(template.span, purpose, topic: topic, other))
            }
        }
    }

    /// A subject that looks like an answer deceives, and marketing mail must not.
    static let replyPrefixes = ProjectAnalysis(name: "find marketing mail whose subject looks like an answer") {
        project, diagnostics in
        project.findEach(&diagnostics) { program, diagnostics in
            let facts = program.facts
            // Programs that share a text find the same of it, which is told once in the end.
            for node in program.graph.nodes where node.isSend && facts.purpose(of: node) == .marketing {
                let template: CheckedTemplate? =
                    switch (node, program.source) {
                    case (.deliver(let send, _), _): send.template
                    case (_, .campaign(let campaign)): campaign.template
                    case (_, .journey): nil
                    }
                for (_, message) in (template?.messages["email"] ?? [:]).sorted(by: { $0.key < $1.key }) {
                    guard let start = message.fields["subject"]?.openingText, let prefix = replyPrefix(of: start)
                    else { continue }
                    diagnostics.report(.replyPrefix(message.span, prefix))
                }
            }
        }
    }

    /// Somebody without a country may be anywhere, so that guesses about the law count too.
    static let unverifiedPacks = ProjectAnalysis(name: "find open audiences under packs that nobody has verified") {
        project, diagnostics in
        let prover = ConsentProver(project)
        let packs = project.catalog.packs.filter { !$0.isVerified && !$0.isPreset }
        guard !packs.isEmpty else { return }
        project.findEach(&diagnostics) { program, diagnostics in
            guard program.purpose == .marketing else { return }
            let facts = program.facts
            let kinds = Set(program.graph.nodes.lazy.filter(\.isSend).flatMap { prover.kinds(of: $0, facts) })
            guard let pack = packs.first(where: { pack in kinds.contains { pack.speaks(of: $0) } }),
                let kind = kinds.filter({ pack.speaks(of: $0) }).min()
            else { return }
            if let reach = prover.reach(of: program)?.before.first, reach.intersection(.known) != .known { return }
            // A verified pack is broken already: that is the finding, and mending it mends this one.
            if prover.mayFail(program), !prover.prove(program).isProven { return }
            diagnostics.report(.unverifiedPack(program, kind: kind, pack: pack))
        }
    }

    private static func replyPrefix(of subject: String) -> String? {
        let text = subject.drop { $0 == " " }
        return ["re:", "fwd:", "fw:", "aw:", "wg:"].first { prefix in
            text.prefix(prefix.count).lowercased() == prefix
        }.map { String(text.prefix($0.count)) }
    }
}

extension AnalysedProject.Program {
    fileprivate var purpose: Purpose {
        switch source {
        case .campaign(let campaign): campaign.purpose
        case .journey(let journey): journey.purpose
        }
    }

    fileprivate var topic: String? {
        switch source {
        case .campaign(let campaign): campaign.topic
        case .journey(let journey): journey.topic
        }
    }
}

extension Diagnostic {
    fileprivate static func mixedPurpose(
        _ span: SourceSpan, _ purpose: Purpose, topic: String, _ other: SourceSpan
    ) -> Diagnostic {
        Diagnostic(
            code: "L020", severity: .warning,
            message: "`mixed-purpose`: the topic `\(topic)` of a \(purpose.rawValue) message is one of marketing",
            at: Label(span), also: [Label(other, "marketing of this topic")],
            help:
                "give one of the two a topic of its own: a service message with anything promotional in it is marketing"
        )
    }

    fileprivate static func replyPrefix(_ span: SourceSpan, _ prefix: String) -> Diagnostic {
        Diagnostic(
            code: "L021", severity: .warning,
            message: "`reply-prefix`: the subject of a marketing mail begins with `\(prefix)`, as if it were an answer",
            at: Label(span), help: "begin it with what the mail is about")
    }

    fileprivate static func unverifiedPack(
        _ program: AnalysedProject.Program, kind: String, pack: Catalog.Pack
    ) -> Diagnostic {
        Diagnostic(
            code: "L022", severity: .warning,
            message:
                "`unverified-pack`: anybody may be in this audience, and pack \(pack.id) for `\(kind)` was not verified",
            at: Label(program.span), help: "restrict `\(program.audienceKey)` by country")
    }
}
