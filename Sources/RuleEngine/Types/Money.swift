/// An amount in integer micros of a currency: EUR 0.075 is 75,000 micros.
package struct Money: Hashable, Sendable {
    package let micros: Int64
    /// ISO 4217, upper case.
    package let currency: String

    package init(micros: Int64, currency: String) {
        self.micros = micros
        self.currency = currency
    }
}
