/// What stands below a picture: the bounds of the whole program.
enum DrawingCaption {
    static func lines(_ program: AnalysedProject.Program, in project: CheckedProject) -> [String] {
        guard let bounds = ProgramBounds(program, in: project) else { return [] }
        let wording = Wording(project: project)
        func money(_ micros: Int64) -> String {
            wording.money(Money(micros: micros, currency: project.settings.currency))
        }
        let isCampaign = if case .campaign = program.source { true } else { false }
        var lines: [String] = []
        if bounds.messages.value == 0 {
            lines.append("No message is sent.")
        } else {
            let most = Wording.count(Int(clamping: bounds.messages.value), "message")
            lines.append(
                "At most \(most) \(isCampaign ? "to a contact" : "in one run"); in a day "
                    + "\(frequency(bounds.perDay)), in a week \(frequency(bounds.perWeek)).")
            let cost = bounds.cost
            lines.append(
                cost.least.value == cost.most.value
                    ? "\(isCampaign ? "A contact" : "A run") costs \(money(cost.most.value))."
                    : "\(isCampaign ? "A contact" : "A run") costs \(money(cost.least.value)) to "
                        + "\(money(cost.most.value)), \(money(cost.expected)) are expected.")
        }
        if !isCampaign, bounds.longestLife.value > 0 {
            lines.append("Its waits take \(Wording.duration(bounds.longestLife.value)) at most.")
        }
        return lines
    }

    private static func frequency(_ frequency: ProgramBounds.Frequency) -> String {
        switch frequency {
        case .atMost(let count, _): "at most \(Wording.number(count))"
        case .capped(let count, let policy): "at most \(Wording.number(count)) by the caps of \(policy)"
        case .noLimit: "as many as there are runs"
        }
    }
}
