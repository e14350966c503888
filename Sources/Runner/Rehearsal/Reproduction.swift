import RuleEngine

/// A made-up person as a test document that shows the same, to be put into the project.
enum Reproduction {
    static func text(
        _ life: GeneratedLife, of test: CheckedTest, start: Timestamp, zone: TimeZoneRules, _ project: CheckedProject
    ) -> String {
        var lines = ["test: found by chance", "for: \(target(test.target))", "given:"]
        var fields: [String] = []
        for (slot, field) in project.schema.fields.enumerated() where field.name != "id" {
            let value = life.person.fields[slot]
            if value.isMissing || value == .list([]) { continue }
            fields.append("\(field.name): \(text(value, field.type.type, project))")
        }
        lines.append("  contact: {\(fields.joined(separator: ", "))}")
        if !life.person.consent.isEmpty {
            let consent = life.person.consent.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value.name)" }
            lines.append("  consent: {\(consent.joined(separator: ", "))}")
        }
        if let zone = life.person.zone { lines.append("  zone: \(zone)") }
        if !life.providers.isEmpty {
            let providers = life.providers.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value.rawValue)" }
            lines.append("  providers: {\(providers.joined(separator: ", "))}")
        }
        lines.append("timeline:")
        let contactZone = zone
        lines.append("  - {at: \(FactWords.time(start, contactZone))}")
        for moment in life.moments {
            lines.append(
                "  - {at: \(FactWords.time(moment.at, contactZone))\(text(moment.happening, project))}")
        }
        return lines.joined(separator: "\n")
    }

    private static func target(_ target: CheckedTest.Target) -> String {
        switch target {
        case .all: "all"
        case .program(let kind, let id): "\(kind.rawValue) \(id)"
        }
    }

    private static func text(_ happening: CheckedTest.Moment.Happening, _ project: CheckedProject) -> String {
        switch happening {
        case .nothing: return ""
        case .event(let name, let fields):
            let declared = project.events[name]?.fields ?? []
            let parts = declared.compactMap { field in
                fields[field.name].map { "\(field.name): \(text($0, field.type.type, project))" }
            }
            return ", event: \(name), with: {\(parts.joined(separator: ", "))}"
        case .change(let fields):
            let parts = fields.sorted { $0.key < $1.key }.map { name, value in
                let type = project.schema.slot(of: name).map { project.schema.fields[$0].type.type } ?? .text
                return "\(name): \(text(value, type, project))"
            }
            return ", contact: {\(parts.joined(separator: ", "))}"
        case .consent(let levels):
            return
                ", consent: {\(levels.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value.name)" }.joined(separator: ", "))}"
        case .inbound(let channel): return ", inbound: \(channel)"
        case .opened(let template): return ", opened: \(template)"
        case .clicked(let template, let link): return ", clicked: \(template)" + (link.map { ", link: \($0)" } ?? "")
        case .replied(let template): return ", replied: \(template)"
        case .stops(let kind): return ", stops: \(kind)"
        }
    }

    static func text(_ value: Value, _ type: ValueType, _ project: CheckedProject) -> String {
        switch value {
        case .missing: return "\"\""
        case .bool(let flag): return flag ? "true" : "false"
        case .text(let bytes): return quoted(String(decoding: bytes, as: UTF8.self))
        case .list(let items): return "[\(items.map { text($0, .text, project) }.joined(separator: ", "))]"
        case .number(let number, let kind):
            switch kind {
            case .int: return String(number)
            case .decimal: return amount(number)
            case .money: return "\(project.settings.currency) \(amount(number))"
            case .date: return FactWords.date(CalendarDate(daysSinceEpoch: number))
            case .instant: return FactWords.time(Timestamp(microseconds: number), .utc)
            case .duration: return "\(number / 1_000_000)s"
            }
        }
    }

    private static func amount(_ micros: Int64) -> String {
        let fraction = micros.magnitude % 1_000_000
        guard fraction > 0 else { return String(micros / 1_000_000) }
        let digits = String(fraction)
        return "\(micros / 1_000_000)." + String(repeating: "0", count: 6 - digits.count) + digits
    }

    private static func quoted(_ text: String) -> String {
        let isPlain = text.unicodeScalars.allSatisfy {
            $0.properties.isAlphabetic || $0.properties.numericType != nil || $0 == "-" || $0 == "_" || $0 == "@"
                || $0 == "."
        }
        if isPlain, !text.isEmpty { return text }
        return "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
}
