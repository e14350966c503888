import RuleEngine
import Runner

extension StatusReport {
    /// audience = accepted + the sum of skipped + rejected + failed + cancelled + expired + unknown_final + open;
    /// `uncertain` is part of `open`.
    var json: JSON {
        let report: JSON = [
            "id": .string(id), "state": .string(state), "launch": JSON(launch.rawValue), "version": .string(version),
            "channel": .string(channel), "audience": JSON(counts.audience), "accepted": JSON(counts[.accepted]),
            "skipped": JSON(counts.skipped), "rejected": JSON(counts[.rejected]), "failed": JSON(counts[.failed]),
            "cancelled": JSON(counts[.cancelled]), "expired": JSON(counts[.expired]),
            "unknown_final": JSON(counts[.unknownFinal]), "open": JSON(counts.open),
            "uncertain": JSON(counts[.uncertain]),
            "cost": ["currency": .string(cost.currency), "micros": JSON(cost.micros)],
            "reserved": ["currency": .string(cost.currency), "micros": JSON(counts.reservedMicros)],
            "reasons": JSON(counts.refusals), "told": news.json, "created_at": .string(Figures.instant(createdAt)),
            "finished_at": JSON(finishedAt.map(Figures.instant)), "next_retry": JSON(nextRetry.map(Figures.instant)),
            "note": JSON(note), "held": JSON(counts.held), "held_until": JSON(counts.heldUntil.map(Figures.instant)),
            "lapsed": JSON(counts.lapsed), "watched": JSON(counts.watched), "messages": JSON(counts.acceptedMessages),
            "stage": JSON(phase.stage), "starts_at": JSON(phase.startsAt.map(Figures.instant)),
            "next_start": JSON(nextStart.map(Figures.instant)), "experiment": verdict.map(experiment) ?? .null,
            "goal": goals.map(\.json) ?? .null,
        ]
        return violations.map { report.adding("violations", JSON($0)) } ?? report
    }

    func text(for terminal: Terminal) -> String {
        var text = terminal.styled(id, .bold) + ": " + terminal.styled(state, stateStyle)
        text += terminal.styled(
            "  (launch \(launch.rawValue) of \(Figures.instant(createdAt)), channel \(channel), version \(version.prefix(12)))",
            .dim
        )
        if let note { text += "\n  " + terminal.styled(note, .yellow) }
        text += "\n\n" + account(for: terminal)
        if !news.named.isEmpty { text += "\n  the provider tells\n" + told.text }
        text += "\n  cost  \(Figures.money(cost))"
        if counts.reservedMicros > 0 {
            let reserved = Money(micros: counts.reservedMicros, currency: cost.currency)
            text += ", and \(Figures.money(reserved)) reserved for sends without an answer"
        }
        text += "\n" + plan + checks(for: terminal) + advice
        return text
    }

    /// What is still to come, what was tried out, and what it was for.
    private var plan: String {
        var text = ""
        for (reason, count) in counts.held.sorted(by: { $0.key < $1.key }) {
            text += "  held  \(Figures.count(count)): \(HoldReason(rawValue: reason)?.explanation ?? reason)\n"
        }
        if let next = nextRetry { text += "  next  \(Figures.instant(next))" }
        if let last = counts.heldUntil { text += ", the last at \(Figures.instant(last))" }
        if !text.isEmpty, !text.hasSuffix("\n") { text += "\n" }
        if counts.watched > 0 {
            text += "  another channel may be tried for \(Figures.count(counts.watched, "recipient"))\n"
        }
        if let nextStart { text += "  the next launch starts at \(Figures.instant(nextStart))\n" }
        if let verdict {
            text +=
                "  experiment  `\(verdict.arms[verdict.winner].name)` goes to the others: \(verdict.ground.explanation)\n"
            text += verdict.table.text
        }
        if let goals { text += goals.text }
        return text
    }

    private func experiment(_ verdict: ExperimentVerdict) -> JSON {
        [
            "winner": .string(verdict.arms[verdict.winner].name), "ground": .string(verdict.ground.rawValue),
            "decided_at": JSON(decidedAt.map(Figures.instant)), "share_p": .string(Shares.chance(verdict.shareP)),
            "arms": .array(
                verdict.arms.map { arm in
                    [
                        "name": .string(arm.name), "people": JSON(arm.result.people),
                        "converted": JSON(arm.result.converted), "p": JSON(arm.pValue.map(Shares.chance)),
                    ]
                }
            ),
        ]
    }

    /// One line a state, and below each the reasons that belong to it.
    private func account(for terminal: Terminal) -> String {
        var text = ""
        var sums = Table(.left, .right, .left)
        sums.add("audience", Figures.count(counts.audience), "")
        sums.add(
            "accepted",
            terminal.styled(Figures.count(counts[.accepted]), .green),
            Shares.text(counts[.accepted], of: counts.audience)
        )
        sums.add("skipped", Figures.count(counts[.skipped]), "")
        let others: [DeliveryState] = [.rejected, .failed, .cancelled, .expired, .unknownFinal]
        for state in others where counts[state] > 0 {
            let why = state == .expired || state == .cancelled ? lapsedParts : ""
            sums.add(state.name, terminal.styled(Figures.count(counts[state]), .yellow), why)
        }
        sums.add("open", Figures.count(counts.open), openParts)
        text += sums.text
        if !counts.skipped.isEmpty { text += "\n  skipped because\n" + SkipTable(counts.skipped).text(for: terminal) }
        if !counts.refusals.isEmpty {
            text += "\n  rejected or failed with\n" + SkipTable(counts.refusals).text(for: terminal)
        }
        return text
    }

    /// Shares are of what was accepted.
    private var told: Table {
        var table = Table(.left, .right, .left, indent: 4)
        for (name, count) in news.named {
            table.add(name, Figures.count(count), Shares.text(count, of: counts[.accepted]))
        }
        return table
    }

    private var lapsedParts: String {
        counts.lapsed.keys.sorted().compactMap { SkipReason(rawValue: $0)?.explanation }.joined(separator: "; ")
    }

    private var openParts: String {
        let parts = [DeliveryState.planned, .deferred, .sending, .retryWait, .uncertain]
            .filter { counts[$0] > 0 }.map { "\($0.name) \(Figures.count(counts[$0]))" }
        return parts.isEmpty ? "" : "(" + parts.joined(separator: ", ") + ")"
    }

    private func checks(for terminal: Terminal) -> String {
        guard let violations else { return "" }
        guard !violations.isEmpty else {
            return "  " + terminal.styled("✓", .green)
                + " verified: every contact of the audience is in exactly one state\n"
        }
        return violations.map { "  " + terminal.styled("✗", .red) + " \($0)\n" }.joined()
    }

    private var advice: String {
        if counts[.uncertain] > 0 {
            let rows = Figures.count(counts[.uncertain], "send")
            return "\n\(rows) without an answer: the server may have taken the message, or not.\n"
                + "  carillon uncertain list \(id)      which ones\n"
                + "  carillon uncertain settle \(id) --as accepted|not_accepted|give_up\n"
        }
        switch state {
        case "paused": return "\n`carillon resume \(id)` lets it go on.\n"
        case "interrupted": return "\nRunning it again resumes where it stopped.\n"
        default: return ""
        }
    }

    private var stateStyle: Terminal.Style {
        switch state {
        case "finished": .green
        case "cancelled", "killed": .red
        case "running", "planning": .bold
        default: .yellow
        }
    }
}

extension NewsCounts {
    var json: JSON {
        [
            "messages": JSON(told), "delivered": JSON(delivered), "read": JSON(read), "opened": JSON(opened),
            "clicked": JSON(clicked), "failed": JSON(failed), "bounced": JSON(bounced),
            "complained": JSON(complained), "unsubscribed": JSON(unsubscribed),
        ]
    }
}

extension ExperimentVerdict {
    var table: Table {
        var table = Table(.left, .right, .right, .left, indent: 4)
        for arm in arms {
            table.add(
                arm.name,
                "\(Figures.count(arm.result.converted)) of \(Figures.count(arm.result.people))",
                Shares.text(arm.result.converted, of: arm.result.people),
                arm.pValue.map { "p \(Shares.chance($0))" } ?? "the best"
            )
        }
        return table
    }
}

extension GoalCounts {
    var json: JSON {
        func side(_ conversion: Conversion) -> JSON {
            ["people": JSON(conversion.people), "converted": JSON(conversion.converted)]
        }
        return [
            "treated": side(treated), "held_out": side(heldOut),
            "lift": lift.map { lift -> JSON in
                [
                    "points": .string(Shares.points(lift.difference)),
                    "low": .string(Shares.points(lift.interval.lowerBound)),
                    "high": .string(Shares.points(lift.interval.upperBound)),
                ]
            } ?? .null,
        ]
    }

    var text: String {
        var text = "  goal  \(Figures.count(treated.converted)) of \(Figures.count(treated.people)) who were sent it"
        text += " (\(Shares.text(treated.converted, of: treated.people)))\n"
        guard let lift else { return text }
        text += "        \(Figures.count(heldOut.converted)) of \(Figures.count(heldOut.people)) who were held out"
        text += " (\(Shares.text(heldOut.converted, of: heldOut.people)))\n"
        text += "  lift  \(Shares.points(lift.difference)) percentage points, with 95% confidence between"
        text += " \(Shares.points(lift.interval.lowerBound)) and \(Shares.points(lift.interval.upperBound))\n"
        return text
    }
}

extension Shares {
    /// `1.25`, of a share: in percentage points.
    static func points(_ difference: Double) -> String {
        let hundredths = Int((difference * 10_000).rounded())
        let size = abs(hundredths)
        return "\(hundredths < 0 ? "-" : "")\(size / 100).\(size % 100 < 10 ? "0" : "")\(size % 100)"
    }

    /// A probability, to the fourth decimal.
    static func chance(_ p: Double) -> String {
        if p < 0.0001 { return "<0.0001" }
        let parts = Int((min(1, p) * 10_000).rounded())
        let digits = String(parts % 10_000)
        return "\(parts / 10_000).\(String(repeating: "0", count: 4 - digits.count))\(digits)"
    }
}
