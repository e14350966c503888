import RuleEngine

/// What people agreed to, what they refused, and how they want to be written to.
extension ServiceDesk {
    package func record(_ consent: ConsentState, for name: String, actor: String) throws -> ContactSheet {
        try consents().record(consent, for: try contact(name), actor: actor, now: now)
        return try sheet(of: name)
    }

    package func revoke(_ name: String, channel: String, source: String, actor: String) throws -> ContactSheet {
        _ = try consents().revoke(
            try contact(name), channel: channel, purpose: .marketing, source: source, actor: actor, now: now)
        return try sheet(of: name)
    }

    /// The newest first.
    package func suppressions(_ page: PageRequest) throws -> FoundPage<SuppressionEntry> {
        let place = try page.after.map { text in
            guard let place = SuppressionEntry.Place(text) else { throw ServiceRefusal.badCursor }
            return place
        }
        let rows = try consents().suppressions(after: place, limit: page.offset + page.limit + 1)
        return FoundPage(Array(rows.dropFirst(page.offset)), limit: page.limit, cursor: \.cursor)
    }

    /// - Returns: how many entries are new.
    package func suppress(
        _ target: String, channel: String?, reason: SuppressionReason, marketingOnly: Bool, source: String,
        actor: String
    ) throws -> Int {
        let whom = try suppressionTarget(target)
        do {
            return try consents().suppress(
                whom, channel: channel, reason: reason, marketingOnly: marketingOnly, source: source, actor: actor,
                now: now)
        } catch let error as ConsentError {
            throw try Self.refusal(of: error)
        }
    }

    /// - Returns: how many entries there were.
    package func unsuppress(
        _ target: String, channel: String?, because reason: String, actor: String
    ) throws -> Int {
        let whom = try suppressionTarget(target)
        do {
            return try consents().unsuppress(whom, channel: channel, reason: reason, actor: actor, now: now)
        } catch let error as ConsentError {
            throw try Self.refusal(of: error)
        }
    }

    private func suppressionTarget(_ text: String) throws -> SuppressionTarget {
        if let target = SuppressionTarget(address: text) { return target }
        return .contact(try contact(text))
    }

    /// A failure of the data folder is thrown as itself.
    private static func refusal(of error: ConsentError) throws(StoreError) -> ServiceRefusal {
        switch error {
        case .store(let error): throw error
        case .badAddress(let fault): ServiceRefusal(.invalid, "bad_address", fault.message, help: fault.help)
        case .noAddress: ServiceRefusal(.invalid, "no_address", "the contact has no address to suppress")
        case .noReason: ServiceRefusal(.invalid, "no_reason", "an entry is only lifted with a reason")
        }
    }

    // MARK: Preferences

    /// How somebody wants to be written to, as the person or a form of theirs says it.
    package struct PreferenceChange: Sendable {
        package var preferredChannel: String?
        /// Kind of channel → whether it may be used.
        package var channels: [(kind: String, isAllowed: Bool)] = []
        package var topicsOff: [(channel: String, topic: String)] = []
        package var doNotContact = false

        package init() {}
    }

    package func change(
        preferencesOf name: String, _ change: PreferenceChange, source: String, actor: String
    ) throws -> ContactSheet {
        let key = try contact(name)
        var members = change.channels.map { JSON.Entry(key: "allow." + $0.kind, value: .bool($0.isAllowed)) }
        if let preferred = change.preferredChannel {
            members.append(JSON.Entry(key: "preferred_channel", value: .string(preferred)))
        }
        if !members.isEmpty { _ = try write(name, members, replaces: false) }
        for (channel, topic) in change.topicsOff {
            _ = try consents().optOut(key, channel: channel, topic: topic, source: source, actor: actor, now: now)
        }
        if change.doNotContact {
            do {
                _ = try consents().suppress(
                    .contact(key), channel: nil, reason: .unsubscribe, marketingOnly: false, source: source,
                    actor: actor, now: now)
            } catch let error as ConsentError {
                throw try Self.refusal(of: error)
            }
        }
        return try sheet(of: key)
    }
}

extension SuppressionTarget {
    /// What looks like an address is one, so that it is suppressed even when no contact has it. Nil for an id.
    package init?(address text: String) {
        let isPhone = text.hasPrefix("+") && text.utf8.dropFirst().contains { (48...57).contains($0) }
        guard text.contains("@") || isPhone else { return nil }
        self = .address(kind: isPhone ? "phone" : "email", text)
    }
}
