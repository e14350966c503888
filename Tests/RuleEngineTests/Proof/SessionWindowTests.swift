import Testing

@testable import RuleEngine

@Suite("Session windows")
struct SessionWindowTests {
    private static let channels = ["whatsapp", "messenger", "instagram", "telegram"].map { kind in
        "channel: \(kind)-main\nkind: \(kind)\nprovider: outbox\nfolder: outbox\n"
    }.joined(separator: "---\n")

    private func codes(_ steps: String, inbound: String = "whatsapp-main", runs: String = "one") -> [String] {
        let rule = """
            rule: answer
            purpose: informational
            trigger: {inbound: \(inbound)}
            runs: \(runs)
            steps:
            \(steps)
            """
        let result = BaseProject.compile([("channels/chat.yaml", Self.channels), ("rules/answer.yaml", rule)])
        return result.diagnostics.map { $0.code + ($0.path.isEmpty ? "" : ": " + $0.path.joined(separator: " > ")) }
    }

    private static let reply = "  - send: text\n    via: reply\n    text: {en: Hello}\n"

    @Test(arguments: [
        ("", "one", [] as [String]),
        ("  - wait: 24h\n", "one", []),
        ("  - wait: 25h\n", "one", ["E0422: message from whatsapp-main > wait 25h > message"]),
        ("  - wait: 20h\n  - wait: 4h\n", "one", []),
        ("  - wait: 20h\n  - wait: 5h\n", "one", ["E0422: message from whatsapp-main > wait 20h > wait 5h > message"]),
        ("  - wait: {until: \"10:00\", in: Etc/UTC}\n", "one", []),
        (
            "  - wait: {until: \"10:00\", in: Europe/Berlin}\n", "one",
            ["E0422: message from whatsapp-main > wait until 10:00 > message"]
        ),
        ("  - repeat: {at_most: 3, every: 8h}\n    do:\n      - wait: 2h\n", "one", []),
        (
            "  - repeat: {at_most: 3, every: 10h}\n    do:\n      - wait: 2h\n", "one",
            ["E0422: message from whatsapp-main > message"]
        ),
        (
            "  - if: contact.seats > 3\n    then:\n      - wait: 2d\n", "one",
            ["E0422: message from whatsapp-main > contact.seats > 3 > wait 2d > message"]
        ),
        ("  - wait: 1h\n", "queue", ["E0422: message from whatsapp-main > wait 1h > message"]),
    ])
    func `the longest way decides`(before: String, runs: String, expected: [String]) {
        #expect(codes(before + Self.reply, runs: runs) == expected)
    }

    @Test func `a free text goes to those who wrote on its channel, or to no window's channel`() {
        #expect(codes("  - send: text\n    via: [messenger-main]\n    text: {en: Hello}\n") == ["E0422"])
        #expect(codes("  - send: text\n    via: [telegram-main]\n    text: {en: Hello}\n").isEmpty)
        #expect(codes("  - send: text\n    via: [whatsapp-main]\n    text: {en: Hello}\n").isEmpty)
    }

    private func answered(
        _ condition: String, via: String = "whatsapp-main", before: String = "", inbound: String? = nil
    )
        -> [String]
    {
        let steps = """
              - send: text
                name: question
                via: [\(via)]
                text: {en: Are you there?}
            \(before)  - \(condition)
                then:
                  - send: text
                    via: [whatsapp-main]
                    text: {en: Good}

            """
        return codes(steps, inbound: inbound ?? "whatsapp-main").map { String($0.prefix(5)) }
    }

    @Test(
        arguments: [
            ("wait_until: replied(question)\n    up_to: 3d", "whatsapp-main", "", []),
            // Who answers elsewhere has not written here.
            ("wait_until: replied(question)\n    up_to: 3d", "telegram-main", "", ["E0422"]),
            // The answer came after the question, and perhaps right after it.
            ("if: replied(question)", "whatsapp-main", "  - wait: 20h\n", []),
            ("if: replied(question)", "whatsapp-main", "  - wait: 2d\n", ["E0422"]),
            ("if: replied(question, last 10h)", "whatsapp-main", "  - wait: 2d\n", []),
            ("if: replied(question, last 10h) and contact.seats > 3", "whatsapp-main", "  - wait: 2d\n", []),
            ("if: replied(question, last 10h) or contact.seats > 3", "whatsapp-main", "  - wait: 2d\n", ["E0422"]),
            ("if: not replied(question)", "whatsapp-main", "  - wait: 2d\n", ["E0422"]),
            ("wait_until: opened(question)\n    up_to: 3d", "whatsapp-main", "", ["E0422"]),
        ] as [(String, String, String, [String])])
    func `an answer begins the window anew`(condition: String, via: String, before: String, expected: [String]) {
        #expect(answered(condition, via: via, before: before) == expected)
    }

    @Test func `an answer to an approved text opens a window that nobody had`() {
        func steps(_ wait: String) -> String {
            """
              - send: message
                name: question
                via: [whatsapp-main]
                message:
                  whatsapp: {en: {approved_as: question_1}}
              - wait_until: replied(question)
                up_to: 3d
                then:
            \(wait)      - send: text
                    via: [whatsapp-main]
                    text: {en: Good}

            """
        }
        #expect(codes(steps(""), inbound: "telegram-main").isEmpty)
        #expect(codes(steps("      - wait: 20h\n"), inbound: "telegram-main").isEmpty)
        #expect(codes(steps("      - wait: 25h\n"), inbound: "telegram-main").map { String($0.prefix(5)) } == ["E0422"])
    }

    @Test func `rounds of loops within loops multiply`() {
        func nested(_ wait: String) -> String {
            "  - repeat: {at_most: 2, every: 1h}\n    do:\n      - repeat: {at_most: 3, every: 1h}\n        do:\n"
                + "          - wait: \(wait)\n" + Self.reply
        }
        // Twice three waits, twice two pauses inside, one outside.
        #expect(codes(nested("190m")).isEmpty)
        #expect(codes(nested("191m")).map { String($0.prefix(5)) } == ["E0422"])
    }

    @Test func `an inner send of a loop may leave in its last round`() {
        let steps =
            "  - repeat: {at_most: 3, every: 11h}\n    do:\n      - wait: 1h\n"
            + "      - send: text\n        via: reply\n        text: {en: Hello}\n"
        #expect(codes(steps).map { String($0.prefix(5)) } == ["E0422"])
        #expect(codes(steps.replacing("at_most: 3", with: "at_most: 2")).isEmpty)
    }
}
