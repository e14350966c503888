import RuleEngine
import Runner

extension ImportSummary {
    func text(file: String, seconds: Double) -> String {
        var table = Table(.left, .right)
        table.add("rows", Figures.count(rows))
        table.add("created", Figures.count(created))
        table.add("updated", Figures.count(updated))
        table.add("unchanged", Figures.count(unchanged))
        table.add("refused", Figures.count(refused))
        var text = "\(file): imported in \(Figures.duration(seconds: seconds))\n" + table.text
        if suppressed > 0 {
            text += "  \(Figures.count(suppressed, "contact")) on the suppression list stay there\n"
        }
        if keptRefusals > 0 {
            text +=
                "  \(Figures.count(keptRefusals, "row")) with a consent older than a refusal recorded here: the refusal stands\n"
        }
        return text
    }
}

extension ConsentState {
    var line: String {
        var text = "\(channel), \(purpose.rawValue): \(level.name)"
        if let givenAt { text += ", given \(Figures.instant(givenAt))" }
        if let source { text += " by \(source)" }
        if let expiresAt { text += ", until \(Figures.instant(expiresAt))" }
        if let revokedAt { text += "; revoked \(Figures.instant(revokedAt))" + (revokedVia.map { " by \($0)" } ?? "") }
        return text
    }
}

extension ConsentEvent {
    var cells: (at: String, what: String, by: String) {
        var what = action.rawValue + " " + channel
        if !purpose.isEmpty { what += ", " + purpose }
        if let level { what += ": " + level.name }
        return (Figures.instant(at), what, [actor, source].compactMap { $0 }.joined(separator: ", "))
    }
}

extension SuppressionEntry {
    var line: String {
        "\(channel ?? "every channel"): \(reason?.code ?? "do not contact")"
            + (isMarketingOnly ? " (marketing)" : "") + ", \(Figures.instant(at))" + (source.map { ", \($0)" } ?? "")
    }
}

extension ContactSheet {
    func text(for terminal: Terminal) -> String {
        let text = terminal.styled(externalID, .bold) + (isErased ? "  (erased)" : "") + "\n"
        var table = Table(.left, .left)
        for address in addresses { table.add(address.kind, address.address) }
        for attribute in attributes { table.add(attribute.name, attribute.value) }
        for extra in extras { table.add(extra.name, extra.value) }
        for permission in permissions { table.add("allow.\(permission.channel)", permission.isAllowed ? "yes" : "no") }
        if doNotContact { table.add("do_not_contact", "yes") }
        return text + table.text + consentText(for: terminal)
    }

    /// Consent, refusals and what led to them: what `consent show` prints alone.
    func consentText(for terminal: Terminal) -> String {
        var text = ""
        if consents.isEmpty { text += "  no consent is recorded\n" }
        for consent in consents { text += "  consent  " + consent.line + "\n" }
        for entry in suppressions { text += "  " + terminal.styled("suppressed", .yellow) + "  " + entry.line + "\n" }
        for topic in topicsOff {
            text += "  topic off  \(topic.channel): \(topic.topic), \(Figures.instant(topic.at))\n"
        }
        guard !history.isEmpty else { return text }
        var table = Table(.left, .left, .left, indent: 4)
        for event in history.suffix(20) {
            let cells = event.cells
            table.add(cells.at, cells.what, terminal.styled(cells.by, .dim))
        }
        return text + "  history\n" + table.text
    }
}
