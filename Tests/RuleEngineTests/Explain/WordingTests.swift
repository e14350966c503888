import RuleEngine
import Testing

/// Conditions in words. Whoever reads the sentence must be able to write the condition down again.
struct WordingTests {
    static let conditions: [(String, String)] = [
        ("contact.plan == \"pro\"", "the contact's plan is `pro`"),
        ("contact.plan != \"pro\"", "the contact's plan is not `pro`"),
        ("contact.first_name != \"Anna\"", "the contact's `first_name` is known and is not `Anna`"),
        ("not contact.first_name == \"Anna\"", "it is not so that the contact's `first_name` is `Anna`"),
        ("not contact.plan == \"pro\"", "the contact's plan is not `pro`"),
        ("not contact.seats > 3", "the contact's seats are at most 3"),
        ("5 < contact.seats", "the contact's seats are more than 5"),
        ("contact.seats < 2.5", "the contact's seats are less than 3"),
        ("contact.country in [\"DE\", \"AT\"]", "the contact's country is `AT` or `DE`"),
        ("not contact.country in [\"DE\", \"AT\"]", "the contact's country is neither `AT` nor `DE`"),
        ("contact.renewal_date is missing", "the contact's `renewal_date` is missing"),
        (
            "contact.renewal_date is known and contact.renewal_date - 3d < 2027-03-18",
            """
            all of these hold:
            - the contact's `renewal_date` is known
            - 3 days before the contact's `renewal_date` is before 2027-03-18
            """
        ),
        ("count(order_placed, last 365d) >= 2", "there have been at least 2 `order_placed` in the last 365 days"),
        ("none(order_placed, last 90d)", "there has been no `order_placed` in the last 90 days"),
        ("not any(order_placed)", "there has been no `order_placed`"),
        (
            "any(order_placed, last 36h, where event.total > EUR 20)",
            "there has been at least one `order_placed` in the last 1 day and 12 hours for which the event's total is more "
                + "than EUR 20"
        ),
        (
            "sum(order_placed.total, last 30d) > EUR 100",
            "the sum of total over all `order_placed` in the last 30 days is more than EUR 100"
        ),
        ("tagged(\"vip\")", "the contact carries the tag `vip`"),
        ("not tagged(\"vip\")", "the contact does not carry the tag `vip`"),
        ("in_segment(\"newsletter\")", "the contact is in the segment `newsletter`"),
        ("open_now(\"support-berlin\")", "`support-berlin` is open"),
        ("opened(welcome)", "the contact has opened `welcome`"),
        ("not clicked(welcome)", "the contact has not clicked a link in `welcome`"),
        ("sent(welcome, last 7d)", "`welcome` has been sent to the contact in the last 7 days"),
        ("contact.email ends_with \"@acme.example\"", "the contact's email ends with `@acme.example`"),
        (
            "contact.email matches \"*@acme.?e\"",
            "the contact's email fits the pattern `*@acme.?e` (`*` any text, `?` one character)"
        ),
        ("size(contact.tags) > 2", "the number of the contact's tags is more than 2"),
        ("contact.seats * 2 + 1 > 9", "((the contact's seats times 2) plus 1) is more than 9"),
        (
            "default(contact.first_name, \"\") == \" a`b \"",
            #"(the contact's `first_name`, or "" where that is missing) is " a`b ""#
        ),
        (
            "contact.plan == \"pro\" and (contact.seats > 3 or contact.country == \"DE\")",
            """
            all of these hold:
            - the contact's plan is `pro`
            - at least one of these holds:
              - the contact's seats are more than 3
              - the contact's country is `DE`
            """
        ),
        (
            "contact.plan == \"pro\" and contact.seats > 3 or contact.country == \"DE\"",
            """
            at least one of these holds:
            - all of these hold:
              - the contact's plan is `pro`
              - the contact's seats are more than 3
            - the contact's country is `DE`
            """
        ),
        (
            "not (contact.plan == \"pro\" or contact.seats > 3)",
            """
            none of these holds:
            - the contact's plan is `pro`
            - the contact's seats are more than 3
            """
        ),
        (
            "not (contact.plan == \"pro\" and contact.seats > 3)",
            """
            not all of these hold:
            - the contact's plan is `pro`
            - the contact's seats are more than 3
            """
        ),
    ]

    @Test(arguments: conditions)
    func `a condition is told in words that say exactly it`(_ source: String, _ words: String) throws {
        #expect(Self.outline(try Self.phrase(source)) == words)
    }

    @Test func `conditions of another form never sound the same`() throws {
        var told: [String: String] = [:]
        for seed in 0..<400 {
            var random = SeededGenerator(seed: UInt64(seed))
            let source = Self.generated(&random, depth: 3)
            let (project, condition) = try Self.compiled(source)
            var writer = CanonicalWriter()
            condition.writeCanonical(into: &writer)
            let words = Self.outline(ConditionWords.phrase(condition, in: project))
            let form = writer.bytes.map { String($0) }.joined(separator: ",")
            if let other = told[words] { #expect(other == form, "seed \(seed): \(words)") }
            told[words] = form
        }
        #expect(told.count > 200)
    }

    private static func generated(_ random: inout SeededGenerator, depth: Int) -> String {
        let leaves = [
            "contact.plan == \"pro\"", "contact.plan != \"team\"",
            "contact.seats > \(Int.random(in: 0..<4, using: &random))",
            "contact.seats <= 3", "contact.first_name is known", "contact.first_name == \"known\"",
            "contact.country in [\"DE\", \"AT\"]", "none(order_placed, last 30d)", "tagged(\"vip\")",
            "contact.email contains \"a and b\"", "contact.first_name != \"x\"",
        ]
        if depth == 0 || Int.random(in: 0..<4, using: &random) == 0 {
            return leaves.randomElement(using: &random) ?? ""
        }
        let left = generated(&random, depth: depth - 1)
        let right = generated(&random, depth: depth - 1)
        // `not` over `and` and `or` alone: the opposite of a comparison is another comparison, and sounds like it.
        let negation = Int.random(in: 0..<4, using: &random) == 0 ? "not " : ""
        return negation + "((\(left)) \(Bool.random(using: &random) ? "and" : "or") (\(right)))"
    }

    // MARK: Compiling

    private static func compiled(_ source: String) throws -> (CheckedProject, TypedExpression) {
        let quoted = source.replacing("'", with: "''")
        let result = BaseProject.compile([
            ("segments/asked.yaml", "segment: asked\nwhere: '\(quoted)'\n")
        ])
        let text = DiagnosticRenderer(sources: result.sources).text(result.diagnostics)
        let project = try #require(result.project, "\(text)")
        return (project, try #require(project.segments["asked"]?.conditions.first))
    }

    private static func phrase(_ source: String) throws -> Phrase {
        let (project, condition) = try compiled(source)
        return ConditionWords.phrase(condition, in: project)
    }

    private static func outline(_ phrase: Phrase) -> String {
        func lines(_ phrase: Phrase, _ depth: Int) -> [String] {
            let mark = depth == 0 ? "" : String(repeating: "  ", count: depth - 1) + "- "
            return [mark + phrase.text] + phrase.parts.flatMap { lines($0, depth + 1) }
        }
        return lines(phrase, 0).joined(separator: "\n")
    }
}
