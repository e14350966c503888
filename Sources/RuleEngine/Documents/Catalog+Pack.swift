extension Catalog {
    /// A legal rule set, as data: whom it protects, what it asks, when it lets through.
    package struct Pack: Sendable {
        package var id: String
        package var version: String
        /// False where the law's own text was not read: what it says is the stricter guess.
        package var isVerified: Bool
        package var source: String
        /// Whom it protects, by ISO 3166-1 alpha-2.
        package var countries: [String]
        /// Parts of the country; empty means all of it.
        package var states: [String]
        /// Nobody falls under it by where they live: a policy names it.
        package var isPreset: Bool
        /// The weakest consent that will do for marketing, by channel kind.
        package var minimumConsent: [String: ConsentLevel]
        package var needsLawfulBasis: Bool
        /// When marketing may be sent. Empty: at any time.
        package var windows: [Window]
        /// On public holidays nothing is sent, unless a window names them.
        package var isClosedOnHolidays: Bool
        package var caps: [Cap]
        package var consentExpiries: [ConsentExpiry]

        package init(
            id: String, version: String, isVerified: Bool = true, source: String = "", countries: [String] = [],
            states: [String] = [], isPreset: Bool = false, minimumConsent: [String: ConsentLevel],
            needsLawfulBasis: Bool, windows: [Window] = [], isClosedOnHolidays: Bool = false, caps: [Cap] = [],
            consentExpiries: [ConsentExpiry] = []
        ) {
            self.id = id
            self.version = version
            self.isVerified = isVerified
            self.source = source
            self.countries = countries
            self.states = states
            self.isPreset = isPreset
            self.minimumConsent = minimumConsent
            self.needsLawfulBasis = needsLawfulBasis
            self.windows = windows
            self.isClosedOnHolidays = isClosedOnHolidays
            self.caps = caps
            self.consentExpiries = consentExpiries
        }

        /// It says something about marketing by this kind of channel.
        package func speaks(of kind: String) -> Bool {
            minimumConsent[kind] != nil || windows.contains { $0.channels.contains(kind) }
                || caps.contains { $0.channels.contains(kind) }
        }
    }
}

extension Catalog.Pack {
    /// Hours in which marketing may be sent. On days that no window of the kind names, it may not.
    package struct Window: Sendable, Hashable {
        package let channels: [String]
        package let days: WeekDays
        package let hours: ClockRange
        /// The contact's own clock, unless the law names one.
        package let clock: Clockwork

        package init(channels: [String], days: WeekDays, hours: ClockRange, clock: Clockwork) {
            self.channels = channels
            self.days = days
            self.hours = hours
            self.clock = clock
        }
    }

    package struct Cap: Sendable, Hashable {
        package let channels: [String]
        package let atMost: Int
        /// Microseconds.
        package let per: Int64
        /// Counted for each subject matter on its own.
        package let isPerSubject: Bool
    }

    /// A consent that follows from something, and ends so long after it.
    package struct ConsentExpiry: Sendable, Hashable {
        package enum Basis: String, Sendable, CaseIterable {
            case express, purchase, inquiry, transaction
        }

        package let basis: Basis
        /// Calendar months; zero where `days` counts.
        package let months: Int
        package let days: Int
    }
}
