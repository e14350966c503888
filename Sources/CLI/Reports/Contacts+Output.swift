import RuleEngine
import Runner

extension ImportSummary {
    /// rows = created + updated + unchanged + refused.
    var json: JSON {
        [
            "rows": JSON(rows), "created": JSON(created), "updated": JSON(updated), "unchanged": JSON(unchanged),
            "refused": JSON(refused), "reasons": JSON(faults), "suppressed": JSON(suppressed),
            "kept_refusals": JSON(keptRefusals),
        ]
    }

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

extension Refusal {
    var json: JSON {
        [
            "row": JSON(row), "line": JSON(line), "id": JSON(id),
            "faults": .array(
                faults.map { fault in
                    [
                        "code": .string(fault.code), "line": JSON(fault.line), "column": JSON(fault.column),
                        "column_number": JSON(fault.columnNumber), "message": .string(fault.message),
                        "help": .string(fault.help),
                    ]
                }
            ),
        ]
    }
}

extension ConsentState {
    var json: JSON {
        [
            "channel": .string(channel), "purpose": .string(purpose.rawValue), "level": .string(level.name),
            "given_at": JSON(givenAt.map(Figures.instant)), "source": JSON(source), "wording": JSON(wording),
            "expires_at": JSON(expiresAt.map(Figures.instant)), "revoked_at": JSON(revokedAt.map(Figures.instant)),
            "revoked_via": JSON(revokedVia),
        ]
    }

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
    var json: JSON {
        [
            "at": .string(Figures.instant(at)), "action": .string(action.rawValue), "channel": .string(channel),
            "purpose": .string(purpose), "level": JSON(level?.name), "source": JSON(source), "wording": JSON(wording),
            "actor": .string(actor), "recorded_at": .string(Figures.instant(recordedAt)),
        ]
    }

    var cells: (at: String, what: String, by: String) {
        var what = action.rawValue + " " + channel
        if !purpose.isEmpty { what += ", " + purpose }
        if let level { what += ": " + level.name }
        return (Figures.instant(at), what, [actor, source].compactMap { $0 }.joined(separator: ", "))
    }
}

extension SuppressionEntry {
    var json: JSON {
        [
            "address_key": .string(addressKey), "channel": JSON(channel), "reason": JSON(reason?.code ?? "dnc_tenant"),
            "marketing_only": JSON(isMarketingOnly), "at": .string(Figures.instant(at)), "source": JSON(source),
            "contact": JSON(contact),
        ]
    }

    var line: String {
        "\(channel ?? "every channel"): \(reason?.code ?? "do not contact")"
            + (isMarketingOnly ? " (marketing)" : "") + ", \(Figures.instant(at))" + (source.map { ", \($0)" } ?? "")
    }
}

extension ContactSheet {
    var json: JSON {
        [
            "id": .string(externalID), "erased": JSON(isErased), "do_not_contact": JSON(doNotContact),
            "attributes": .object(attributes.map { JSON.Entry(key: $0.name, value: .string($0.value)) }),
            "extras": .object(extras.map { JSON.Entry(key: $0.name, value: .string($0.value)) }),
            "addresses": .array(
                addresses.map { ["kind": .string($0.kind), "address": .string($0.address), "typed": JSON($0.typed)] }
            ),
            "permissions": .object(permissions.map { JSON.Entry(key: $0.channel, value: JSON($0.isAllowed)) }),
            "consents": .array(consents.map(\.json)), "suppressions": .array(suppressions.map(\.json)),
            "topics_off": .array(
                topicsOff.map {
                    ["channel": .string($0.channel), "topic": .string($0.topic), "at": .string(Figures.instant($0.at))]
                }
            ),
            "history": .array(history.map(\.json)), "created_at": .string(Figures.instant(createdAt)),
            "updated_at": .string(Figures.instant(updatedAt)),
        ]
    }

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
