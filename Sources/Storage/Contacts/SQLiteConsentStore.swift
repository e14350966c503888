package import RuleEngine
package import Runner

/// Consent, refusals and suppressions in the database.
package final class SQLiteConsentStore: ConsentStore {
    let connection: Connection
    let hasher: AddressHasher
    let history: HistoryWriting
    private let normalizer = AddressNormalizer()

    package init(_ connection: Connection, key: DataKey) throws(StoreError) {
        self.connection = connection
        hasher = AddressHasher(key)
        history = try HistoryWriting(connection)
    }

    package func record(
        _ consent: ConsentState,
        for contact: ContactKey,
        actor: String,
        now: Timestamp
    ) throws(StoreError) {
        try connection.transaction { () throws(StoreError) in
            try write(consent, for: contact, actor: actor, now: now)
        }
    }

    /// Inside a transaction.
    func write(
        _ consent: ConsentState, for contact: ContactKey, actor: String, now: Timestamp
    ) throws(StoreError) {
        let statement = try connection.prepare(
            """
            INSERT INTO consent (contact, channel, purpose, level, given_at, source, wording, expires_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
            ON CONFLICT DO UPDATE SET level = excluded.level, given_at = excluded.given_at, source = excluded.source,
                wording = excluded.wording, expires_at = excluded.expires_at, revoked_at = NULL, revoked_via = NULL
            """
        )
        statement.bind(1, contact.rawValue)
        statement.bind(2, consent.channel)
        statement.bind(3, consent.purpose.rawValue)
        statement.bind(4, Int64(consent.level.rawValue))
        statement.bind(5, consent.givenAt?.microseconds)
        statement.bind(6, consent.source)
        statement.bind(7, consent.wording)
        statement.bind(8, consent.expiresAt?.microseconds)
        try statement.run()
        try history.append(
            contact.rawValue,
            ConsentEvent(
                channel: consent.channel,
                purpose: consent.purpose.rawValue,
                action: consent.level == .none ? .revoked : .granted,
                level: consent.level,
                at: consent.givenAt ?? now,
                source: consent.source,
                wording: consent.wording,
                actor: actor,
                recordedAt: now
            )
        )
        try connection.raiseSuppressionEpoch()
    }

    package func revoke(
        _ contact: ContactKey,
        channel: String,
        purpose: Purpose,
        source: String,
        actor: String,
        now: Timestamp
    ) throws(StoreError) -> Bool {
        try connection.transaction { () throws(StoreError) in
            guard try markRevoked(contact, channel, purpose, source, actor: actor, now: now) else { return false }
            try connection.raiseSuppressionEpoch()
            return true
        }
    }

    /// Inside a transaction. A person without a record gets one: the refusal must outlive a later import.
    func markRevoked(
        _ contact: ContactKey,
        _ channel: String,
        _ purpose: Purpose,
        _ source: String,
        actor: String,
        now: Timestamp
    ) throws(StoreError) -> Bool {
        let statement = try connection.prepare(
            """
            INSERT INTO consent (contact, channel, purpose, level, revoked_at, revoked_via) VALUES (?1, ?2, ?3, 0, ?4, ?5)
            ON CONFLICT DO UPDATE SET revoked_at = excluded.revoked_at, revoked_via = excluded.revoked_via
            WHERE revoked_at IS NULL
            """
        )
        statement.bind(1, contact.rawValue)
        statement.bind(2, channel)
        statement.bind(3, purpose.rawValue)
        statement.bind(4, now.microseconds)
        statement.bind(5, source)
        try statement.run()
        guard connection.changes > 0 else { return false }
        try history.append(
            contact.rawValue,
            ConsentEvent(
                channel: channel,
                purpose: purpose.rawValue,
                action: .revoked,
                level: nil,
                at: now,
                source: source,
                wording: nil,
                actor: actor,
                recordedAt: now
            )
        )
        return true
    }

    package func show(
        _ contact: ContactKey
    ) throws(StoreError) -> (current: [ConsentState], history: [ConsentEvent]) {
        try connection.snapshot { () throws(StoreError) in
            (try currentConsents(contact), try events(contact))
        }
    }

    package func suppress(
        _ target: SuppressionTarget,
        channel: String?,
        reason: SuppressionReason,
        marketingOnly: Bool,
        source: String,
        actor: String,
        now: Timestamp
    ) throws(ConsentError) -> Int {
        let typed = try resolve(target)
        let hasNoAddress: Bool
        do throws(StoreError) {
            let count = try connection.transaction { () throws(StoreError) in
                var added = 0
                for address in try addresses(typed, channel: channel) {
                    added += try insert(address, channel, reason, marketingOnly: marketingOnly, source, now: now)
                }
                if case .contact(let contact) = typed {
                    // A new address of the same person is meant as well, where everything is.
                    if channel == nil, !marketingOnly { added += try markDoNotContact(contact) }
                    if added > 0 {
                        try append(.suppressed, contact, channel, source, actor: actor, now: now)
                    }
                }
                if added > 0 { try connection.raiseSuppressionEpoch() }
                return added
            }
            if count > 0 { return count }
            hasNoAddress = try addresses(typed, channel: channel).isEmpty && (channel != nil || marketingOnly)
        } catch {
            throw .store(error)
        }
        if hasNoAddress { throw .noAddress }
        return 0
    }

    package func unsuppress(
        _ target: SuppressionTarget,
        channel: String?,
        reason: String,
        actor: String,
        now: Timestamp
    ) throws(ConsentError) -> Int {
        guard reason.utf8.contains(where: { $0 > 0x20 }) else { throw .noReason }
        let typed = try resolve(target)
        do throws(StoreError) {
            return try connection.transaction { () throws(StoreError) in
                let delete = try connection.prepare(
                    "DELETE FROM suppression WHERE tenant = 1 AND address_key = ?1 AND channel = ?2"
                )
                var removed = 0
                for address in try addresses(typed, channel: channel) {
                    delete.bindBlob(1, address.key)
                    delete.bind(2, channel ?? "")
                    try delete.run()
                    removed += connection.changes
                }
                if case .contact(let contact) = typed {
                    if channel == nil {
                        let clear = try connection.prepare(
                            "UPDATE contact SET do_not_contact = 0 WHERE id = ?1 AND do_not_contact <> 0"
                        )
                        clear.bind(1, contact.rawValue)
                        try clear.run()
                        removed += connection.changes
                    }
                    if removed > 0 { try append(.unsuppressed, contact, channel, reason, actor: actor, now: now) }
                } else if removed > 0 {
                    for contact in try holders(of: typed) {
                        try append(.unsuppressed, contact, channel, reason, actor: actor, now: now)
                    }
                }
                if removed > 0 { try connection.raiseSuppressionEpoch() }
                return removed
            }
        } catch {
            throw .store(error)
        }
    }

    package func optOut(
        _ contact: ContactKey,
        channel: String,
        topic: String,
        source: String,
        actor: String,
        now: Timestamp
    ) throws(StoreError) -> Bool {
        try connection.transaction { () throws(StoreError) in
            guard try markTopicOff(contact, channel, topic, source, actor: actor, now: now) else { return false }
            try connection.raiseSuppressionEpoch()
            return true
        }
    }

    package func unsubscribe(
        _ contact: ContactKey,
        channel: String,
        topic: String?,
        source: String,
        delivery: DeliveryKey?,
        now: Timestamp
    ) throws(StoreError) -> Bool {
        try connection.transaction { () throws(StoreError) in
            var isChanged = false
            let match = DeliveryMatch(connection: connection)
            if let delivery, try match.exists(delivery) {
                let accepted = StatusNews.acceptedRank
                try match.merge(StatusNews(rank: accepted, flags: StatusNews.unsubscribed), into: delivery, at: now)
            }
            if let topic {
                isChanged = try markTopicOff(contact, channel, topic, source, actor: "person", now: now)
            } else {
                let isRevoked = try markRevoked(contact, channel, .marketing, source, actor: "person", now: now)
                // The address is listed too: it must stay refused when the person is imported anew under another id.
                var added = 0
                for address in try addresses(.contact(contact), channel: channel) {
                    added += try insert(address, channel, .unsubscribe, marketingOnly: true, source, now: now)
                }
                if added > 0, !isRevoked {
                    try append(.suppressed, contact, channel, source, actor: "person", now: now)
                }
                isChanged = isRevoked || added > 0
            }
            if isChanged { try connection.raiseSuppressionEpoch() }
            return isChanged
        }
    }

    package func isUnsubscribed(
        _ contact: ContactKey,
        channel: String,
        topic: String?
    ) throws(StoreError) -> Bool {
        try connection.snapshot { () throws(StoreError) in
            let statement = try connection.prepare(
                """
                SELECT EXISTS (SELECT 1 FROM consent WHERE contact = ?1 AND channel = ?2 AND purpose = 'marketing'
                        AND revoked_at IS NOT NULL)
                    OR EXISTS (SELECT 1 FROM topic_optout WHERE contact = ?1 AND channel = ?2 AND topic = ?3)
                    OR EXISTS (SELECT 1 FROM identity i JOIN suppression s ON s.tenant = 1 AND s.address_key = i.address_key
                        WHERE i.contact = ?1 AND i.kind = ?4 AND s.channel = ?2)
                """
            )
            statement.bind(1, contact.rawValue)
            statement.bind(2, channel)
            statement.bind(3, topic)
            statement.bind(4, AddressNormalizer.kind(ofChannel: channel))
            defer { statement.reset() }
            return try statement.step() && statement.integer(0) == 1
        }
    }

    // MARK: Parts, each inside a transaction

    struct KnownAddress {
        var kind: String
        var key: [UInt8]
    }

    /// What a target stands for, once an address has its one form.
    enum Resolved {
        case contact(ContactKey)
        case address(KnownAddress)
    }

    private func resolve(_ target: SuppressionTarget) throws(ConsentError) -> Resolved {
        switch target {
        case .contact(let contact): return .contact(contact)
        case .address(let kind, let typed):
            switch normalizer.normalize(kind: kind, typed) {
            case .success(let address): return .address(KnownAddress(kind: kind, key: hasher.key(kind: kind, address)))
            case .failure(let fault): throw .badAddress(fault)
            }
        }
    }

    /// All of a contact's addresses, or those of a channel.
    func addresses(_ target: Resolved, channel: String?) throws(StoreError) -> [KnownAddress] {
        switch target {
        case .address(let address): return [address]
        case .contact(let contact):
            let statement = try connection.prepare(
                "SELECT kind, address_key FROM identity WHERE contact = ?1 AND (?2 IS NULL OR kind = ?2)"
            )
            statement.bind(1, contact.rawValue)
            statement.bind(2, channel.map { AddressNormalizer.kind(ofChannel: $0) })
            var found: [KnownAddress] = []
            while try statement.step() {
                found.append(KnownAddress(kind: statement.string(0), key: statement.blob(1)))
            }
            return found
        }
    }

    private func holders(of target: Resolved) throws(StoreError) -> [ContactKey] {
        guard case .address(let address) = target else { return [] }
        let statement = try connection.prepare("SELECT DISTINCT contact FROM identity WHERE address_key = ?1")
        statement.bindBlob(1, address.key)
        var found: [ContactKey] = []
        while try statement.step() { found.append(ContactKey(rawValue: statement.integer(0))) }
        return found
    }

    /// How many entries are new: none or one.
    func insert(
        _ address: KnownAddress,
        _ channel: String?,
        _ reason: SuppressionReason,
        marketingOnly: Bool,
        _ source: String,
        now: Timestamp
    ) throws(StoreError) -> Int {
        // An entry that covers everything is not narrowed by a later one; one for marketing is widened.
        let statement = try connection.prepare(
            """
            INSERT INTO suppression (tenant, address_key, channel, reason, marketing_only, at, source)
            VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6)
            ON CONFLICT DO UPDATE SET marketing_only = 0 WHERE marketing_only = 1 AND excluded.marketing_only = 0
            """
        )
        statement.bindBlob(1, address.key)
        statement.bind(2, channel ?? "")
        statement.bind(3, channel == nil ? 0 : Int64(reason.rawValue))
        statement.bind(4, marketingOnly ? 1 : 0)
        statement.bind(5, now.microseconds)
        statement.bind(6, source)
        try statement.run()
        return connection.changes
    }

    private func markDoNotContact(_ contact: ContactKey) throws(StoreError) -> Int {
        let statement = try connection.prepare(
            "UPDATE contact SET do_not_contact = 2 WHERE id = ?1 AND do_not_contact <> 2"
        )
        statement.bind(1, contact.rawValue)
        try statement.run()
        return connection.changes
    }

    private func markTopicOff(
        _ contact: ContactKey,
        _ channel: String,
        _ topic: String,
        _ source: String,
        actor: String,
        now: Timestamp
    ) throws(StoreError) -> Bool {
        let statement = try connection.prepare(
            "INSERT INTO topic_optout (contact, channel, topic, at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING"
        )
        statement.bind(1, contact.rawValue)
        statement.bind(2, channel)
        statement.bind(3, topic)
        statement.bind(4, now.microseconds)
        try statement.run()
        guard connection.changes > 0 else { return false }
        try history.append(
            contact.rawValue,
            ConsentEvent(
                channel: channel,
                purpose: "marketing:\(topic)",
                action: .topicOff,
                level: nil,
                at: now,
                source: source,
                wording: nil,
                actor: actor,
                recordedAt: now
            )
        )
        return true
    }

    func append(
        _ action: ConsentEvent.Action,
        _ contact: ContactKey,
        _ channel: String?,
        _ source: String,
        actor: String,
        now: Timestamp
    ) throws(StoreError) {
        try history.append(
            contact.rawValue,
            ConsentEvent(
                channel: channel ?? "",
                purpose: "",
                action: action,
                level: nil,
                at: now,
                source: source,
                wording: nil,
                actor: actor,
                recordedAt: now
            )
        )
    }
}

extension SQLiteStore {
    package func openConsents() throws(StoreError) -> any ConsentStore {
        try SQLiteConsentStore(try connect(), key: key)
    }
}
