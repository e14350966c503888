import RuleEngine
import Runner

extension PlanReport {
    func text(for terminal: Terminal) -> String {
        var text = terminal.styled(id, .bold) + ": plan; nothing is sent"
        text += terminal.styled("  (channel \(channel), version \(version.prefix(12)))", .dim) + "\n\n"
        var sums = Table(.left, .right, .left)
        sums.add("contacts", Figures.count(contacts), "")
        sums.add("audience", Figures.count(audience), "")
        sums.add(
            "would get it",
            terminal.styled(Figures.count(wouldSend), .green),
            Shares.text(wouldSend, of: audience)
        )
        for (code, count) in held.sorted(by: { $0.key < $1.key }) {
            sums.add("  later", Figures.count(count), HoldReason(rawValue: code)?.explanation ?? code)
        }
        sums.add("would not", Figures.count(audience - wouldSend), "")
        text += sums.text + SkipTable(skipped).text(for: terminal)
        if languages.count > 1 {
            let parts = languages.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            text +=
                "\n  languages  " + parts.map { "\($0.key) \(Figures.count($0.value))" }.joined(separator: ", ") + "\n"
        }
        text += "  cost       " + cost + "\n"
        for held in guards {
            let mark = held.isHeld ? terminal.styled("✓", .green) : terminal.styled("✗", .red)
            text += "  \(held.name.padding(to: 9))  \(mark) \(held.message)\n"
        }
        for sample in samples { text += "\n" + self.text(of: sample, for: terminal) }
        return text
    }

    private var cost: String {
        leastCost == mostCost
            ? Figures.money(mostCost) : "\(Figures.money(leastCost)) to \(Figures.money(mostCost))"
    }

    private func text(of sample: Sample, for terminal: Terminal) -> String {
        var text = "  sample: \(sample.contact) (\(sample.language))\n"
        text += terminal.styled("  │ ", .dim) + "To: \(sample.address)\n"
        text += terminal.styled("  │ ", .dim) + terminal.styled("Subject: \(sample.subject)", .bold) + "\n"
        for line in sample.text.split(separator: "\n", omittingEmptySubsequences: false).prefix(24) {
            text += terminal.styled("  │ ", .dim) + line.filter { $0 != "\r" } + "\n"
        }
        return text
    }
}

/// Reasons of skipped contacts, most frequent first, each with its meaning.
struct SkipTable {
    private let reasons: [(code: String, count: Int)]

    init(_ counts: [String: Int]) {
        reasons = counts.map { (code: $0.key, count: $0.value) }.sorted { ($1.count, $0.code) < ($0.count, $1.code) }
    }

    func text(for terminal: Terminal) -> String {
        var table = Table(.right, .left, .left, indent: 4)
        for reason in reasons {
            let meaning = SkipReason(rawValue: reason.code)?.explanation ?? ""
            table.add(Figures.count(reason.count), reason.code, terminal.styled(meaning, .dim))
        }
        return table.text
    }
}

enum Shares {
    /// `74 %` of a whole, or nothing where there is no whole.
    static func text(_ part: Int, of whole: Int) -> String {
        guard whole > 0 else { return "" }
        let tenths = part * 1000 / whole
        return "\(tenths / 10).\(tenths % 10) %"
    }
}

extension String {
    /// Filled with spaces on the right.
    func padding(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - Table.width(self)))
    }
}
