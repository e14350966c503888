/// Reads rule packs from their data files, strictly: an unknown key, a country that isn't one, a consent that has no
/// such name are faults with a place. Law that is half read is worse than none.
package enum RulePackReader {
    private static let keys = [
        "pack", "version", "verified", "source", "countries", "states", "preset", "needs_lawful_basis",
        "minimum_consent", "windows", "holidays", "caps", "consent_expires",
    ]

    package static func read(_ bytes: [UInt8], path: String) throws(RulePackFault) -> [Catalog.Pack] {
        var sources = SourceMap()
        let file = sources.add(SourceFile(path: path, bytes: bytes))
        let node = try PackNode.root(of: file, in: sources)
        var packs: [Catalog.Pack] = []
        for item in try node.items() {
            let pack = try pack(item)
            guard !packs.contains(where: { $0.id == pack.id }) else {
                throw item.fault("the pack `\(pack.id)` stands twice")
            }
            packs.append(pack)
        }
        return packs
    }

    private static func pack(_ node: PackNode) throws(RulePackFault) -> Catalog.Pack {
        try node.allow(keys)
        let countries = try node.required("countries").texts()
        for (country, place) in countries where !CountrySet.knows(country) {
            throw place.fault("`\(country)` is no country")
        }
        guard !countries.isEmpty else { throw node.fault("a pack without countries protects nobody") }
        return Catalog.Pack(
            id: try node.required("pack").text(), version: try version(node.required("version")),
            isVerified: try node.required("verified").flag(), source: try node.required("source").text(),
            countries: countries.map(\.0), states: try node.optional("states")?.texts().map(\.0) ?? [],
            isPreset: try node.optional("preset")?.flag() ?? false,
            minimumConsent: try minimumConsent(node.optional("minimum_consent")),
            needsLawfulBasis: try node.required("needs_lawful_basis").flag(),
            windows: try node.optional("windows").map { node throws(RulePackFault) in try windows(node) } ?? [],
            isClosedOnHolidays: try node.optional("holidays")?.word(of: ["open", "closed"]) == "closed",
            caps: try node.optional("caps").map { node throws(RulePackFault) in try caps(node) } ?? [],
            consentExpiries: try node.optional("consent_expires").map { node throws(RulePackFault) in
                try expiries(node)
            } ?? [])
    }

    /// The day on which it was written: versions compare as texts.
    private static func version(_ node: PackNode) throws(RulePackFault) -> String {
        let text = try node.text()
        _ = try node.unit { () throws(Units.Fault) in try Units.date(text) }
        return text
    }

    private static func minimumConsent(_ node: PackNode?) throws(RulePackFault) -> [String: ConsentLevel] {
        var minimum: [String: ConsentLevel] = [:]
        for (kind, value) in try node?.entries() ?? [] {
            try value.checkKind(kind)
            let name = try value.text()
            guard let level = ConsentLevel(name: name) else { throw value.fault("`\(name)` is no kind of consent") }
            minimum[kind] = level
        }
        return minimum
    }

    private static func channels(_ node: PackNode) throws(RulePackFault) -> [String] {
        let kinds = try node.required("channels").texts()
        for (kind, place) in kinds { try place.checkKind(kind) }
        return kinds.map(\.0)
    }

    private static func windows(_ node: PackNode) throws(RulePackFault) -> [Catalog.Pack.Window] {
        var windows: [Catalog.Pack.Window] = []
        for item in try node.items() {
            try item.allow(["channels", "days", "hours", "in"])
            let days = try item.required("days")
            let hours = try item.required("hours")
            let daysText = try days.text()
            let hoursText = try hours.text()
            var clock = Clockwork.contactZone
            if let zone = try item.optional("in") {
                let name = try zone.text()
                clock = try zone.unit { () throws(Units.Fault) in try Units.zone(name) }
            }
            windows.append(
                Catalog.Pack.Window(
                    channels: try channels(item),
                    days: try days.unit { () throws(Units.Fault) in try Units.days(daysText) },
                    hours: try hours.unit { () throws(Units.Fault) in try Units.hours(hoursText) }, clock: clock))
        }
        return windows
    }

    private static func caps(_ node: PackNode) throws(RulePackFault) -> [Catalog.Pack.Cap] {
        var caps: [Catalog.Pack.Cap] = []
        for item in try node.items() {
            try item.allow(["channels", "at_most", "per", "of"])
            let per = try item.required("per")
            let text = try per.text()
            caps.append(
                Catalog.Pack.Cap(
                    channels: try channels(item), atMost: try item.required("at_most").count(),
                    per: try per.unit { () throws(Units.Fault) in try Units.duration(text) },
                    isPerSubject: try item.optional("of")?.word(of: ["subject"]) != nil))
        }
        return caps
    }

    private static func expiries(_ node: PackNode) throws(RulePackFault) -> [Catalog.Pack.ConsentExpiry] {
        var expiries: [Catalog.Pack.ConsentExpiry] = []
        for item in try node.items() {
            try item.allow(["basis", "after"])
            let name = try item.required("basis").word(of: Catalog.Pack.ConsentExpiry.Basis.allCases.map(\.rawValue))
            guard let basis = Catalog.Pack.ConsentExpiry.Basis(rawValue: name) else { continue }
            let after = try item.required("after")
            let parts = try after.text().split(separator: " ")
            guard parts.count == 2, let count = Int(parts[0]), (1...1200).contains(count),
                ["days", "months"].contains(parts[1])
            else { throw after.fault("expected a number of days or months, such as `24 months`") }
            expiries.append(
                Catalog.Pack.ConsentExpiry(
                    basis: basis, months: parts[1] == "months" ? count : 0, days: parts[1] == "days" ? count : 0))
        }
        return expiries
    }
}
