import RuleEngine
import Runner

/// Says why a test does not pass: what was expected, what happened instead, and where each is written.
struct FailureWords {
    private let sources: SourceMap
    private let currency: String

    init(_ sources: SourceMap, currency: String) {
        self.sources = sources
        self.currency = currency
    }

    func place(_ span: SourceSpan) -> String {
        "\(sources.path(of: span)):\(sources.start(of: span).line)"
    }

    func lines(_ failure: TestFailure, _ zone: TimeZoneRules) -> [String] {
        let here = " (\(place(failure.span)))"
        switch failure.problem {
        case .badZone(let name): return ["the machine knows no time zone `\(name)`\(here)"]
        case .backwards: return ["this moment lies before the one above it\(here)"]
        case .noSuchMessage(let template): return ["nobody got `\(template)` by then\(here)"]
        case .endless: return ["programs begin each other without end at one moment\(here)"]
        case .missing(let expected, let near):
            var lines = ["expected  \(expected)\(here)"]
            if near.isEmpty { lines.append("actual    nothing of the kind") }
            for (fact, differences) in near {
                let why = differences.isEmpty ? "" : " — \(differences.joined(separator: "; "))"
                lines.append("actual    \(text(fact, zone))\(why)")
            }
            return lines
        case .outOfOrder(let expected, let fact):
            return [
                "expected  \(expected)\(here)",
                "actual    \(text(fact, zone)) — before what the lines above it expect",
            ]
        case .forbidden(let what, let fact):
            return ["forbidden \(what)\(here)", "actual    \(text(fact, zone))"]
        case .costs(let atMost, let actual):
            return [
                "expected  cost of at most \(Figures.money(atMost))\(here)",
                "actual    \(Figures.money(Money(micros: actual, currency: currency)))",
            ]
        case .moreThan(let count, let period, let facts):
            return ["forbidden more than \(Figures.count(count, "message")) in \(Self.period(period))\(here)"]
                + facts.map { "actual    \(text($0, zone))" }
        case .uncovered(let program, let what, let part, let wanted):
            let percent = "\(wanted / 10_000)%"
            var lines = [
                "expected  \(percent) of the \(what) of \(program)\(here)",
                "actual    \(part.covered) of \(part.total)",
            ]
            for missing in part.missing.prefix(10) {
                lines.append("missing   \(missing.label)" + (missing.span.map { " (\(place($0)))" } ?? ""))
            }
            if part.missing.count > 10 { lines.append("missing   and \(part.missing.count - 10) more") }
            return lines
        case .counterexample(let box, let reproduction, let contact):
            return lines(box.failure, zone)
                + ["for the generated contact \(contact); the least that shows it:"]
                + reproduction.split(separator: "\n").map { "  \($0)" }
        }
    }

    func text(_ fact: RehearsalFact, _ zone: TimeZoneRules) -> String {
        let written = fact.span.map { " (\(place($0)))" } ?? ""
        var line = "\(FactWords.time(fact.at, zone)) \(FactWords.text(fact, zone))\(written)"
        if case .leftOut(_, let conditions) = fact.kind {
            let failing = conditions.filter { !$0.result }.map { trace in
                let values = trace.values.map { "\($0.name) = \($0.text)" }.joined(separator: ", ")
                return trace.source + (values.isEmpty ? "" : " where \(values)")
            }
            if !failing.isEmpty { line += " because not " + failing.joined(separator: ", not ") }
        }
        return line
    }

    private static func period(_ microseconds: Int64) -> String {
        let seconds = microseconds / 1_000_000
        if seconds % 86_400 == 0 { return Figures.count(Int(seconds / 86_400), "day") }
        if seconds % 3600 == 0 { return Figures.count(Int(seconds / 3600), "hour") }
        return Figures.count(Int(seconds / 60), "minute")
    }
}
