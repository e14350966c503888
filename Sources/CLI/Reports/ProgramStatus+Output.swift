import RuleEngine
import Runner

extension ProgramStatus {
    var json: JSON {
        ["id": .string(program), "versions": .array(versions.map(\.json))]
    }

    /// - Parameter labels: what people call each version's nodes.
    func text(for terminal: Terminal, labels: [LaunchID: [Int: String]]) -> String {
        versions.reversed().map { $0.text(for: terminal, labels: labels[$0.launch.id] ?? [:]) }.joined()
    }
}

extension ProgramStatus.Version {
    fileprivate var json: JSON {
        [
            "launch": JSON(launch.id.rawValue), "version": .string(launch.version),
            "state": .string(launch.state.name), "note": JSON(launch.note), "owner": .string(launch.owner.description),
            "live_since": .string(Figures.instant(launch.createdAt)),
            "inside": JSON(inside), "endings": JSON(endings), "goals": JSON(goals),
            "waiting": .object(
                waiting.sorted { $0.key < $1.key }.map { JSON.Entry(key: "\($0.key)", value: JSON($0.value)) }),
            "passed": .object(
                passed.sorted { $0.key < $1.key }.map { JSON.Entry(key: "\($0.key)", value: JSON($0.value)) }),
            "messages": JSON(counts.audience), "accepted": JSON(counts[.accepted]), "skipped": JSON(counts.skipped),
            "uncertain": JSON(counts[.uncertain]),
            "calls": .object(
                calls.sorted { $0.key.rawValue < $1.key.rawValue }.map {
                    JSON.Entry(key: $0.key.name, value: JSON($0.value))
                }),
            "cost": ["currency": .string(launch.currency), "micros": JSON(counts.costMicros)],
        ]
    }

    fileprivate func text(for terminal: Terminal, labels: [Int: String]) -> String {
        var text = terminal.styled(launch.program, .bold) + ": " + launch.state.name
        text += terminal.styled(
            "  (live since \(Figures.instant(launch.createdAt)), version \(launch.version.prefix(12)))", .dim)
        text += "\n"
        if let note = launch.note { text += "  " + terminal.styled(note, .yellow) + "\n" }
        text += "\n"
        var sums = Table(.left, .right)
        sums.add("inside", Figures.count(inside))
        for (ending, count) in endings.sorted(by: { $0.key < $1.key }) {
            sums.add("ended by \(ending)", Figures.count(count))
        }
        if goals > 0 { sums.add("reached the goal", Figures.count(goals)) }
        text += sums.text
        var steps = Table(.left, .right, .left)
        for node in Set(passed.keys).union(waiting.keys).sorted() {
            let now = waiting[node].map { "\(Figures.count($0)) there now" } ?? ""
            steps.add(labels[node] ?? "step \(node)", Figures.count(passed[node] ?? 0), now)
        }
        if !steps.isEmpty { text += "\n  passed\n" + steps.text }
        text += "\n  messages  \(Figures.count(counts.audience)): \(Figures.count(counts[.accepted])) accepted"
        for state in DeliveryState.allCases where state != .accepted && counts[state] > 0 {
            text += ", \(Figures.count(counts[state])) \(state.name)"
        }
        text += "\n"
        if !counts.skipped.isEmpty { text += SkipTable(counts.skipped).text(for: terminal) }
        if !calls.isEmpty {
            let states = calls.sorted { $0.key.rawValue < $1.key.rawValue }.map { state, count in
                "\(Figures.count(count)) \(state.name.split(separator: "_").joined(separator: " "))"
            }
            text += "  calls     " + states.joined(separator: ", ") + "\n"
        }
        text += "  cost      \(Figures.money(Money(micros: counts.costMicros, currency: launch.currency)))\n\n"
        return text
    }
}
