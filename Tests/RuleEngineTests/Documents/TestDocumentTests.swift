import RuleEngine
import Testing

/// Scenario tests are checked like every document, though nothing runs them yet.
struct TestDocumentTests {
    private static let sound = """
        test: the names of a test are held against the project
        for: campaign spring-sale
        given:
          contact: {country: DE, seats: 2}
        timeline:
          - {at: 2027-04-06 18:00, event: trial_started, with: {plan: pro}}
        expect:
          - sent: {template: welcome, via: email-main}
        never:
          - sent_without_consent

        """

    static let changes: [(String, String, [String])] = [
        ("for: campaign spring-sale", "for: all", []), ("spring-sale", "spring-sail", ["E0229"]),
        ("for: campaign spring-sale", "for: everything", ["E0145"]), ("seats", "seat", ["E0240"]),
        ("event: trial_started", "event: trial_start", ["E0246"]), ("{plan: pro}", "{plans: pro}", ["E0247"]),
        ("template: welcome", "template: welcom", ["E0211"]), ("via: email-main", "via: email-mai", ["E0210"]),
        ("at: 2027-04-06 18:00", "at: 2027-04-31 18:00", ["E0143"]), ("at: 2027-04-06 18:00, ", "", ["E0206"]),
        ("seats: 2", "seats: two", ["E0362"]), ("country: DE", "country: Germany", ["E0362"]),
        ("seats: 2", "seats: [2]", ["E0119"]), ("seats: 2", "seats: 2, plan: gold", ["E0362"]),
        ("seats: 2", "seats: 2, renewal_date: 2027-02-30", ["E0362"]), ("seats: 2", "seats: 2, email: anna", ["E0362"]),
        ("seats: 2", "seats: 2, phone: \"0151\"", ["E0362"]), ("seats: 2", "seats: 2, tags: [a, b]", []),
        ("seats: 2", "seats: 2, tags: a", ["E0119"]), ("timeline:", "  holdout: true\ntimeline:", ["E0412"]),
        ("timeline:", "  arms: {discount: none}\ntimeline:", ["E0253"]),
        ("event: trial_started, with: {plan: pro}", "event: order_placed, with: {order_id: a, total: EUR 5}", []),
        ("event: trial_started, with: {plan: pro}", "event: order_placed, with: {total: 5}", ["E0362"]),
        (
            "event: trial_started, with: {plan: pro}",
            "event: cart_updated, with: {cart_id: c, items: [{sku: a, quantity: 2}]}", []
        ),
        (
            "event: trial_started, with: {plan: pro}",
            "event: cart_updated, with: {items: [{sku: a, quantity: many}, {skus: b}]}", ["E0362", "E0247"]
        ),
        ("- sent: {template", "- sent: {between: 2027-04-06 18:00 .. 2027-04-07 18:00, template", []),
        ("- sent: {template", "- sent: {between: 2027-04-08 18:00 .. 2027-04-07 18:00, template", ["E0143"]),
        ("- sent_without_consent", "- more_than: 3 per 7d", []),
        ("- sent_without_consent", "- more_than: 3", ["E0182"]),
        ("sent_without_consent", "sent_without_asking", ["E0217"]), ("sent:", "send:", ["E0202"]),
    ]

    @Test(arguments: changes)
    func `names that lead nowhere are found`(_ old: String, _ new: String, _ expected: [String]) {
        let result = BaseProject.compile([
            ("campaigns/a.yaml", BaseProject.campaign), ("tests/a.yaml", Self.sound.replacing(old, with: new)),
        ])
        #expect(result.diagnostics.map(\.code) == expected)
    }

    @Test func `a test may fix what chance decides, by names that its program has`() {
        let split = """
            sequence: trial
            purpose: transactional
            enter: {event: trial_started}
            holdout: 10%
            steps:
              - split: discount
                arms:
                  none: {share: 50%}
                  ten: {share: 50%, do: [{tag: ten}]}

            """
        func codes(_ given: String) -> [String] {
            let test = "test: a group\nfor: sequence trial\ngiven:\n  \(given)\n"
            return BaseProject.compile([("sequences/trial.yaml", split), ("tests/a.yaml", test)]).diagnostics.map(
                \.code)
        }
        #expect(codes("holdout: true") == [])
        #expect(codes("arms: {discount: ten}") == [])
        #expect(codes("arms: {discount: five}") == ["E0253"])
        #expect(codes("arms: {discont: ten}") == ["E0253"])
    }
}
