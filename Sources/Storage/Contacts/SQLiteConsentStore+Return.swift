package import RuleEngine
package import Runner

/// What people take back of their own refusals.
extension SQLiteConsentStore {
    package func agreeAnew(
        _ contact: ContactKey, _ consent: ConsentState, now: Timestamp
    ) throws(StoreError) {
        try connection.transaction { () throws(StoreError) in try agree(contact, consent, now: now) }
    }

    /// Inside a transaction.
    func agree(_ contact: ContactKey, _ consent: ConsentState, now: Timestamp) throws(StoreError) {
        // Their own word alone. What a provider, a complaint, a STOP or an operator has listed stays.
        let lift = try connection.prepare(
            """
            DELETE FROM suppression WHERE tenant = 1 AND address_key = ?1 AND channel = ?2 AND reason = ?3
                AND marketing_only = 1
            """)
        var lifted = 0
        for address in try addresses(.contact(contact), channel: consent.channel) {
            lift.bindBlob(1, address.key)
            lift.bind(2, consent.channel)
            lift.bind(3, Int64(SuppressionReason.unsubscribe.rawValue))
            try lift.run()
            lifted += connection.changes
        }
        let allow = try connection.prepare("UPDATE permission SET allowed = 1 WHERE contact = ?1 AND channel = ?2")
        allow.bind(1, contact.rawValue)
        allow.bind(2, consent.channel)
        try allow.run()
        if lifted > 0 {
            try append(.unsuppressed, contact, consent.channel, consent.source ?? "", actor: "person", now: now)
        }
        try write(consent, for: contact, actor: "person", now: now)
    }

    package func optIn(
        _ contact: ContactKey, channel: String, topic: String, source: String, actor: String, now: Timestamp
    ) throws(StoreError) -> Bool {
        try connection.transaction { () throws(StoreError) in
            let statement = try connection.prepare(
                "DELETE FROM topic_optout WHERE contact = ?1 AND channel = ?2 AND topic = ?3")
            statement.bind(1, contact.rawValue)
            statement.bind(2, channel)
            statement.bind(3, topic)
            try statement.run()
            guard connection.changes > 0 else { return false }
            try history.append(
                contact.rawValue,
                ConsentEvent(
                    channel: channel, purpose: "marketing:\(topic)", action: .topicOn, level: nil, at: now,
                    source: source, wording: nil, actor: actor, recordedAt: now))
            try connection.raiseSuppressionEpoch()
            return true
        }
    }
}
