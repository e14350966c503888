package import RuleEngine

/// What a provider told about one accepted message: the furthest it got, and what was seen on the way.
package struct DeliveryNews: Sendable, Equatable {
    package var rank: Int
    /// Those of `StatusNews`.
    package var flags: Int
    package var code: String?
    package var deliveredAt: Timestamp?
    package var readAt: Timestamp?
    package var clickedAt: Timestamp?
    package var failedAt: Timestamp?
    package var lastAt: Timestamp

    package init(
        rank: Int, flags: Int, code: String?, deliveredAt: Timestamp?, readAt: Timestamp?, clickedAt: Timestamp?,
        failedAt: Timestamp?, lastAt: Timestamp
    ) {
        self.rank = rank
        self.flags = flags
        self.code = code
        self.deliveredAt = deliveredAt
        self.readAt = readAt
        self.clickedAt = clickedAt
        self.failedAt = failedAt
        self.lastAt = lastAt
    }

    /// A picture in it was fetched, and not by a machine that says that it is one.
    package var isLookedAt: Bool { flags & (StatusNews.opened | StatusNews.machine) == StatusNews.opened }

    /// In the words of reports: the furthest status, then what was seen beside it.
    package var words: [String] {
        var words = [StatusNews.name(ofRank: rank)]
        let seen: [(Int, String)] = [
            (StatusNews.opened, "opened"), (StatusNews.clicked, "clicked"), (StatusNews.complained, "complained"),
            (StatusNews.unsubscribed, "unsubscribed"),
        ]
        for (flag, word) in seen where flags & flag != 0 { words.append(word) }
        return words
    }
}

/// How many messages of a launch got how far, as far as providers told.
package struct NewsCounts: Sendable, Equatable {
    /// Messages that a provider told anything about.
    package var told = 0
    package var delivered = 0
    package var read = 0
    package var opened = 0
    package var clicked = 0
    package var failed = 0
    package var bounced = 0
    package var complained = 0
    package var unsubscribed = 0

    package init() {}

    package mutating func count(rank: Int, flags: Int) {
        told += 1
        switch StatusNews.name(ofRank: rank) {
        case "read":
            delivered += 1
            read += 1
        case "bounced": bounced += 1
        case "delivered": delivered += 1
        case "failed": failed += 1
        default: break
        }
        if flags & StatusNews.opened != 0 { opened += 1 }
        if flags & StatusNews.clicked != 0 { clicked += 1 }
        if flags & StatusNews.complained != 0 { complained += 1 }
        if flags & StatusNews.unsubscribed != 0 { unsubscribed += 1 }
    }

    /// Those above zero, in the order in which things happen.
    package var named: [(name: String, count: Int)] {
        [
            ("delivered", delivered), ("read", read), ("opened", opened), ("clicked", clicked), ("failed", failed),
            ("bounced", bounced), ("complained", complained), ("unsubscribed", unsubscribed),
        ].filter { $0.1 > 0 }
    }
}
