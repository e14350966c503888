/// What one send costs by the channels' rate cards, in micros of the project's currency.
struct SendCost {
    /// The cheapest channel, one part, the cheapest country.
    let least: Int64
    /// What the first choice costs where a route doesn't decide, else the mean of its candidates.
    let expected: Double
    /// Every attempt, each on the dearest channel that is left, with the most parts and to the dearest country.
    let most: Int64
    /// How many messages leave at most.
    let messages: Int
    /// True where `most` counts the most parts that an SMS can have, because nobody knows how long the text gets: it
    /// shows values that no schema limits.
    let countsUnknownParts: Bool

    static let none = SendCost(least: 0, expected: 0, most: 0, messages: 0, countsUnknownParts: false)

    init(least: Int64, expected: Double, most: Int64, messages: Int, countsUnknownParts: Bool) {
        self.countsUnknownParts = countsUnknownParts
        self.least = least
        self.expected = expected
        self.most = most
        self.messages = messages
    }

    /// Nil where the node sends nothing.
    init?(_ node: ProgramGraph.Node, campaign: CheckedCampaign?, in project: CheckedProject) {
        switch node {
        case .send(let channels, _):
            self.init(channels, template: campaign?.template, attempts: 1, firstChoice: true, project)
        case .deliver(let send, _):
            let channels = send.channels(in: project)
            let firstChoice = if case .route = send.reach { false } else { true }
            self.init(
                channels, template: send.template, attempts: send.attempts(in: project), firstChoice: firstChoice,
                project)
        case .entry, .holdout, .gate, .wait, .waitFor, .waitUntil, .choose, .split, .loop, .set, .tag, .untag, .emit,
            .call, .start, .handOver, .exit:
            return nil
        }
    }

    private init(
        _ ids: [String], template: CheckedTemplate?, attempts: Int, firstChoice: Bool, _ project: CheckedProject
    ) {
        let prices = ids.compactMap { project.channels[$0] }.map {
            MessageBounds(anyOf: $0, template: template, in: project)
        }
        messages = attempts
        countsUnknownParts = prices.contains(where: \.countsUnknownParts)
        least = prices.map(\.least).min() ?? 0
        most = prices.map(\.most).sorted(by: >).prefix(attempts).reduce(0) { $0.cappedSum($1) }
        let counted = firstChoice ? prices.prefix(1) : prices[...]
        expected = counted.isEmpty ? 0 : counted.reduce(0) { $0 + $1.expected } / Double(counted.count)
    }
}

/// What one message on one channel costs.
struct MessageBounds {
    private(set) var least: Int64
    let expected: Double
    private(set) var most: Int64
    private(set) var countsUnknownParts: Bool

    /// The channel, or an account that takes over while it is down.
    init(anyOf channel: CheckedChannel, template: CheckedTemplate?, in project: CheckedProject) {
        self.init(channel, template: template, in: project)
        for other in channel.failover.compactMap({ project.channels[$0] }) {
            let bounds = MessageBounds(other, template: template, in: project)
            least = min(least, bounds.least)
            most = max(most, bounds.most)
            countsUnknownParts = countsUnknownParts || bounds.countsUnknownParts
        }
    }

    init(_ channel: CheckedChannel, template: CheckedTemplate?, in project: CheckedProject) {
        let fixed = channel.costPerMessage?.micros ?? 0
        let prices = channel.costPerSegment.values.map(\.micros)
        // Without a price a part, how many there are costs nothing.
        let messages = prices.isEmpty ? [] : Array((template?.messages[channel.kind] ?? [:]).values)
        let parts = PartBounds(messages, in: project)
        countsUnknownParts = !prices.isEmpty && parts.isUnlimited
        least = fixed.cappedSum(prices.min() ?? 0)
        most = fixed.cappedSum((prices.max() ?? 0).cappedProduct(Int64(parts.most)))
        // A contact of no named country is the usual one as far as the file says.
        let usual = channel.costPerSegment["other"]?.micros ?? prices.max() ?? 0
        expected = Double(fixed) + Double(usual) * Double(parts.expected)
    }
}

/// Into how many parts an SMS may fall: what its longest rendering needs, in any language.
struct PartBounds {
    /// 1,600 characters are the longest text that SMS providers take; with a character outside of the SMS alphabet a
    /// part holds 67 of them.
    static let limit = 24

    let expected: Int
    let most: Int
    /// Some value that the text shows may be of any length.
    let isUnlimited: Bool

    init(_ messages: [CompiledMessage], in project: CheckedProject) {
        let texts = messages.compactMap { $0.fields["text"] }
        let facts = RenderingFacts(project)
        let usual = texts.map { $0.longest(facts, assuming: .usual).segments }
        let longest = texts.map { $0.longest(facts, assuming: .anyCharacter) }
        expected = max(1, usual.max() ?? 1)
        isUnlimited = texts.isEmpty || longest.contains { !$0.assumed.isEmpty }
        most = isUnlimited ? Self.limit : min(Self.limit, longest.map(\.segments).max() ?? 1)
    }
}

extension CheckedSend {
    func channels(in project: CheckedProject) -> [String] {
        switch reach {
        case .channels(let ids): ids
        case .route(let id): project.routes[id]?.candidates ?? []
        case .reply(let channel): [channel]
        }
    }

    /// The route's escalation where the send has none of its own.
    func escalation(in project: CheckedProject) -> TryNext? {
        if let tryNext { return tryNext }
        if case .route(let id) = reach { return project.routes[id]?.tryNext }
        return nil
    }

    func attempts(in project: CheckedProject) -> Int {
        guard let next = escalation(in: project) else { return 1 }
        let channels = channels(in: project).count
        return max(1, min(next.attempts ?? channels, channels))
    }

    /// How long after the first message the last attempt may leave.
    func tail(in project: CheckedProject) -> Int64 {
        max(0, escalation(in: project)?.after ?? 0).cappedProduct(Int64(attempts(in: project) - 1))
    }
}
