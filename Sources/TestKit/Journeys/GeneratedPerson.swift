package import RuleEngine

/// A contact as a run sees it, with what the run's own commands have written.
package struct GeneratedPerson {
    package var seats: Int64
    package var plan: String
    package var renewalDate: Int64?
    package var tags: [String]
    package var id: [UInt8]
    package var zone: TimeZoneRules

    package mutating func carryOut(_ commands: [RunCommand]) {
        for command in commands {
            switch command.action {
            case .set(let values):
                for value in values {
                    switch (value.name, value.value) {
                    case ("seats", .number(let seats, _)): self.seats = seats
                    case ("plan", .text(let plan)): self.plan = String(decoding: plan, as: UTF8.self)
                    default: break
                    }
                }
            case .tag(let name, _): if !tags.contains(name) { tags.append(name) }
            case .untag(let name): tags.removeAll { $0 == name }
            case .send, .withdraw, .emit, .call, .start, .handOver, .reachGoal, .sleep, .end: break
            }
        }
    }

    package func facts(_ schema: ContactSchema, now: Timestamp) -> RunFacts {
        var page = FactPage(slotCount: schema.fields.count)
        for (slot, field) in schema.fields.enumerated() {
            switch field.name {
            case "seats": page.columns[slot].append(seats)
            case "plan": page.columns[slot].append(Int64(bitPattern: page.pack(plan).bits))
            case "renewal_date":
                if let renewalDate {
                    page.columns[slot].append(renewalDate)
                } else {
                    page.columns[slot].appendMissing()
                }
            case "tags":
                let packed = page.pack(tags.map { $0 + "\u{1F}" }.joined())
                page.columns[slot].append(Int64(bitPattern: packed.bits))
            default: page.columns[slot].appendMissing()
            }
        }
        page.finishRow()
        return RunFacts(context: EvaluationContext(page: page, row: 0, now: now), contact: id, contactZone: zone)
    }
}
