package import RuleEngine

/// How many messages a person may get at most in a period, by a policy's word or a law's.
package struct CapRule: Sendable, Hashable {
    package let count: Int
    /// Microseconds.
    package let period: Int64
    /// Nil: messages of any kind count.
    package let kinds: [String]?
    /// The project's channels of those kinds.
    package let channels: [String]
    /// Counted for each topic on its own.
    package let isPerTopic: Bool
    /// The law that says so, and whom it protects. Nil: the policy.
    package let pack: String?
    private let countries: [String]
    private let states: [String]

    init(_ cap: FrequencyCap, channels: [CheckedChannel]) {
        count = cap.count
        period = cap.period
        kinds = cap.kinds
        self.channels = Self.channels(channels, of: cap.kinds)
        isPerTopic = false
        pack = nil
        countries = []
        states = []
    }

    init(_ cap: Catalog.Pack.Cap, of pack: Catalog.Pack, channels: [CheckedChannel]) {
        count = cap.atMost
        period = cap.per
        kinds = cap.channels
        self.channels = Self.channels(channels, of: cap.channels)
        isPerTopic = cap.isPerSubject
        self.pack = pack.id
        countries = pack.countries
        states = pack.states
    }

    /// For tests and reports: a policy's cap.
    package init(count: Int, period: Int64, kinds: [String]? = nil) {
        self.count = count
        self.period = period
        self.kinds = kinds
        channels = []
        isPerTopic = false
        pack = nil
        countries = []
        states = []
    }

    private static func channels(_ all: [CheckedChannel], of kinds: [String]?) -> [String] {
        guard let kinds else { return [] }
        return all.filter { kinds.contains($0.kind) }.map(\.id).sorted()
    }

    package func concerns(_ place: Place?) -> Bool {
        guard pack != nil else { return true }
        return place?.mayBe(in: countries, states: states) ?? true
    }

    package func counts(_ send: SendMark) -> Bool {
        if isPerTopic, !send.isSameTopic { return false }
        guard let kinds else { return true }
        if let channel = send.channel { return channels.contains(channel) }
        return kinds.contains(send.kind)
    }

    /// How many of the sends, newest first, count now, and when there is room again; nil where there is.
    package func load(of sends: [SendMark], now: Timestamp) -> (sent: Int, roomAt: Timestamp?) {
        let since = now.microseconds - period
        var sent = 0
        var roomAt: Timestamp?
        for send in sends where send.at.microseconds > since && counts(send) {
            sent += 1
            // With the oldest of the last `count` the first place becomes free.
            if sent == count { roomAt = Timestamp(microseconds: send.at.microseconds + period) }
        }
        return (sent, roomAt)
    }
}

/// A message that a person got, or may have got.
package struct SendMark: Sendable, Hashable {
    package var at: Timestamp
    /// The kind of channel of its launch.
    package var kind: String
    /// The channel itself, where one launch sends by several.
    package var channel: String?
    /// It was about the topic of the message that is asked about.
    package var isSameTopic: Bool

    package init(at: Timestamp, kind: String, channel: String? = nil, isSameTopic: Bool = true) {
        self.at = at
        self.kind = kind
        self.channel = channel
        self.isSameTopic = isSameTopic
    }
}
