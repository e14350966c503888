/// What people read in a drawn node, and which form it has.
enum NodeLabel {
    enum Form {
        case round, hexagon, box, question, clock, end
    }

    static func form(of node: ProgramGraph.Node) -> Form {
        switch node {
        case .entry: .round
        case .gate: .hexagon
        case .send, .deliver, .set, .tag, .untag, .emit, .call, .start, .handOver: .box
        case .choose, .split, .holdout, .loop: .question
        case .wait, .waitFor, .waitUntil: .clock
        case .exit: .end
        }
    }

    static func text(
        _ node: ProgramGraph.Node, name: String? = nil, campaign: CheckedCampaign? = nil,
        journey: CheckedJourney? = nil
    ) -> String {
        switch node {
        case .entry: return campaign.map { audience($0) } ?? journey.map { entry($0) } ?? "audience"
        case .holdout(let share, _): return "holdout \(percent(share))"
        case .gate(let purpose, _):
            let policy = (campaign.map { $0.policy?.id } ?? journey.map { $0.policy?.id }).map {
                $0 ?? "built-in policy"
            }
            return "gate: \(purpose.rawValue)" + (policy.map { "\n\($0)" } ?? "")
        case .send(let channels, _):
            let template = campaign.map { $0.template.id ?? "message" }
            return "send" + (template.map { " \($0)" } ?? "") + "\nvia " + channels.joined(separator: ", ")
        case .deliver(let send, _): return deliver(send, name: name)
        case .wait(let wait, _): return text(wait)
        case .waitFor(let event, let conditions, let upTo, _, _):
            return (["wait for \(event)"] + lines(conditions) + ["up to \(duration(upTo))"]).joined(separator: "\n")
        case .waitUntil(let conditions, let upTo, _, _):
            return "wait until " + lines(conditions).joined(separator: "\nand ") + "\nup to \(duration(upTo))"
        case .choose(let arms, _):
            return arms.count == 1 ? lines(arms[0].conditions).joined(separator: "\nand ") : "choose"
        case .split(let name, _): return "split \(name)"
        case .loop(let atMost, let every, let until, _, _):
            let end = until.isEmpty ? "" : "\nuntil " + lines(until).joined(separator: "\nand ")
            return "repeat, at most \(atMost) times\nevery \(duration(every))" + end
        case .set(let values, _): return "set " + values.map(\.field).joined(separator: ", ")
        case .tag(let name, let lifetime, _): return "tag \(name)" + (lifetime.map { "\nfor \(duration($0))" } ?? "")
        case .untag(let name, _): return "untag \(name)"
        case .emit(let event, _, _): return "emit \(event)"
        case .call(let call, _, _):
            return "call \(call.call)" + (call.attempts > 1 ? "\nat most \(call.attempts) attempts" : "")
        case .start(let kind, let id, _, _): return "start \(kind.rawValue) \(id)"
        case .handOver(let team, _, _): return "hand over to \(team)"
        case .exit(let name): return name
        }
    }

    // MARK: Parts

    private static func audience(_ campaign: CheckedCampaign) -> String {
        let audience = campaign.audience
        let include = audience.include.map(\.id).joined(separator: " or ")
        var lines = ["audience: " + (include.isEmpty ? "everyone" : include)]
        if !audience.exclude.isEmpty {
            lines.append("not in " + audience.exclude.map(\.id).joined(separator: ", "))
        }
        lines += audience.conditions.map { "and " + $0.source }
        return lines.joined(separator: "\n")
    }

    private static func entry(_ journey: CheckedJourney) -> String {
        let cause =
            switch journey.entry.cause {
            case .event(let name): "event \(name)"
            case .webhook(let name): "webhook \(name)"
            case .inbound(let channel): "message from \(channel)"
            case .segment(let segment, let crossing, _): "\(crossing.rawValue) \(segment.id)"
            case .schedule(let schedule): text(schedule)
            }
        var lines = [cause] + journey.entry.conditions.map { "and " + $0.source }
        if let goal = journey.goal {
            lines.append("goal: \(goal.event)" + (goal.within.map { " within \(duration($0))" } ?? ""))
        }
        lines += journey.exitWhen.map { "ends when " + $0.source }
        return lines.joined(separator: "\n")
    }

    private static func text(_ schedule: Schedule) -> String {
        let rhythm =
            switch schedule.rhythm {
            case .once(let moment): "once on \(CivilDate.text(day: moment.day)) \(moment.time.text)"
            case .daily(let time): "every day at \(time.text)"
            case .weekly(let days, let time): "every \(days.text) at \(time.text)"
            case .monthly(let day, let time): "every month on day \(day) at \(time.text)"
            case .cron: "by its time table"
            }
        return rhythm + "\n" + schedule.clock.text
    }

    private static func deliver(_ send: CheckedSend, name: String?) -> String {
        let reach =
            switch send.reach {
            case .channels(let ids): ids.joined(separator: ", ")
            case .route(let id): "route \(id)"
            case .reply(let channel): "reply on \(channel)"
            }
        var lines = ["send \(send.template.id ?? name ?? "message")", "via \(reach)"]
        if let validFor = send.validFor { lines.append("valid for \(duration(validFor))") }
        if let next = send.tryNext { lines.append("next if \(next.signal.rawValue) after \(duration(next.after))") }
        return lines.joined(separator: "\n")
    }

    private static func text(_ wait: CheckedStep.Wait) -> String {
        switch wait {
        case .duration(let length): return "wait \(duration(length))"
        case .clock(let time, let days, let clock):
            return "wait until \(time.text)" + (days.map { " on \($0.text)" } ?? "") + "\n\(clock.text)"
        case .until(let expression, let time, let days, let clock, let upTo):
            let when = (time.map { " at \($0.text)" } ?? "") + (days.map { " on \($0.text)" } ?? "")
            return "wait until \(expression.source)\(when)\n\(clock.text), up to \(duration(upTo))"
        }
    }

    private static func lines(_ conditions: [TypedExpression]) -> [String] {
        conditions.map(\.source)
    }

    static func duration(_ microseconds: Int64) -> String {
        Value.number(microseconds, .duration).described
    }

    static func percent(_ millionths: Int64) -> String {
        Value.number(millionths * 100, .decimal).described + "%"
    }
}

extension ProgramGraph {
    /// Every way, with what decides that it is taken: the answer, the share, the bound.
    package var edges: [Edge] {
        nodes.enumerated().flatMap { index, node in Self.edges(from: index, node) }
    }

    private static func edges(from index: Int, _ node: Node) -> [Edge] {
        func edge(_ to: Int, _ label: String? = nil) -> Edge { Edge(from: index, to: to, label: label) }
        switch node {
        case .gate(_, let next): return [edge(next, "allowed")]
        case .holdout(let share, let next): return [edge(next, NodeLabel.percent(1_000_000 - share))]
        case .waitFor(let event, _, let upTo, let then, let otherwise):
            return [edge(then, event), edge(otherwise, "not within \(NodeLabel.duration(upTo))")]
        case .waitUntil(_, let upTo, let then, let otherwise):
            return [edge(then, "holds"), edge(otherwise, "not within \(NodeLabel.duration(upTo))")]
        case .choose(let arms, let otherwise) where arms.count == 1:
            return [edge(arms[0].next, "yes"), edge(otherwise, "no")]
        case .choose(let arms, let otherwise):
            let ways = arms.map { edge($0.next, $0.conditions.map(\.source).joined(separator: " and ")) }
            return ways + [edge(otherwise, "otherwise")]
        case .split(_, let shares):
            return shares.map { edge($0.next, "\($0.name) \(NodeLabel.percent($0.share))") }
        case .loop(let atMost, _, _, let body, let next):
            return [edge(body, "again, at most \(atMost) times"), edge(next, "done")]
        case .call(_, let next, let failed):
            return next == failed ? [edge(next)] : [edge(next, "answered"), edge(failed, "failed")]
        case .entry, .send, .deliver, .wait, .set, .tag, .untag, .emit, .start, .handOver, .exit:
            return node.successors.map { edge($0) }
        }
    }
}

extension ProgramGraph {
    /// What people call the step of a node, in one line: its own name, or else what it does. A gate is that of the send
    /// behind it.
    package func label(of node: Int) -> String {
        guard nodes.indices.contains(node) else { return "step \(node)" }
        if let name = names[node] { return name }
        switch nodes[node] {
        case .gate(_, let next): return label(of: next)
        case .entry: return "entry"
        case .deliver(let send, _): return "send \(send.template.id ?? "message")"
        case .choose(let arms, _) where arms.count > 1: return "choice \(place(of: node, like: \.isChoice))"
        default:
            let text = NodeLabel.text(nodes[node])
            return String(text.map { $0 == "\n" ? " " : $0 })
        }
    }

    /// Which of its kind a nameless node is, counted from the top.
    private func place(of node: Int, like isAlike: (Node) -> Bool) -> Int {
        nodes[...node].count { isAlike($0) }
    }
}

extension ProgramGraph.Node {
    fileprivate var isChoice: Bool {
        if case .choose(let arms, _) = self { arms.count > 1 } else { false }
    }
}
