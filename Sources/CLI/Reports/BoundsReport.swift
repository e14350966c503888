import RuleEngine
import Runner

/// The bounds of programs, for people and as JSON.
struct BoundsReport {
    private let bounds: ProjectBounds
    private let shown: [ProjectBounds.Entry]
    private let isWhole: Bool
    private let currency: String

    init(_ bounds: ProjectBounds, showing shown: [ProjectBounds.Entry], isWhole: Bool, currency: String) {
        self.bounds = bounds
        self.shown = shown
        self.isWhole = isWhole
        self.currency = currency
    }

    var text: String {
        var parts = shown.map { entry in
            "\(entry.program.kind.rawValue) \(entry.program.graph.id)\n" + table(entry).text
        }
        if isWhole {
            var table = Table(.left, .left, .left)
            table.add("messages a day", whole { $0.perDay }, "")
            table.add("messages a week", whole { $0.perWeek }, "")
            parts.append("one person who is in all of them\n" + table.text)
        }
        return parts.joined(separator: "\n")
    }

    private func table(_ entry: ProjectBounds.Entry) -> Table {
        var table = Table(.left, .left, .left)
        guard let bounds = entry.bounds else {
            table.add("not computed", "its loops are too large to be written out", "")
            return table
        }
        func way(_ path: [Int]) -> String { entry.program.words(for: path).joined(separator: " > ") }
        table.add("messages a run", "at most \(bounds.messages.value)", way(bounds.messages.path))
        for (name, frequency) in [("messages a day", bounds.perDay), ("messages a week", bounds.perWeek)] {
            switch frequency {
            case .atMost(let count, let path): table.add(name, "at most \(count)", way(path))
            case .capped(let count, let policy): table.add(name, "at most \(count)", "by the caps of \(policy)")
            case .noLimit(let reason): table.add(name, "no limit", Self.words(reason))
            }
        }
        let cost = bounds.cost
        table.add("cost a contact, least", money(cost.least.value), way(cost.least.path))
        table.add("expected", money(cost.expected), "")
        table.add("most", money(cost.most.value), way(cost.most.path))
        if let total = entry.total {
            let people = "\(Figures.count(total.people.lowerBound)) to \(Figures.count(total.people.upperBound)) people"
            table.add("cost in all, least", money(total.least), people)
            table.add("expected", money(total.expected), "")
            table.add("most", money(total.most), "")
        }
        table.add("longest life", Self.duration(bounds.longestLife.value), way(bounds.longestLife.path))
        return table
    }

    private func money(_ micros: Int64) -> String {
        Figures.money(Money(micros: micros, currency: currency))
    }

    private func whole(_ frequency: (ProgramBounds) -> ProgramBounds.Frequency) -> String {
        bounds.mostMessages(frequency).map { "at most \($0)" } ?? "no limit"
    }

    /// `12d`, `26h`, `30m`, `5s`; a life that is no whole number of hours is rounded up to the next one.
    private static func duration(_ microseconds: Int64) -> String {
        let minute: Int64 = 60_000_000
        if microseconds == 0 { return "no wait" }
        if microseconds < 60 * minute { return "\((microseconds + minute - 1) / minute) min" }
        let hours = (microseconds + 60 * minute - 1) / (60 * minute)
        if hours < 48 { return "\(hours) h" }
        return hours % 24 == 0 ? "\(hours / 24) d" : "\(hours / 24) d \(hours % 24) h"
    }

    private static func words(_ reason: UnlimitedReason) -> String {
        switch reason {
        case .runPerKey(let key): "every new `\(key)` begins a run of its own"
        case .runsSideBySide: "`runs: many` lets runs go on side by side"
        case .runAfterRun: "a run may end at once, and the next one begin"
        }
    }

    // MARK: JSON

    var json: JSON {
        let programs = shown.map { entry -> JSON in
            var object: JSON = [
                "kind": .string(entry.program.kind.rawValue), "id": .string(entry.program.graph.id),
            ]
            guard let bounds = entry.bounds else { return object.adding("computed", .bool(false)) }
            func extreme(_ extreme: ProgramBounds.Extreme) -> JSON {
                ["value": JSON(extreme.value), "way": JSON(entry.program.words(for: extreme.path))]
            }
            func frequency(_ frequency: ProgramBounds.Frequency) -> JSON {
                switch frequency {
                case .atMost(let count, let path):
                    ["at_most": JSON(count), "way": JSON(entry.program.words(for: path))]
                case .capped(let count, let policy): ["at_most": JSON(count), "by_caps_of": .string(policy)]
                case .noLimit(let reason): ["at_most": nil, "because": .string(Self.words(reason))]
                }
            }
            object = object.adding("computed", .bool(true))
                .adding("messages_per_run", extreme(bounds.messages))
                .adding("messages_per_day", frequency(bounds.perDay))
                .adding("messages_per_week", frequency(bounds.perWeek))
                .adding(
                    "cost_per_contact",
                    [
                        "currency": .string(currency), "least": extreme(bounds.cost.least),
                        "expected": JSON(bounds.cost.expected), "most": extreme(bounds.cost.most),
                    ]
                )
            if let total = entry.total {
                object = object.adding(
                    "cost_in_all",
                    [
                        "currency": .string(currency),
                        "people": .array([
                            JSON(total.people.lowerBound), JSON(total.people.upperBound),
                        ]), "least": JSON(total.least), "expected": JSON(total.expected), "most": JSON(total.most),
                    ]
                )
            }
            return object.adding("longest_life_seconds", extreme(bounds.longestLife.inSeconds))
        }
        var object: JSON = ["programs": .array(programs)]
        if isWhole {
            object = object.adding(
                "one_person",
                [
                    "messages_per_day": JSON(bounds.mostMessages { $0.perDay }),
                    "messages_per_week": JSON(bounds.mostMessages { $0.perWeek }),
                ]
            )
        }
        return object
    }
}

extension ProgramBounds.Extreme {
    /// A time, rounded up.
    fileprivate var inSeconds: ProgramBounds.Extreme {
        ProgramBounds.Extreme(value: value / 1_000_000 + (value % 1_000_000 > 0 ? 1 : 0), path: path)
    }
}
