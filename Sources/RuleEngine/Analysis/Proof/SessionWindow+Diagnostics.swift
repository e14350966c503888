extension ProjectAnalysis {
    /// A text that the platform has not approved may only leave while the person's last message is fresh.
    static let sessionWindows = ProjectAnalysis(name: "find free texts that could leave after their session window") {
        project, diagnostics in
        project.findEach(&diagnostics) { program, diagnostics in
            if program.isAskedFor(in: project.project) { return }
            let facts = program.facts
            var ages: [String: MessageAge] = [:]
            for (node, content) in program.graph.nodes.enumerated() where content.isSend {
                for (place, id) in facts.channels(of: content, in: project.project).enumerated() {
                    guard let kind = project.project.channels[id]?.kind, let window = SessionWindow.length(for: kind),
                        program.isFree(content, kind: kind),
                        !program.needsOpenSession(content, kind: kind, in: project.project)
                    else { continue }
                    let send = FreeText(
                        channel: id, kind: kind, name: facts.name(of: node, in: program.graph), node: node)
                    let known = ages[id] ?? program.age(of: id, facts, in: project.project)
                    ages[id] = known
                    guard let age = known.longest[node]?.age else { continue }
                    if age == .max, !program.begins(with: id) {
                        diagnostics.report(.freeTextToSilence(program, send, window: window))
                        break
                    }
                    let late = program.delay(
                        of: content, place: place, kind: kind, policy: facts.policy, in: project.project)
                    let total = age.addingReportingOverflow(late)
                    if total.overflow || total.partialValue > window {
                        let path = WayNames(program).names(of: known.way(to: node))
                        diagnostics.report(
                            .freeTextTooLate(
                                program, send, window: window, age: total.overflow ? .max : total.partialValue, path))
                        break
                    }
                }
            }
        }
    }
}

private struct FreeText {
    let channel: String
    let kind: String
    let name: String
    let node: Int
}

extension AnalysedProject.Program {
    /// The message of this kind, or one of its languages, is not a text that the platform has approved.
    fileprivate func isFree(_ node: ProgramGraph.Node, kind: String) -> Bool {
        let template: CheckedTemplate? =
            switch (node, source) {
            case (.deliver(let send, _), _): send.template
            case (_, .campaign(let campaign)): campaign.template
            case (_, .journey): nil
            }
        return template?.messages[kind]?.values.contains { $0.approved == nil } ?? false
    }

    fileprivate var isQueued: Bool {
        if case .journey(let journey) = source { journey.runs == .queue } else { false }
    }

    /// The person wrote on this channel when the run began.
    fileprivate func begins(with channel: String) -> Bool {
        guard case .journey(let journey) = source, case .inbound(let own) = journey.entry.cause else { return false }
        return own == channel
    }

    /// A single message that somebody asks for: no file declares what it begins with. When it leaves it is looked up whether
    /// the person has written.
    fileprivate func isAskedFor(in project: CheckedProject) -> Bool {
        guard case .journey(let journey) = source, case .webhook(let name) = journey.entry.cause,
            let event = project.events[name]
        else { return false }
        return event.declaration == nil
    }

    /// How old the person's last message on a channel can be, at every node.
    fileprivate func age(of channel: String, _ facts: ProgramFacts, in project: CheckedProject) -> MessageAge {
        var surroundings = MessageAge.Surroundings(isBegunByWriting: begins(with: channel), isQueued: isQueued)
        surroundings.hold = { [self] node in
            // Whoever has come to its last channel has tried all others.
            facts.channels(of: graph.nodes[node], in: project).enumerated().map { place, id in
                delay(
                    of: graph.nodes[node], place: place, kind: project.channels[id]?.kind ?? "", policy: facts.policy,
                    in: project)
            }.max() ?? 0
        }
        surroundings.isSentThere = { [graph] node in facts.channels(of: graph.nodes[node], in: project) == [channel] }
        return MessageAge(graph, surroundings)
    }

    /// A route that leaves the channel out while no session is open.
    fileprivate func needsOpenSession(_ node: ProgramGraph.Node, kind: String, in project: CheckedProject) -> Bool {
        guard case .deliver(let send, _) = node, case .route(let id) = send.reach, let route = project.routes[id] else {
            return false
        }
        return route.skipWhen.contains { condition in
            guard case .not(let operand) = condition.root.kind, case .fact(.channel(.session_open)) = operand.kind
            else {
                return false
            }
            return true
        }
    }

    /// How long after its turn the message may still leave by this channel: the tries before it take their time.
    fileprivate func delay(
        of node: ProgramGraph.Node, place: Int, kind: String, policy: CheckedPolicy?, in project: CheckedProject
    ) -> Int64 {
        guard case .deliver(let send, _) = node else { return 0 }
        // What is valid no longer is not sent, whatever held it.
        let held = min(policy?.longestHold(for: kind) ?? 0, send.validFor ?? .max)
        let (delay, overflow) = tries(of: send, place: place, in: project).addingReportingOverflow(held)
        return overflow ? .max : delay
    }

    private func tries(of send: CheckedSend, place: Int, in project: CheckedProject) -> Int64 {
        var next = send.tryNext
        var tries = place
        if case .route(let id) = send.reach, let route = project.routes[id] {
            next = next ?? route.tryNext
            // Rank decides at run time: any candidate may be the last one.
            tries = route.candidates.count - 1
        }
        guard let next else { return 0 }
        let count = min(tries, (next.attempts ?? .max) - 1)
        let (delay, overflow) = next.after.multipliedReportingOverflow(by: Int64(max(0, count)))
        return overflow ? .max : delay
    }
}

extension CheckedPolicy {
    /// How long quiet hours and caps may hold a message by this kind of channel.
    fileprivate func longestHold(for kind: String) -> Int64 {
        var hold: Int64 = 0
        if !quietHours.isEmpty { hold = (afterQuietHours?.dropAfter ?? 0) + (afterQuietHours?.spread ?? 0) }
        guard whenCapped == .wait else { return hold }
        let periods = caps.filter { $0.kinds?.contains(kind) ?? true }.map(\.period)
        return hold + (periods.max() ?? 0)
    }
}

extension Diagnostic {
    fileprivate static func freeTextTooLate(
        _ program: AnalysedProject.Program, _ send: FreeText, window: Int64, age: Int64, _ path: [String]
    ) -> Diagnostic {
        Diagnostic(
            code: "E0422",
            message:
                "`\(send.name)` can leave by `\(send.channel)` later than \(hours(window)) after the person's last message",
            at: Label(
                program.viaSpan(of: send.node),
                "up to \(age == .max ? "any time" : hours(age)) later; then \(platform(send.kind))"),
            path: path, help: help(send.kind, "shorten the waits before it to \(hours(window)) together"))
    }

    fileprivate static func freeTextToSilence(
        _ program: AnalysedProject.Program, _ send: FreeText, window: Int64
    ) -> Diagnostic {
        Diagnostic(
            code: "E0422",
            message: "`\(send.name)` can leave by `\(send.channel)` to somebody who has not written there",
            at: Label(
                program.viaSpan(of: send.node),
                "more than \(hours(window)) after a person's last message \(platform(send.kind))"),
            help: help(send.kind, "start the program with `inbound: \(send.channel)`"))
    }

    private static func platform(_ kind: String) -> String {
        switch kind {
        case "whatsapp": "WhatsApp takes approved texts only"
        case "messenger": "Messenger takes nothing"
        default: "Instagram takes nothing"
        }
    }

    private static func help(_ kind: String, _ other: String) -> String {
        kind == "whatsapp"
            ? "send a text with `approved_as`, or \(other)"
            : "\(other), or send by a route with `skip_when: not channel.session_open`"
    }

    private static func hours(_ length: Int64) -> String {
        let hour: Int64 = 3_600_000_000
        return length % hour == 0 ? "\(length / hour) h" : NodeLabel.duration(length)
    }
}
