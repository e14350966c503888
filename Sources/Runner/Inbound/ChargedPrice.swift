package import Channels

/// What a provider charges for a message or a part of one, in millionths of its currency.
package struct ChargedPrice: Sendable, Equatable {
    package var micros: Int64
    package var currency: String

    package init(micros: Int64, currency: String) {
        self.micros = micros
        self.currency = currency
    }

    package init(_ price: ProviderPrice) {
        self.init(micros: price.micros, currency: price.currency)
    }
}

/// A price that was fetched, with the provider's id of its message.
package struct PricedMessage: Sendable, Equatable {
    package var providerID: String
    package var price: ChargedPrice

    package init(providerID: String, price: ChargedPrice) {
        self.providerID = providerID
        self.price = price
    }

    package init(_ priced: PriceAnswer.Priced) {
        self.init(providerID: priced.providerID, price: ChargedPrice(priced.price))
    }
}
