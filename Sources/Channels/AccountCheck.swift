/// What a provider says when an account logs in and asks about itself. Nothing is sent to anybody by asking.
package enum AccountAnswer: Sendable, Equatable {
    /// The credentials are good. What the provider tells of the account, by the names that it gives.
    case fine([Fact])
    /// The credentials are refused, or may not send.
    case refused(code: String)
    /// No answer, and provably not for want of credentials.
    case unreachable(code: String)
    /// An answer that says neither.
    case unclear(code: String)
    /// The provider has no such question.
    case notOffered

    package struct Fact: Sendable, Equatable {
        package let name: String
        package let value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }
}

/// Asks for messages whose outcome is unknown.
package struct LookupQuestion: Sendable {
    package var address: String
    /// Seconds since 1970: when the attempt began, and by when the provider must have had the message if at all.
    package var from: Int
    package var until: Int

    package init(address: String, from: Int, until: Int) {
        self.address = address
        self.from = from
        self.until = until
    }
}

package enum LookupAnswer: Sendable, Equatable {
    /// The messages that the provider has for this address and time.
    case messages([Found])
    case failed(code: String)

    package struct Found: Sendable, Equatable {
        package var providerID: String
        /// What the provider charges, where it knows yet.
        package var price: ProviderPrice?

        package init(providerID: String, price: ProviderPrice? = nil) {
            self.providerID = providerID
            self.price = price
        }
    }
}

/// What a provider charges for a message, in millionths of its currency.
package struct ProviderPrice: Sendable, Equatable {
    package var micros: Int64
    package var currency: String

    package init(micros: Int64, currency: String) {
        self.micros = micros
        self.currency = currency
    }

    /// Reads `-0.00750` and `0.0333`: a price is a price, whichever sign its provider gives it. Nil for anything else.
    package init?(_ amount: String?, currency: String?) {
        guard let amount, let currency, currency.utf8.count == 3, (1...16).contains(amount.utf8.count) else {
            return nil
        }
        let digits = amount.hasPrefix("-") ? amount.dropFirst() : amount[...]
        let parts = digits.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), parts.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
            let whole = Int64(parts[0]), whole < 1_000_000
        else { return nil }
        // The seventh digit is a ten-millionth: cut off, since sums are of millionths.
        let fraction = parts.count == 2 ? parts[1].prefix(6) : ""
        let padded = String(fraction) + String(repeating: "0", count: 6 - fraction.utf8.count)
        micros = whole * 1_000_000 + (Int64(padded) ?? 0)
        self.currency = currency.uppercased()
    }
}

/// Questions to the provider of a channel. They block, so they are asked on threads that may.
package protocol AccountDesk: Sendable {
    func checkAccount() throws(ChannelSetupError) -> AccountAnswer

    /// Nil where the provider can't be asked for messages.
    func lookUp(_ question: LookupQuestion) throws(ChannelSetupError) -> LookupAnswer?

    /// What the messages that were sent on a day cost (UTC, `2026-11-20`), many to a page. `page` is the one that the page
    /// before named. Nil where the provider tells no prices later.
    func prices(sentOn day: String, page: String?) throws(ChannelSetupError) -> PriceAnswer?
}

extension AccountDesk {
    package func prices(sentOn day: String, page: String?) throws(ChannelSetupError) -> PriceAnswer? { nil }
}

package enum PriceAnswer: Sendable, Equatable {
    case page([Priced], next: String?)
    case failed(code: String)

    package struct Priced: Sendable, Equatable {
        package var providerID: String
        package var price: ProviderPrice

        package init(providerID: String, price: ProviderPrice) {
            self.providerID = providerID
            self.price = price
        }
    }
}

extension Channel {
    /// The desk of channels that have one.
    package var accountDesk: (any AccountDesk)? { self as? any AccountDesk }
}
