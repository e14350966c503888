import Testing

@Suite struct ProveTests {
    private static let rule = """
        channel: texts
        kind: sms
        provider: outbox
        folder: outbox
        ---
        rule: nudge
        purpose: marketing
        lawful_basis: consent
        trigger:
          inbound: texts
        steps:
          - send: text
            via: [texts]
            text: {en: Hello}

        """

    @Test func `what is proven ends with 0, and two runs print the same bytes`() throws {
        let carillon = try Program.withContacts()
        defer { carillon.remove() }
        let first = try carillon("prove")
        #expect(first.status == 0, "\(first.errors)")
        #expect(first.output.hasPrefix("campaign hello: proven, 1 send\n"))
        #expect(try carillon("prove", "hello").output == first.output)
        #expect(try carillon("prove", "campaigns/hello.yaml").output == first.output)
        let json = try carillon("prove", "--json")
        #expect(json.output.contains(#""verdict": "proven""#))
        #expect(try carillon("prove", "--json").output == json.output)
    }

    @Test func `what is not proven ends with 1 and shows who is reached`() throws {
        let carillon = try Program.withContacts()
        defer { carillon.remove() }
        try carillon.write("campaigns/nudge.yaml", Self.rule)
        let outcome = try carillon("prove", "nudge")
        #expect(outcome.status == 1)
        for line in [
            "rule nudge: not proven, 1 send", "    path: message from texts > message", "contact.country is \"US\"",
        ] {
            #expect(outcome.output.contains(line), "\(outcome.output)\(outcome.errors)")
        }
        let json = try carillon("prove", "nudge", "--json")
        #expect(json.status == 1)
        #expect(json.output.contains(#""counterexample""#))
        #expect(try carillon("check").output.contains("error[E0421]"))
        #expect(try carillon("prove", "nobody").status == 2)
    }
}
