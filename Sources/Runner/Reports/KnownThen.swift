import RuleEngine

/// What was known of one person's permissions at a moment, as far as it is kept: consents by their history, entries of
/// the suppression list and topics by their dates.
struct KnownThen {
    let sheet: ContactSheet
    let kind: String
    let purpose: Purpose
    let topic: String?

    /// Since when something stands in the way, and who said so.
    func values(
        at time: Timestamp, _ instant: (Timestamp) -> String = ISOInstant.text
    ) -> [(name: String, value: String)] {
        func text(_ time: Timestamp, _ source: String?) -> String { instant(time) + (source.map { ", \($0)" } ?? "") }
        var values: [(name: String, value: String)] = []
        for entry in sheet.suppressions where concerns(entry) && entry.at <= time {
            let name = entry.channel == nil ? "do not contact since" : "suppressed since"
            values.append((name, text(entry.at, entry.source)))
        }
        if let event = consent(at: time) {
            let name = event.action == .granted ? "consent given" : "consent revoked"
            values.append((name, text(event.at, event.source)))
        }
        for off in sheet.topicsOff where off.topic == topic && off.channel == kind && off.at <= time {
            values.append(("topic off since", instant(off.at)))
        }
        return values
    }

    /// The facts as they were then. An entry that was lifted since is told by `liftedSince`: why it stood is not kept.
    func corrected(_ facts: GateFacts, at time: Timestamp) -> GateFacts {
        var facts = facts
        let entries = sheet.suppressions.filter(concerns)
        let own = entries.filter { $0.channel != nil }
        if !own.isEmpty, own.allSatisfy({ $0.at > time }) { facts.suppression = nil }
        let general = entries.filter { $0.channel == nil }
        if !general.isEmpty, general.allSatisfy({ $0.at > time }) { facts.isDoNotContact = false }
        if sheet.topicsOff.contains(where: { $0.topic == topic && $0.channel == kind && $0.at > time }) {
            facts.isTopicOff = false
        }
        if sheet.history.contains(where: { isConsent($0) }) {
            let event = consent(at: time)
            facts.isConsentRevoked = event?.action == .revoked
            if event?.action == .granted {
                facts.consent = event?.level ?? facts.consent
                facts.consentGivenAt = event?.at
                facts.isProofComplete = !(event?.source ?? "").isEmpty
            } else if event == nil {
                (facts.consent, facts.consentGivenAt, facts.isProofComplete) = (.none, nil, false)
            }
        }
        facts.sends.removeAll { $0.at > time }
        return facts
    }

    /// An entry of the suppression list that stood then and was lifted since: when, and with which reason.
    func liftedSince(_ time: Timestamp) -> (from: Timestamp, until: Timestamp, reason: String?)? {
        var stood: Timestamp?
        for event in sheet.history where event.channel == kind || event.channel.isEmpty {
            switch event.action {
            case .suppressed where event.recordedAt <= time: stood = event.recordedAt
            case .unsuppressed where event.recordedAt <= time: stood = nil
            case .unsuppressed:
                if let stood { return (stood, event.recordedAt, event.source) }
            case .suppressed, .granted, .revoked, .topicOff, .topicOn, .erased: break
            }
        }
        return nil
    }

    private func concerns(_ entry: SuppressionEntry) -> Bool {
        entry.channel == nil || entry.channel == kind
    }

    private func isConsent(_ event: ConsentEvent) -> Bool {
        event.channel == kind && event.purpose == purpose.rawValue
            && (event.action == .granted || event.action == .revoked)
    }

    private func consent(at time: Timestamp) -> ConsentEvent? {
        sheet.history.last { isConsent($0) && $0.recordedAt <= time }
    }
}

extension DeliveryRecord {
    /// As it stood at a moment; nil where there was no row yet.
    func known(at time: Timestamp) -> DeliveryRecord? {
        guard createdAt <= time else { return nil }
        guard updatedAt > time else { return self }
        var record = self
        record.news = nil
        if let acceptedAt, acceptedAt <= time {
            record.state = .accepted
        } else {
            (record.state, record.acceptedAt, record.providerID) = (.planned, nil, nil)
            if let startedAt, startedAt <= time { record.state = .sending }
            (record.reason, record.notBefore) = (nil, nil)
        }
        return record
    }
}

extension HistoryFacts {
    mutating func forget(after time: Timestamp) {
        self = HistoryFacts(
            events: events.mapValues { list in list.filter { $0.at <= time } },
            messages: messages.filter { $0.sentAt <= time })
    }
}
