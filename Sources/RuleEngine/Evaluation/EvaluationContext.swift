/// Who sends, as bytes for expressions and templates. A field that the brand leaves out is nil.
package struct SenderFacts: Sendable {
    package enum Field: String, Sendable, CaseIterable {
        case name, postal_address, website
    }

    package var name: [UInt8]
    package var postalAddress: [UInt8]?
    package var website: [UInt8]?

    package init(name: [UInt8] = [], postalAddress: [UInt8]? = nil, website: [UInt8]? = nil) {
        self.name = name
        self.postalAddress = postalAddress
        self.website = website
    }

    package init(brand: Brand) {
        self.init(
            name: Array(brand.name.utf8), postalAddress: brand.postalAddress.map { Array($0.utf8) },
            website: brand.website.map { Array($0.utf8) })
    }

    package subscript(field: Field) -> [UInt8]? {
        switch field {
        case .name: name
        case .postal_address: postalAddress
        case .website: website
        }
    }
}

/// What an expression's value depends on. Make one a page, and move `row` along: it shares the page's memory, and
/// filling the page again while a context still holds it would copy the page.
package struct EvaluationContext: Sendable {
    package let page: FactPage
    package var row: Int
    package var now: Timestamp
    package var runStartedAt: Timestamp
    package var sender: SenderFacts
    package var unsubscribeLink: [UInt8]
    package var preferencesLink: [UInt8]
    package var browserLink: [UInt8]
    /// The variables of enclosing loops.
    package var locals: [String: Value]
    package var journey: JourneyFacts
    package var history: HistoryFacts
    package var offices: OfficeClocks
    /// The candidate that a route looks at.
    package var channel: ChannelFacts?
    /// Shares of what a campaign has sent, in millionths.
    package var rates: [FactQuery.Rate: Int64] = [:]

    package init(
        page: FactPage, row: Int, now: Timestamp, runStartedAt: Timestamp? = nil, sender: SenderFacts = SenderFacts(),
        unsubscribeLink: [UInt8] = [], preferencesLink: [UInt8] = [], browserLink: [UInt8] = [],
        locals: [String: Value] = [:],
        journey: JourneyFacts = JourneyFacts(), history: HistoryFacts = HistoryFacts(),
        offices: OfficeClocks = OfficeClocks()
    ) {
        self.page = page
        self.row = row
        self.now = now
        self.runStartedAt = runStartedAt ?? now
        self.sender = sender
        self.unsubscribeLink = unsubscribeLink
        self.preferencesLink = preferencesLink
        self.browserLink = browserLink
        self.locals = locals
        self.journey = journey
        self.history = history
        self.offices = offices
    }
}
