import RuleEngine

// Contacts, consent and imports as JSON: for `--json` and the API alike.

extension ImportSummary {
    /// rows = created + updated + unchanged + refused.
    package var json: JSON {
        [
            "rows": JSON(rows), "created": JSON(created), "updated": JSON(updated), "unchanged": JSON(unchanged),
            "refused": JSON(refused), "reasons": JSON(faults), "suppressed": JSON(suppressed),
            "kept_refusals": JSON(keptRefusals),
        ]
    }
}

extension Refusal {
    package var json: JSON {
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
    package var json: JSON {
        [
            "channel": .string(channel), "purpose": .string(purpose.rawValue), "level": .string(level.name),
            "given_at": JSON(givenAt.map(ISOInstant.text)), "source": JSON(source), "wording": JSON(wording),
            "expires_at": JSON(expiresAt.map(ISOInstant.text)), "revoked_at": JSON(revokedAt.map(ISOInstant.text)),
            "revoked_via": JSON(revokedVia),
        ]
    }
}

extension ConsentEvent {
    package var json: JSON {
        [
            "at": .string(ISOInstant.text(at)), "action": .string(action.rawValue), "channel": .string(channel),
            "purpose": .string(purpose), "level": JSON(level?.name), "source": JSON(source), "wording": JSON(wording),
            "actor": .string(actor), "recorded_at": .string(ISOInstant.text(recordedAt)),
        ]
    }
}

extension SuppressionEntry {
    package var json: JSON {
        [
            "address_key": .string(addressKey), "channel": JSON(channel), "reason": JSON(reason?.code ?? "dnc_tenant"),
            "marketing_only": JSON(isMarketingOnly), "at": .string(ISOInstant.text(at)), "source": JSON(source),
            "contact": JSON(contact),
        ]
    }
}

extension ContactSheet {
    package var json: JSON { knowsFields ? members : members.adding("fields_known", false) }

    private var members: JSON {
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
                    ["channel": .string($0.channel), "topic": .string($0.topic), "at": .string(ISOInstant.text($0.at))]
                }
            ),
            "history": .array(history.map(\.json)), "created_at": .string(ISOInstant.text(createdAt)),
            "updated_at": .string(ISOInstant.text(updatedAt)),
        ]
    }
}
