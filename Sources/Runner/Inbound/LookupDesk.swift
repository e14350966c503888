package import Channels
package import RuleEngine

/// A send whose outcome nobody knows, as far as its provider can be asked for it.
package struct UncertainSend: Sendable, Equatable {
    package var delivery: DeliveryKey
    package var address: String
    package var startedAt: Timestamp
    /// By when the attempt was over.
    package var deadline: Timestamp

    package init(delivery: DeliveryKey, address: String, startedAt: Timestamp, deadline: Timestamp) {
        self.delivery = delivery
        self.address = address
        self.startedAt = startedAt
        self.deadline = deadline
    }
}

package enum LookupFinding: Sendable, Equatable {
    case accepted(providerID: String, price: ChargedPrice?)
    /// The provider doesn't have it: it may be sent again.
    case absent
}

/// Sends in doubt. Each method is one transaction.
package protocol UncertainBook: AnyObject {
    ///
    /// - Parameter channel: the account that sent them; nil for all. Nobody else's provider can tell of them.
    func uncertainSends(
        of launch: LaunchID, channel: String?, limit: Int
    ) throws(StoreError) -> [UncertainSend]

    /// The accounts that a launch has sends in doubt with.
    func uncertainChannels(of launch: LaunchID) throws(StoreError) -> [String]

    /// Those of these ids that no delivery of ours has.
    func unknownIDs(_ ids: [String]) throws(StoreError) -> [String]

    /// Writes down what messages of a channel cost. Those of nobody's deliveries are passed over. Returns how many rows
    /// of ours they were.
    func note(_ prices: [PricedMessage], channel: String, now: Timestamp) throws(StoreError) -> Int

    /// False where the row was settled by somebody else meanwhile.
    func settle(_ send: UncertainSend, _ finding: LookupFinding, now: Timestamp) throws(StoreError) -> Bool
}

extension UncertainBook {
    package func uncertainSends(of launch: LaunchID, limit: Int) throws(StoreError) -> [UncertainSend] {
        try uncertainSends(of: launch, channel: nil, limit: limit)
    }
}

/// Asks a provider for sends without an answer, and settles what it can prove.
package struct LookupDesk: Sendable {
    package struct Tally: Sendable, Equatable {
        package var accepted = 0
        package var absent = 0
        /// Several messages could be it, or several sends.
        package var ambiguous = 0
        /// Too young for the provider's silence to prove anything.
        package var early = 0
        package var failed = 0
        /// Of the last question that failed.
        package var failure: String?

        package init() {}

        package mutating func add(_ other: Tally) {
            accepted += other.accepted
            absent += other.absent
            ambiguous += other.ambiguous
            early += other.early
            failed += other.failed
            failure = other.failure ?? failure
        }
    }

    /// A message shows up in a provider's list within seconds, by no promise. What is there counts after the first span;
    /// only after the second does it count that something is not there.
    private static let visible: Int64 = 120_000_000
    private static let provenAbsent: Int64 = 1_800_000_000
    /// The two clocks may differ.
    private static let skew = 30

    private let desk: any AccountDesk
    private let now: @Sendable () -> Timestamp

    package init(_ desk: any AccountDesk, now: @escaping @Sendable () -> Timestamp) {
        self.desk = desk
        self.now = now
    }

    /// Nil where the provider can't be asked.
    package func settle(
        _ launch: LaunchID, channel: String? = nil, in book: any UncertainBook
    ) throws -> Tally? {
        let sends = try book.uncertainSends(of: launch, channel: channel, limit: 10_000)
        let sameAddress = Dictionary(grouping: sends, by: \.address)
        var tally = Tally()
        for send in sends {
            let now = now()
            guard now.microseconds - send.startedAt.microseconds >= Self.visible else {
                tally.early += 1
                continue
            }
            guard sameAddress[send.address]?.count == 1 else {
                tally.ambiguous += 1
                continue
            }
            let question = LookupQuestion(
                address: send.address, from: Int(send.startedAt.microseconds / 1_000_000) - Self.skew,
                until: Int(send.deadline.microseconds / 1_000_000) + Self.skew)
            guard let answer = try desk.lookUp(question) else { return nil }
            switch answer {
            case .failed(let code):
                tally.failed += 1
                tally.failure = code
            case .messages(let found):
                let unknown = Set(try book.unknownIDs(found.map(\.providerID)))
                try settle(send, found.filter { unknown.contains($0.providerID) }, in: book, now, &tally)
            }
        }
        return tally
    }

    private func settle(
        _ send: UncertainSend, _ found: [LookupAnswer.Found], in book: any UncertainBook, _ now: Timestamp,
        _ tally: inout Tally
    ) throws(StoreError) {
        switch found.count {
        case 1:
            let finding = LookupFinding.accepted(
                providerID: found[0].providerID, price: found[0].price.map { ChargedPrice($0) })
            if try book.settle(send, finding, now: now) { tally.accepted += 1 }
        case 0:
            guard now.microseconds - send.deadline.microseconds >= Self.provenAbsent else {
                tally.early += 1
                return
            }
            if try book.settle(send, .absent, now: now) { tally.absent += 1 }
        default: tally.ambiguous += 1
        }
    }
}
