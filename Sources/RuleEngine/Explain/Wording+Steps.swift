/// What a step does, in a sentence, without the ways that may follow it. Explanations and comparisons say the same.
extension Wording {
    func holdout(_ share: Int64) -> Phrase {
        Phrase(
            "Chance takes out \(Self.share(share)) of the contacts, always the same ones: they get nothing, so that the effect "
                + "can be seen.")
    }

    func wait(_ wait: CheckedStep.Wait) -> Phrase {
        func on(_ days: WeekDays?) -> String {
            days.map { " on a " + Self.list(Self.days($0), "or") } ?? ""
        }
        switch wait {
        case .duration(let length): return Phrase("Wait \(Self.duration(length)).")
        case .clock(let time, let days, let clock):
            return Phrase("Wait until the next \(time.text)\(on(days)), \(Self.clock(clock)).")
        case .until(let expression, let time, let days, let clock, let upTo):
            let at = time.map { " at \($0.text)" } ?? ""
            return Phrase(
                "Wait until \(term(expression.root))\(at)\(on(days)), \(Self.clock(clock)); at most "
                    + "\(Self.duration(upTo)).")
        }
    }

    func waitFor(_ event: String, _ conditions: [TypedExpression], upTo: Int64) -> Phrase {
        let bound = "at most \(Self.duration(upTo))"
        if conditions.isEmpty { return Phrase("Wait for \(Self.name(event)), \(bound).") }
        return conditional(
            all(conditions), "Wait for one \(Self.name(event)) for which ", ", \(bound).",
            "Wait for one \(Self.name(event)) that fulfils the condition, \(bound).")
    }

    func waitUntil(_ conditions: [TypedExpression], upTo: Int64) -> Phrase {
        let bound = "at most \(Self.duration(upTo))"
        return conditional(
            all(conditions), "Wait until ", ", \(bound).", "Wait until the condition holds, \(bound).")
    }

    func question(_ conditions: [TypedExpression]) -> Phrase {
        conditional(all(conditions), "It depends on whether ", ".", "It depends on a condition.")
    }

    /// A single condition within the sentence; several ones below it.
    private func conditional(_ condition: Phrase, _ before: String, _ after: String, _ otherwise: String) -> Phrase {
        condition.parts.isEmpty
            ? Phrase(before + condition.text + after)
            : Phrase(otherwise, [Phrase("Condition: " + condition.text, condition.parts)])
    }

    func loop(_ atMost: Int, every: Int64, until: [TypedExpression]) -> Phrase {
        Phrase(
            "Repeat this at most \(Self.times(atMost)), with \(Self.duration(every)) between two rounds.",
            until.isEmpty ? [] : [.ending("Before each round: it is over if", all(until))])
    }

    func set(_ values: [Assignment]) -> Phrase {
        assignments("Set", values) { "the contact's \(Self.field($0)) to" }
    }

    func tag(_ name: String, lifetime: Int64?) -> Phrase {
        Phrase("Give the tag \(Self.name(name))" + (lifetime.map { " for \(Self.duration($0))" } ?? "") + ".")
    }

    func untag(_ name: String) -> Phrase {
        Phrase("Take the tag \(Self.name(name)) away.")
    }

    func emit(_ event: String, _ values: [Assignment]) -> Phrase {
        values.isEmpty
            ? Phrase("Report the event \(Self.name(event)).")
            : assignments("Report the event \(Self.name(event)) with", values) { Self.field($0) + " =" }
    }

    func start(_ kind: DocumentKind, _ id: String, _ values: [Assignment]) -> Phrase {
        let text = "Start the \(kind.rawValue) \(Self.name(id)) for the contact"
        return values.isEmpty ? Phrase(text + ".") : assignments(text + ", with", values) { Self.field($0) + " =" }
    }

    private func assignments(_ verb: String, _ values: [Assignment], _ field: (String) -> String) -> Phrase {
        let parts = values.sorted { $0.field < $1.field }.map { "\(field($0.field)) \(value(of: $0))" }
        return Phrase("\(verb) \(Self.list(parts, "and")).")
    }

    func call(_ call: CheckedCall) -> Phrase {
        let attempts =
            call.attempts > 1
            ? "; at most \(call.attempts) attempts within \(Self.duration(call.over))" : "; one attempt"
        let target = "Call \(Self.name(call.call)) (\(call.endpoint.method) \(call.endpoint.path))"
        if call.body.isEmpty { return Phrase(target + attempts + ".") }
        let sent = call.body.sorted { $0.field < $1.field }.map { "\(Self.field($0.field)) = \(value(of: $0))" }
        return Phrase(target + " with " + Self.list(sent, "and") + attempts + ".")
    }

    func handOver(to team: String, note: CompiledText?) -> Phrase {
        Phrase(
            "Hand the contact over to the team \(Self.name(team))"
                + (note.map { ", with the note \(text($0))" } ?? "") + ".")
    }

    func exit(_ name: String) -> Phrase {
        Phrase("The run ends" + (name == ProgramGraph.naturalEnd ? "." : " as \(Self.name(name))."))
    }

    // MARK: Messages

    func deliver(_ send: CheckedSend, name: String?) -> Phrase {
        let channels = project.channels(of: send.reach)
        let reach =
            switch send.reach {
            case .channels(let ids): by(ids)
            case .route(let id): "by the channel that the route \(Self.name(id)) finds best"
            case .reply(let id): "as an answer in the same conversation, by \(channel(id))"
            }
        var parts: [Phrase] = []
        if let validFor = send.validFor {
            parts.append(Phrase("If it could not leave within \(Self.duration(validFor)), it is dropped."))
        }
        if let next = send.tryNext { parts.append(Phrase(tryNext(next))) }
        return Phrase(
            "Send \(message(send.template, name: name)) \(reach)\(languages(send.template, channels)).", parts)
    }

    func send(_ template: CheckedTemplate?, on channels: [String]) -> Phrase {
        Phrase("Send \(message(template, name: nil)) \(by(channels))\(languages(template, channels)).")
    }

    private func message(_ template: CheckedTemplate?, name: String?) -> String {
        guard let id = template?.id else {
            return "the message written here" + (name.map { " (\(Self.name($0)))" } ?? "")
        }
        return Self.name(alias(.template, id)) + (name.map { $0 == id ? "" : " (as \(Self.name($0)))" } ?? "")
    }

    private func languages(_ template: CheckedTemplate?, _ channels: [String]) -> String {
        let kinds = Set(channels.compactMap { project.channels[$0]?.kind })
        let languages = Set(kinds.flatMap { template?.messages[$0]?.keys.map { $0 } ?? [] }).sorted()
        return languages.isEmpty ? "" : ", in " + Self.list(languages.map(Self.name), "and")
    }
}
