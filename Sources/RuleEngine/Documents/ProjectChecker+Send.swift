extension ProjectChecker {
    mutating func checkSend(_ entry: SyntaxEntry, _ step: SyntaxNode, in context: StepContext) -> CheckedSend? {
        guard let name = entry.value.scalar else { return nil }
        for key in ["message", "text"] where name.text != key {
            guard let extra = step.entry(key) else { continue }
            diagnostics.report(.keyNeeds(extra.key.span, key, "send: \(key)"))
            if !["message", "text"].contains(name.text), !name.text.hasPrefix("input.") {
                _ = resolve(name, .template)
            }
            return nil
        }
        let reach = checkReach(step.entry("via") ?? context.via, of: name, in: context)
        let kinds = reach.map { kindsReached(by: $0.reach) } ?? []
        let template = framed(
            checkTemplate(name, step, kinds: kinds, in: context), by: context.brand, at: name.span)
        let next = checkTryNext(
            step.entry("try_next"), kinds: kinds, reach: reach.flatMap { $0.isOpen ? nil : $0.reach })
        var validFor: Int64?
        if let scalar = step.value("valid_for")?.scalar {
            validFor = duration(scalar, in: context)
            if validFor == nil { return nil }
        }
        guard let reach, let template, let next else { return nil }
        if !reach.isOpen, let own = template.id.flatMap({ _ in template.purpose }), let purpose = context.purpose,
            own != purpose
        {
            diagnostics.report(
                .otherPurpose(
                    name.span, what: "the template", purpose: own, campaign: purpose, declared: template.span))
            return nil
        }
        var isSound = true
        if !template.messages.isEmpty || template.id == nil {
            for (kind, channel) in kinds where template.messages[kind] == nil {
                diagnostics.report(
                    .noMessageForChannel(name.span, kind: kind, channel: channel, template: template.span))
                isSound = false
            }
        }
        for (kind, _) in kinds {
            if let messages = template.messages[kind] { checkLanguages(Array(messages.keys), at: name.span) }
        }
        if isSound {
            isSound = checkLengths(template, at: name.span, kinds: kinds) && checkParts(template, kinds: kinds)
        }
        if isSound, context.purpose == .marketing, template.purpose == nil,
            kinds.contains(where: { $0.kind == "email" })
        {
            isSound = checkMarketingRules(template, at: name.span)
        }
        return isSound
            ? CheckedSend(
                template: template, reach: reach.reach, validFor: validFor, tryNext: next,
                viaSpan: (step.entry("via") ?? context.via)?.value.span)
            : nil
    }

    // MARK: Where to

    mutating func checkReach(
        _ via: SyntaxEntry?, of name: SyntaxScalar, in context: StepContext
    ) -> (reach: CheckedSend.Reach, isOpen: Bool)? {
        guard let via else {
            // A fragment's sends may go by the channels of whoever uses it.
            if context.isOpen { return (.channels([]), true) }
            diagnostics.report(.missingKey(name.span, "via", in: "a send"))
            return nil
        }
        if let scalar = via.value.scalar {
            if scalar.text == "reply" {
                // In a fragment by itself nobody knows yet how the run begins.
                guard let channel = context.replyChannel ?? (context.isOpen ? "" : nil) else {
                    diagnostics.report(.replyWithoutMessage(scalar.span))
                    return nil
                }
                return (.reply(channel: channel), channel.isEmpty)
            }
            guard let id = resolve(scalar, .route), let index = ids[.route]?[id] else { return nil }
            guard documents[index].isSound, routes[id] != nil else { return nil }
            return (.route(id), false)
        }
        var channels: [String] = []
        var isSound = true
        var isOpen = false
        for name in via.value.texts {
            switch argument(name, .channel, in: context) {
            case .open: isOpen = true
            case .scalar(let scalar):
                if let id = resolve(scalar, .channel) { channels.append(id) } else { isSound = false }
            case nil: isSound = false
            }
        }
        if isSound, channels.isEmpty, !isOpen {
            diagnostics.report(.missingValue(via.key.span, key: "via", expected: "the id of a channel"))
            return nil
        }
        return isSound ? (.channels(channels), isOpen) : nil
    }

    /// The kinds that a message may take, each once, with a channel of the kind.
    func kindsReached(by reach: CheckedSend.Reach) -> [(kind: String, channel: String)] {
        let ids =
            switch reach {
            case .channels(let ids): ids
            case .route(let id): routes[id]?.candidates ?? []
            case .reply(let channel): [channel]
            }
        var found: [(kind: String, channel: String)] = []
        for id in ids {
            guard let kind = channels[id]?.kind, !found.contains(where: { $0.kind == kind }) else { continue }
            found.append((kind, id))
        }
        return found
    }

    // MARK: What

    private mutating func checkTemplate(
        _ name: SyntaxScalar, _ step: SyntaxNode, kinds: [(kind: String, channel: String)], in context: StepContext
    ) -> CheckedTemplate? {
        switch name.text {
        case "message":
            guard let message = step.entry("message") else {
                diagnostics.report(.missingKey(name.span, "message", in: "`send: message`"))
                return nil
            }
            return checkTemplate(
                message.value, id: nil, idSpan: message.key.span, campaignPurpose: context.purpose,
                journey: context.scope)
        case "text":
            guard let text = step.entry("text") else {
                diagnostics.report(.missingKey(name.span, "text", in: "`send: text`"))
                return nil
            }
            return checkPlainText(text, kinds: kinds, in: context)
        default: break
        }
        switch argument(name, .template, in: context) {
        case nil: return nil
        case .open: return CheckedTemplate(id: name.text, purpose: nil, topic: nil, messages: [:], span: name.span)
        case .scalar(let scalar):
            guard let id = resolve(scalar, .template), let template = templates[id] else { return nil }
            guard !context.isOpen else { return template }
            // In a fragment the use of it says which template it is.
            return self.template(
                id, event: context.entryEvent, source: context.scope.journey.entry, known: context.scope.known,
                at: name.span)
        }
    }

    /// One text for any channel that takes plain text.
    private mutating func checkPlainText(
        _ entry: SyntaxEntry, kinds: [(kind: String, channel: String)], in context: StepContext
    ) -> CheckedTemplate? {
        if kinds.contains(where: { $0.kind == "email" }) {
            diagnostics.report(.plainTextByEmail(entry.key.span))
            return nil
        }
        var messages: [String: [String: CompiledMessage]] = [:]
        var isSound = true
        for language in entry.value.entries ?? [] {
            // Compiled once: what differs between the kinds is the carrying, not the text.
            guard
                let message = message(
                    language, kind: "sms", purpose: context.purpose, journey: context.scope)
            else {
                isSound = false
                continue
            }
            for (kind, _) in kinds { messages[kind, default: [:]][language.key.text] = message }
        }
        guard isSound else { return nil }
        return CheckedTemplate(
            id: nil, purpose: context.purpose, topic: nil, messages: messages, span: entry.key.span)
    }

    // MARK: And then

    /// Outer nil: it has errors. Inner nil: there is none.
    ///
    /// - Parameters:
    ///   - reach: where the message may go; nil where nobody knows it yet.
    ///   - isOrdered: the channels are tried as they are written.
    mutating func checkTryNext(
        _ entry: SyntaxEntry?, kinds: [(kind: String, channel: String)], reach: CheckedSend.Reach?,
        isOrdered: Bool = true
    ) -> TryNext?? {
        guard let entry else { return .some(nil) }
        guard let word = entry.value.value("if")?.scalar, let signal = DeliverySignal(rawValue: word.text),
            let after = entry.value.text("after").flatMap({ try? Units.duration($0) })
        else { return nil }
        var asked = kinds
        if isOrdered, case .channels(let ids) = reach, ids.count > 1 {
            // Nothing comes behind the last one, so nobody waits for what it tells.
            asked = kindsReached(by: .channels(ids.dropLast()))
        }
        if let (kind, channel) = asked.first(where: { !signal.isGiven(by: $0.kind) }) {
            diagnostics.report(.signalNotGiven(word.span, signal, kind: kind, channel: channel))
            return nil
        }
        let attempts = entry.value.text("at_most").flatMap { try? Units.attempts($0) }
        if attempts == 1, let bound = entry.value.value("at_most") {
            diagnostics.report(.noSecondAttempt(bound.span, tryNext: entry.key.span))
            return nil
        }
        if let reach, let only = onlyChannel(of: reach) {
            diagnostics.report(.nothingToTryNext(entry.key.span, channel: only))
            return nil
        }
        return TryNext(signal: signal, after: after, attempts: attempts)
    }

    /// Nil where there are several.
    private func onlyChannel(of reach: CheckedSend.Reach) -> String? {
        let ids =
            switch reach {
            case .channels(let ids): ids
            case .route(let id): routes[id]?.candidates ?? []
            case .reply(let channel): [channel]
            }
        return Set(ids).count == 1 ? ids[0] : nil
    }

    // MARK: Routes

    mutating func checkRoute(_ document: Document) -> CheckedRoute? {
        var candidates: [String] = []
        var isSound = true
        for name in document.value("candidates")?.texts ?? [] {
            if let id = resolve(name, .channel) { candidates.append(id) } else { isSound = false }
        }
        if isSound, candidates.isEmpty {
            diagnostics.report(
                .missingValue(
                    document.value("candidates")?.span ?? document.idSpan, key: "candidates",
                    expected: "the ids of channels"))
            return nil
        }
        var scope = scope
        scope.roots.insert(.channel)
        let skipWhen = conditions(document.value("skip_when"), in: scope, isAlternative: true)
        var rank: [TypedExpression] = []
        for text in document.value("rank")?.texts ?? [] {
            let expression = ExpressionCompiler.compile(
                text.embedded, expecting: nil, in: scope, reporting: &diagnostics)
            if let expression { rank.append(expression) } else { isSound = false }
        }
        let kinds = candidates.compactMap { id in channels[id].map { (kind: $0.kind, channel: id) } }
        guard
            let next = checkTryNext(
                document.node.entry("try_next"), kinds: kinds, reach: .channels(candidates),
                isOrdered: rank.isEmpty), let skipWhen, isSound
        else {
            return nil
        }
        return CheckedRoute(
            id: document.id, about: document.node.text("about"), candidates: candidates, skipWhen: skipWhen,
            rank: rank, tryNext: next, span: document.idSpan)
    }
}
