package import RuleEngine

/// Somebody has said that a person wants to be written to, and the person has not confirmed it yet.
package struct OptInRequest: Sendable, Equatable {
    package var contact: ContactKey
    /// The kind of channel.
    package var channel: String
    package var level: ConsentLevel
    /// How we know: the form, the call.
    package var source: String
    /// The words that the person agrees to.
    package var wording: String
    package var requestedAt: Timestamp
    package var expiresAt: Timestamp
    package var confirmedAt: Timestamp?

    package init(
        contact: ContactKey, channel: String, level: ConsentLevel, source: String, wording: String,
        requestedAt: Timestamp, expiresAt: Timestamp, confirmedAt: Timestamp? = nil
    ) {
        self.contact = contact
        self.channel = channel
        self.level = level
        self.source = source
        self.wording = wording
        self.requestedAt = requestedAt
        self.expiresAt = expiresAt
        self.confirmedAt = confirmedAt
    }
}

/// Requests that wait for their person. One thread owns it.
package protocol OptInStore: AnyObject {
    /// - Returns: its row.
    func insert(_ request: OptInRequest) throws(StoreError) -> Int64
    func request(_ row: Int64) throws(StoreError) -> OptInRequest?
    /// Marks it and writes the consent down, in one transaction. False where it was confirmed before.
    func confirm(_ row: Int64, _ consent: ConsentState, now: Timestamp) throws(StoreError) -> Bool
}

/// Double opt-in: consent counts when the person has pressed a button behind a link that only they were sent.
package struct OptInDesk: Sendable {
    /// What the page may show.
    package struct Subject: Sendable, Equatable {
        package enum State: Sendable {
            case open, confirmed, expired
        }

        package var wording: String
        package var language: String?
        package var state: State
    }

    private let store: any ServiceStore
    private let sealer: ReferenceSealer
    private let environment: RunnerEnvironment

    package init(store: any ServiceStore, environment: RunnerEnvironment) {
        self.store = store
        self.environment = environment
        sealer = ReferenceSealer(store.key, for: .confirmation)
    }

    /// Nil for a link that is none of ours. Changes nothing.
    package func subject(of token: String) throws(StoreError) -> Subject? {
        guard let (_, request) = try open(token) else { return nil }
        return try subject(request)
    }

    /// Durable when it returns, and the same when it is done twice.
    package func confirm(_ token: String) throws(StoreError) -> Subject? {
        guard let (row, request) = try open(token) else { return nil }
        let subject = try subject(request)
        guard subject.state == .open else { return subject }
        let now = environment.now()
        _ = try store.openOptIns().confirm(
            row,
            ConsentState(
                channel: request.channel, purpose: .marketing, level: request.level, givenAt: now,
                source: "double opt-in, asked for \(ISOInstant.text(request.requestedAt)): \(request.source)",
                wording: request.wording),
            now: now)
        return Subject(wording: subject.wording, language: subject.language, state: .confirmed)
    }

    private func open(_ token: String) throws(StoreError) -> (Int64, OptInRequest)? {
        guard let row = sealer.openRow(token)?.row, let request = try store.openOptIns().request(row),
            let name = try store.openContacts().externalID(of: request.contact), !name.hasPrefix("erased:")
        else { return nil }
        return (row, request)
    }

    private func subject(_ request: OptInRequest) throws(StoreError) -> Subject {
        let person = try store.openConsents().sheet(
            of: request.contact, schema: ContactSchema(id: "standard", declared: []))
        let state: Subject.State =
            request.confirmedAt != nil ? .confirmed : request.expiresAt <= environment.now() ? .expired : .open
        return Subject(
            wording: request.wording, language: person.attributes.first { $0.name == "language" }?.value, state: state)
    }
}

extension ServiceDesk {
    /// Notes that somebody wants to be written to, and gives the link by which they confirm it. The link is for a message
    /// to the person, and for nobody else.
    package func requestOptIn(
        of name: String, channel: String, level: ConsentLevel, source: String, wording: String, days: Int
    ) throws -> (link: String, contact: String, expiresAt: Timestamp) {
        let key = try contact(name)
        guard let url = try project().settings.publicURL else {
            throw ServiceRefusal(
                .conflict, "no_public_url", "the project has no `public_url`, so that no link could lead to its pages",
                help: "set `public_url:` in carillon.yaml")
        }
        let expiresAt = now.advanced(by: Int64(days) * 86_400_000_000)
        let row = try optIns().insert(
            OptInRequest(
                contact: key, channel: channel, level: level, source: source, wording: wording, requestedAt: now,
                expiresAt: expiresAt))
        let token = ReferenceSealer(store.key, for: .confirmation).seal(tenant: 1, row: row)
        return (url + "/confirm/" + token, try contacts().externalID(of: key) ?? name, expiresAt)
    }
}
