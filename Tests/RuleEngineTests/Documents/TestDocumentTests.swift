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
        ("sent_without_consent", "sent_without_asking", ["E0217"]), ("sent:", "send:", ["E0202"]),
    ]

    @Test(arguments: changes)
    func `names that lead nowhere are found`(_ old: String, _ new: String, _ expected: [String]) {
        let result = BaseProject.compile([
            ("campaigns/a.yaml", BaseProject.campaign), ("tests/a.yaml", Self.sound.replacing(old, with: new)),
        ])
        #expect(result.diagnostics.map(\.code) == expected)
    }
}
