import RuleEngine

/// Reads the links to a person's preferences, and writes down what they choose there.
package struct PreferenceDesk: Sendable {
    /// What a page may show. No name and no address: links are forwarded.
    package struct Sheet: Sendable, Equatable {
        package var sender: String
        package var language: String?
        package var channels: [Channel]
        /// The message was a test, so that there is nothing to choose.
        package var isTest: Bool
    }

    package struct Channel: Sendable, Equatable {
        /// `email`, `sms` …
        package var kind: String
        package var isOn: Bool
        /// A provider, a complaint, a STOP or an operator stands in the way: this page can't change it.
        package var isBlocked: Bool
        package var topics: [Topic]
    }

    package struct Topic: Sendable, Equatable {
        package var name: String
        package var isOn: Bool
    }

    /// One box of the page.
    package struct Choice: Sendable, Equatable {
        package var kind: String
        /// Nil for the channel itself.
        package var topic: String?
        package var isOn: Bool
        /// The words beside the box.
        package var wording: String

        package init(kind: String, topic: String?, isOn: Bool, wording: String) {
            self.kind = kind
            self.topic = topic
            self.isOn = isOn
            self.wording = wording
        }
    }

    private let store: any Store
    private let projects: ProjectReader
    private let links: MessageLinks
    private let environment: RunnerEnvironment

    package init(store: any Store, projects: ProjectReader, environment: RunnerEnvironment) {
        self.store = store
        self.projects = projects
        self.environment = environment
        links = MessageLinks(store)
    }

    /// Nil for a link that this data folder did not seal. Changes nothing.
    package func sheet(_ token: String) throws -> Sheet? {
        guard let subject = try links.open(token) else { return nil }
        return try sheet(of: subject, store.openConsents())
    }

    /// Durable when it returns. A box that stands as it stood writes nothing.
    package func choose(_ token: String, _ choices: [Choice]) throws -> Sheet? {
        guard let subject = try links.open(token) else { return nil }
        let consents = try store.openConsents()
        let sheet = try sheet(of: subject, consents)
        guard let launch = subject.launch else { return sheet }
        let source = "preferences, link of launch \(launch.id.rawValue) of \(launch.program)"
        for choice in choices {
            guard let channel = sheet.channels.first(where: { $0.kind == choice.kind }) else { continue }
            if let topic = choice.topic {
                guard let known = channel.topics.first(where: { $0.name == topic }), known.isOn != choice.isOn else {
                    continue
                }
                _ =
                    try choice.isOn
                    ? consents.optIn(
                        subject.contact, channel: choice.kind, topic: topic, source: source, actor: "person",
                        now: environment.now())
                    : consents.optOut(
                        subject.contact, channel: choice.kind, topic: topic, source: source, actor: "person",
                        now: environment.now())
            } else if channel.isOn != choice.isOn {
                try turn(subject, choice, channel, source, consents)
            }
        }
        return try self.sheet(of: subject, consents)
    }

    private func turn(
        _ subject: MessageLinks.Subject, _ choice: Choice, _ channel: Channel, _ source: String,
        _ consents: any ConsentStore
    ) throws(StoreError) {
        let now = environment.now()
        guard choice.isOn else {
            _ = try consents.unsubscribe(
                subject.contact, channel: choice.kind, topic: nil, source: source,
                delivery: subject.launch?.channelKind == choice.kind ? subject.delivery : nil, now: now)
            return
        }
        guard !channel.isBlocked else { return }
        try consents.agreeAnew(
            subject.contact,
            ConsentState(
                channel: choice.kind, purpose: .marketing, level: .express, givenAt: now, source: source,
                wording: choice.wording),
            now: now)
    }

    private func sheet(of subject: MessageLinks.Subject, _ consents: any ConsentStore) throws -> Sheet {
        let person = try consents.sheet(of: subject.contact, schema: ContactSchema(id: "standard", declared: []))
        let language = person.attributes.first { $0.name == "language" }?.value
        guard let launch = subject.launch else {
            return Sheet(sender: "", language: language, channels: [], isTest: true)
        }
        let project = try projects.current().project
        var channels: [Channel] = []
        let kinds = Set(project?.channels.values.map(\.kind) ?? []).union([launch.channelKind])
        for kind in Catalog.channelKinds where kinds.contains(kind) {
            let identity = AddressNormalizer.kind(ofChannel: kind)
            guard person.addresses.contains(where: { $0.kind == identity }) else { continue }
            let isUnsubscribed = try consents.isUnsubscribed(subject.contact, channel: kind, topic: nil)
            let hasAgreed = person.consents.contains {
                $0.channel == kind && $0.purpose == .marketing && $0.level != .none && $0.revokedAt == nil
            }
            let isRefused = person.permissions.contains { $0.channel == kind && !$0.isAllowed }
            let isBlocked =
                person.doNotContact
                || person.suppressions.contains { entry in
                    entry.channel == nil || (entry.channel == kind && entry.reason != .unsubscribe)
                }
            channels.append(
                Channel(
                    kind: kind,
                    isOn: !isUnsubscribed && !isRefused && !isBlocked && (hasAgreed || kind == launch.channelKind),
                    isBlocked: isBlocked,
                    topics: topics(of: kind, in: project).map { topic in
                        Topic(
                            name: topic,
                            isOn: !person.topicsOff.contains { $0.channel == kind && $0.topic == topic })
                    }))
        }
        return Sheet(sender: launch.brand ?? launch.program, language: language, channels: channels, isTest: false)
    }

    /// What the project writes about on a kind of channel.
    private func topics(of kind: String, in project: CheckedProject?) -> [String] {
        guard let project else { return [] }
        var topics = Set(project.templates.values.filter { $0.messages[kind] != nil }.compactMap(\.topic))
        topics.formUnion(project.campaigns.values.compactMap(\.topic))
        topics.formUnion(project.journeys.compactMap(\.topic))
        return topics.sorted()
    }
}
