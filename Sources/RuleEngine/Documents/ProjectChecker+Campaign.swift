extension ProjectChecker {
    mutating func checkCampaign(_ document: Document) -> CheckedCampaign? {
        guard let purpose = document.node.text("purpose").flatMap(Purpose.init) else { return nil }
        let audience = checkAudience(document)
        let reach = checkVia(document)
        let kinds = reach.map { kindsReached(by: $0) } ?? []
        let policy = checkPolicy(of: document, purpose: purpose)
        let brand = checkBrand(document, purpose: purpose)
        let known = known(in: audience)
        let messages = checkMessages(document, purpose: purpose, brand: brand, kinds: kinds, known: known)
        if purpose == .marketing, settings.publicURL == nil, settingsDocument?.isSound ?? false {
            diagnostics.report(.noPublicURL(document.idSpan, project: settingsDocument?.idSpan))
        }
        checkLawfulBasis(document, purpose: purpose, policy: policy ?? nil)
        let plan = checkPlan(document, kinds: kinds, reach: reach)
        guard let audience, let reach, let messages, let policy, let plan else { return nil }

        var campaign = CheckedCampaign(
            id: document.id,
            purpose: purpose,
            audience: audience,
            via: channels(of: reach),
            template: messages.template,
            file: document.file,
            span: document.idSpan
        )
        campaign.about = document.node.text("about")
        if case .route(let id) = reach { campaign.route = id }
        campaign.experiment = messages.experiment
        campaign.holdout = checkHoldout(document)
        campaign.schedule = plan.schedule
        campaign.validFor = document.node.text("valid_for").flatMap { try? Units.duration($0) }
        campaign.tryNext = plan.tryNext
        campaign.rollout = plan.rollout
        campaign.stopIf = plan.stopIf
        campaign.goal = plan.goal
        campaign.warnAt = document.value("budget")?.text("warn_at").flatMap { try? Units.share($0) }
        campaign.topic = document.node.text("topic") ?? messages.template.topic
        campaign.brand = brand
        campaign.lawfulBasis = document.node.text("lawful_basis")
        campaign.policy = policy
        campaign.owner = document.node.text("owner")
        campaign.priority = document.node.text("priority").flatMap { try? Units.integer($0) } ?? 0
        campaign.budget = amount(document.value("budget")?.text("at_most"))
        collectSpans(document.node, prefix: "", into: &campaign.spans)
        return campaign
    }

    /// Every key's value by its path: `audience`, `audience.where`, `budget.at_most`.
    func collectSpans(_ node: SyntaxNode, prefix: String, into spans: inout [String: SourceSpan]) {
        for entry in node.entries ?? [] where entry.key.text != "steps" {
            spans[prefix + entry.key.text] = entry.value.span
            collectSpans(entry.value, prefix: prefix + entry.key.text + ".", into: &spans)
        }
    }

    private mutating func checkAudience(_ document: Document) -> CheckedAudience? {
        guard let node = document.value("audience") else { return nil }
        let include = segments(node.value("include"))
        let exclude = segments(node.value("exclude"))
        if let include = node.value("include"), let exclude = node.value("exclude") {
            for name in exclude.texts {
                guard let same = include.texts.first(where: { $0.text == name.text }) else { continue }
                diagnostics.report(.includedAndExcluded(name.span, name.text, included: same.span))
            }
        }
        guard let conditions = conditions(node.value("where")), let include, let exclude else { return nil }
        return CheckedAudience(
            include: include,
            exclude: exclude,
            conditions: conditions,
            expect: node.text("expect").flatMap { try? Units.range($0) }
        )
    }

    private mutating func segments(_ node: SyntaxNode?) -> [CheckedSegment]? {
        var found: [CheckedSegment] = []
        var isSound = true
        for name in node?.texts ?? [] {
            if let id = resolve(name, .segment), let segment = segments[id] {
                if !found.contains(where: { $0.id == id }) { found.append(segment) }
            } else {
                isSound = false
            }
        }
        return isSound ? found : nil
    }

    private mutating func checkVia(_ document: Document) -> CheckedSend.Reach? {
        guard let via = document.node.entry("via") else { return nil }
        // One channel needs no list around it.
        if let name = via.value.scalar, name.text != "reply", ids[.route]?[name.text] == nil,
            ids[.channel]?[name.text] != nil
        {
            return .channels([name.text])
        }
        let name = document.value("send")?.scalar ?? via.key
        return checkReach(via, of: name, in: StepContext(purpose: nil, scope: scope, entry: nil))?.reach
    }

    private func channels(of reach: CheckedSend.Reach) -> [String] {
        switch reach {
        case .channels(let ids): ids
        case .route(let id): routes[id]?.candidates ?? []
        case .reply(let channel): [channel]
        }
    }

    private mutating func checkMessages(
        _ document: Document, purpose: Purpose, brand: Brand?, kinds: [(kind: String, channel: String)],
        known: Set<KnownValue>
    ) -> (template: CheckedTemplate, experiment: CheckedExperiment?)? {
        let ways = (document.node.entries ?? []).filter { ["send", "message", "experiment"].contains($0.key.text) }
        guard let way = ways.first else {
            diagnostics.report(.noMessage(document.idSpan))
            return nil
        }
        if ways.count > 1 {
            diagnostics.report(.twoMessages(ways[1].key, first: way.key))
            return nil
        }
        if way.key.text == "experiment" {
            guard
                let experiment = checkExperiment(
                    way, of: document, purpose: purpose, brand: brand, kinds: kinds, known: known)
            else {
                return nil
            }
            return (experiment.arms[experiment.otherwise].template, experiment)
        }
        if let send = way.value.scalar {
            return checkMessage(send, purpose: purpose, brand: brand, kinds: kinds, known: known).map { ($0, nil) }
        }
        guard
            let template = checkTemplate(
                way.value, id: nil, idSpan: way.key.span, campaignPurpose: purpose, journey: scope.knowing(known))
        else { return nil }
        guard let framed = framed(template, by: brand, at: way.key.span),
            isSendable(framed, at: way.key.span, purpose: purpose, kinds: kinds)
        else { return nil }
        return (framed, nil)
    }

    /// The template of this id, if a campaign of this purpose can send it by these kinds.
    mutating func checkMessage(
        _ send: SyntaxScalar, purpose: Purpose, brand: Brand?, kinds: [(kind: String, channel: String)],
        known: Set<KnownValue>
    ) -> CheckedTemplate? {
        guard let id = resolve(send, .template) else { return nil }
        // A campaign begins without an event, so that a template which reads one can't be sent by it.
        let template = template(id, event: nil, source: .nothing, known: known, at: send.span)
        guard let framed = framed(template, by: brand, at: send.span),
            isSendable(framed, at: send.span, purpose: purpose, kinds: kinds)
        else { return nil }
        return framed
    }

    private mutating func isSendable(
        _ template: CheckedTemplate, at place: SourceSpan, purpose: Purpose, kinds: [(kind: String, channel: String)]
    ) -> Bool {
        var isSound = true
        if let own = template.purpose, own != purpose {
            diagnostics.report(
                .otherPurpose(place, what: "the template", purpose: own, campaign: purpose, declared: template.span)
            )
            isSound = false
        }
        for (kind, channel) in kinds {
            guard let messages = template.messages[kind] else {
                diagnostics.report(.noMessageForChannel(place, kind: kind, channel: channel, template: template.span))
                isSound = false
                continue
            }
            if messages.values.contains(where: { $0.approved != nil }), let provider = channels[channel]?.provider,
                catalog.providers.first(where: { $0.name == provider })?.sendsApproved != true
            {
                diagnostics.report(
                    .formNotSupported(
                        place, "an approved text by the provider `\(provider)` is",
                        help: "write a text in place of `approved_as`, or send via another channel"))
                isSound = false
            }
            checkLanguages(Array(messages.keys), at: place)
        }
        if isSound { isSound = checkLengths(template, at: place, kinds: kinds) && checkParts(template, kinds: kinds) }
        // A template without a purpose of its own was compiled without the rules of marketing mail.
        if isSound, purpose == .marketing, template.purpose == nil {
            isSound = checkMarketingRules(template, at: place)
        }
        return isSound
    }

    /// With one language everybody gets it. With several, somebody speaks none of them.
    mutating func checkLanguages(_ languages: [String], at place: SourceSpan) {
        guard languages.count > 1, settingsDocument?.isSound ?? false else { return }
        if let fallback = settings.languageFallback, languages.contains(fallback) { return }
        diagnostics.report(.noFallbackText(place, languages: languages.sorted(), fallback: settings.languageFallback))
    }

    mutating func checkMarketingRules(_ template: CheckedTemplate, at place: SourceSpan) -> Bool {
        var isSound = true
        for (language, message) in (template.messages["email"] ?? [:]).sorted(by: { $0.key < $1.key }) {
            for (field, key) in [("text", "body"), ("html", "html")] {
                guard let text = message.fields[field] else { continue }
                if !text.always.contains(.unsubscribeLink) {
                    diagnostics.report(.noUnsubscribeLink(message.span, key: key, language: language, sentBy: place))
                    isSound = false
                }
                if !text.always.contains(.senderPostalAddress) {
                    diagnostics.report(.noPostalAddress(message.span, key: key, language: language, sentBy: place))
                    isSound = false
                }
            }
        }
        return isSound
    }

    /// Outer nil: it has errors. Inner nil: none is named, and the built-in one holds.
    mutating func checkPolicy(of document: Document, purpose: Purpose) -> CheckedPolicy?? {
        let named = document.value("policy")?.scalar
        let id: String
        if let named {
            guard let known = resolve(named, .policy) else { return nil }
            id = known
        } else {
            guard let standard = settings.defaultPolicy else { return .some(nil) }
            id = standard
        }
        guard let policy = policies[id] else { return nil }
        if policy.purpose != purpose {
            // The project's default is for its own purpose; other campaigns fall back to the built-in policy.
            guard let named else { return .some(nil) }
            diagnostics.report(
                .otherPurpose(
                    named.span,
                    what: "the policy",
                    purpose: policy.purpose,
                    campaign: purpose,
                    declared: policy.span
                )
            )
            return nil
        }
        return policy
    }

    mutating func checkBrand(_ document: Document, purpose: Purpose) -> Brand? {
        var brand: Brand?
        if let named = document.value("brand")?.scalar {
            brand = resolveBrand(named)
            if brand == nil { return nil }
        } else {
            brand =
                settings.defaultBrand.flatMap { settings.brands[$0] }
                ?? (settings.brands.count == 1 ? settings.brands.first?.value : nil)
        }
        guard purpose == .marketing, settingsDocument?.isSound ?? false else { return brand }
        let place = document.value("brand")?.span ?? document.idSpan
        guard let brand else {
            diagnostics.report(.noBrand(place))
            return nil
        }
        if brand.postalAddress == nil { diagnostics.report(.brandWithoutAddress(place, brand: brand.name)) }
        return brand
    }

    mutating func checkLawfulBasis(_ document: Document, purpose: Purpose, policy: CheckedPolicy?) {
        guard purpose == .marketing, document.value("lawful_basis") == nil, let policy,
            let pack = catalog.packs.first(where: { $0.needsLawfulBasis && policy.packs.contains($0.id) })
        else { return }
        diagnostics.report(.noLawfulBasis(document.idSpan, pack: pack.id))
    }
}
