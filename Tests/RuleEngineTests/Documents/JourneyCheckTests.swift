import RuleEngine
import Testing

/// What holds between the steps of sequences and rules.
struct JourneyCheckTests {
    private func codes(_ steps: String, entry: String = "{event: cart_updated}", purpose: String = "transactional")
        -> [String]
    {
        let rule = """
            rule: shop
            purpose: \(purpose)
            trigger: \(entry)
            steps:
            \(steps)

            """
        return BaseProject.compile([("rules/shop.yaml", rule)]).diagnostics.map(\.code)
    }

    static let steps: [(String, [String])] = [
        ("  - hand_over: sales", []),
        ("  - wait: {until: contact.renewal_date, up_to: 14d}", ["E0312"]),
        (
            "  - if: contact.renewal_date is missing\n    then:\n      - exit: none\n  - wait: {until: contact.renewal_date, up_to: 14d}",
            []
        ),
        ("  - if: contact.renewal_date is known\n    then:\n      - wait: {until: contact.renewal_date}", ["E0206"]),
        (
            "  - wait_for: order_placed\n    where: event.cart_id == entry.cart_id\n    up_to: 2h\n    then: [{exit: bought}]",
            []
        ),
        (
            "  - wait_for: order_placed\n    where: event.name == entry.cart_id\n    up_to: 2h\n    then: [{exit: bought}]",
            ["E0247"]
        ),
        ("  - wait_for: order_placed\n    then: [{exit: bought}]", ["E0206"]),
        ("  - if: event.total > EUR 3\n    then: [{exit: a}]", ["E0242"]),
        ("  - if: count(order_placed, last 30d, where event.total > entry.total) >= 2\n    then: [{exit: a}]", []),
        ("  - if: last(order_placed) > now - 2d\n    then: [{exit: a}]", []),
        ("  - if: sum(order_placed.total) > 3\n    then: [{exit: a}]", ["E0301"]),
        ("  - emit: {event: order_placed, with: {order_id: entry.cart_id}}", ["E0206"]),
        ("  - emit: {event: order_placed, with: {order_id: entry.cart_id, total: entry.total}}", []),
        ("  - emit: {event: order_placed, with: {order_id: entry.total, total: entry.total}}", ["E0305"]),
        ("  - set: {plan: gold}", ["E0217"]),
        ("  - set: {email: x}", ["E0221"]),
        ("  - tag: {name: a, for: 7d}\n  - untag: a", []),
        ("  - exit: a\n    up_to: 3d", ["E0202"]),
        ("  - wait: 2d\n    exit: a", ["E0140"]),
        (
            "  - choose:\n      - otherwise: [{exit: a}]\n      - when: contact.seats > 3\n        do: [{exit: b}]",
            ["E0415"]
        ),
        ("  - hand_over: sales\n    note: '<<entry.totl>>'", ["E0247"]),
    ]

    @Test(arguments: steps)
    func `a step is checked with what is known where it stands`(_ steps: String, _ expected: [String]) {
        #expect(codes(steps) == expected)
    }

    static let entries: [(String, [String])] = [
        ("{webhook: cart_updated, where: event.total > EUR 3}", []), ("{inbound: sms-eu}", []),
        ("{segment: newsletter, when: enters, existing: include}", []),
        ("{segment: newsletter}", ["E0413", "E0413"]),
        ("{event: cart_updated, inbound: sms-eu}", ["E0412"]),
        ("{schedule: {every: week, days: mon-fri, at: \"10:00\"}}", []),
        ("{schedule: {every: week, at: \"10:00\"}}", ["E0206"]),
        ("{schedule: {every: day, day: 3, at: \"10:00\"}}", ["E0412"]),
        ("{schedule: {cron: \"*/5 9-17 * * 1-5\"}}", []), ("{schedule: {cron: \"* * *\"}}", ["E0144"]),
        ("{schedule: {once: 2027-03-18 10:00, in: contact_zone}}", []),
        ("{schedule: {every: day, at: \"25:00\"}}", ["E0143"]), ("{schedule: {in: contact_zone}}", ["E0411"]),
        ("{schedule: {every: day, at: \"10:00\"}, where: event.total > EUR 3}", ["E0242"]),
    ]

    @Test(arguments: entries)
    func `an entry says what starts it, and nothing is read and ignored`(_ entry: String, _ expected: [String]) {
        #expect(codes("  - hand_over: sales", entry: entry) == expected)
    }

    @Test func `a template that reads the entry is compiled for each program's event`() {
        let template = "template: cart\nsms:\n  en: 'Your cart <<entry.cart_id>>'\n"
        func codes(_ event: String) -> [String] {
            let rule =
                "rule: a\npurpose: transactional\ntrigger: {event: \(event)}\nsteps:\n  - send: cart\n    via: [sms-eu]\n"
            return BaseProject.compile([("templates/cart.yaml", template), ("rules/a.yaml", rule)]).diagnostics.map(
                \.code)
        }
        #expect(codes("cart_updated") == [])
        // An order's cart may be missing, and a trial has none.
        #expect(codes("order_placed") == ["E0312"])
        #expect(codes("trial_started") == ["E0247"])
        let campaign =
            "campaign: a\npurpose: transactional\naudience: {include: [newsletter]}\nvia: [sms-eu]\nsend: cart\n"
        let result = BaseProject.compile([("templates/cart.yaml", template), ("campaigns/a.yaml", campaign)])
        #expect(result.diagnostics.map(\.code) == ["E0242"])
    }
}
