/// How much a gate asks for marketing on a kind of channel: the policy's minimum, and without a policy the person's
/// express word, the strictest that everyday lists can meet. What is no marketing needs no consent; the gate still
/// keeps away whoever must not be contacted.
package struct GateStrength: Sendable {
    private let purpose: Purpose
    private let consent: [String: ConsentLevel]

    package init(purpose: Purpose, policy: CheckedPolicy?) {
        self.purpose = purpose
        consent = policy?.consent ?? [:]
    }

    package func minimum(for kind: String) -> ConsentLevel {
        purpose == .marketing ? consent[kind] ?? .express : .none
    }
}

/// What the law asks of one channel of a send, where the send can meet it.
package struct ConsentDemand: Sendable {
    package struct Claim: Sendable {
        package let pack: Catalog.Pack
        package let level: ConsentLevel
        /// Whom the pack concerns here.
        package let countries: CountrySet
    }

    package let channel: String
    package let kind: String
    /// With which the send can leave by this channel.
    package let countries: CountrySet
    /// The packs that have a say, strictest first.
    package let claims: [Claim]

    package var required: ConsentLevel { claims.first?.level ?? .none }

    /// - Parameter countries: with which the send can leave by this channel. Whoever has no country may fall under any
    ///   pack.
    init(channel: String, kind: String, countries: CountrySet, isMarketing: Bool, packs: [PackReach]) {
        self.channel = channel
        self.kind = kind
        self.countries = countries
        guard isMarketing else {
            claims = []
            return
        }
        let found = packs.compactMap { reach -> Claim? in
            guard let level = reach.pack.minimumConsent[kind] else { return nil }
            let concerned = countries.intersection(reach.countries)
            return concerned.isEmpty ? nil : Claim(pack: reach.pack, level: level, countries: concerned)
        }
        // Stable: of equally strict packs the one that stands first in the files.
        claims = found.enumerated().sorted { left, right in
            left.element.level == right.element.level
                ? left.offset < right.offset : left.element.level > right.element.level
        }.map(\.element)
    }
}

/// A pack with the set of those whom it protects: its countries, and whoever has none.
struct PackReach: Sendable {
    let pack: Catalog.Pack
    let countries: CountrySet

    /// Presets are left out: they are only about hours, and only where a policy names them.
    static func of(_ packs: [Catalog.Pack]) -> [PackReach] {
        packs.filter { !$0.isPreset }.map { pack in
            var countries = CountrySet(pack.countries)
            if !pack.countries.isEmpty { countries.insert(number: CountrySet.missing) }
            return PackReach(pack: pack, countries: countries)
        }
    }
}
