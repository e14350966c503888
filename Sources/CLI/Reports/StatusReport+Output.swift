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
        ]
        return violations.map { report.adding("violations", JSON($0)) } ?? report
    }

    func text(for terminal: Terminal) -> String {
        var text = terminal.styled(id, .bold) + ": " + terminal.styled(state, stateStyle)
        text += terminal.styled(
            "  (launch \(launch.rawValue) of \(Figures.instant(createdAt)), channel \(channel), version \(version.prefix(12)))",
            .dim
        )
        text += "\n\n" + account(for: terminal)
        if !news.named.isEmpty { text += "\n  the provider tells\n" + told.text }
        text += "\n  cost  \(Figures.money(cost))"
        if counts.reservedMicros > 0 {
            let reserved = Money(micros: counts.reservedMicros, currency: cost.currency)
            text += ", and \(Figures.money(reserved)) reserved for sends without an answer"
        }
        text += "\n" + verdict(for: terminal) + advice
        return text
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
            sums.add(state.name, terminal.styled(Figures.count(counts[state]), .yellow), "")
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

    private var openParts: String {
        let parts = [DeliveryState.planned, .deferred, .sending, .retryWait, .uncertain]
            .filter { counts[$0] > 0 }.map { "\($0.name) \(Figures.count(counts[$0]))" }
        return parts.isEmpty ? "" : "(" + parts.joined(separator: ", ") + ")"
    }

    private func verdict(for terminal: Terminal) -> String {
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
        case "interrupted", "paused": return "\nRunning it again resumes where it stopped.\n"
        default: return ""
        }
    }

    private var stateStyle: Terminal.Style {
        switch state {
        case "finished": .green
        case "cancelled": .red
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
