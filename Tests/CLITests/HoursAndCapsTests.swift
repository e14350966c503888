import Testing

/// What the guide about hours and caps promises, command by command.
@Suite struct HoursAndCapsTests {
    private static func project(_ policy: String) throws -> Program {
        let carillon = try Program()
        _ = try carillon("init")
        try carillon.write("policies/marketing.yaml", carillon.read("policies/marketing.yaml") + policy)
        _ = try carillon("contacts", "import", "contacts.csv")
        return carillon
    }

    @Test func `where no hour is open nobody is written to, and why says which clock closed it`() throws {
        let carillon = try Self.project(
            """
            quiet_hours:
              - {hours: all_day, in: contact_zone}
            after_quiet_hours: {drop_after: 72h}

            """)
        defer { carillon.remove() }
        let plan = Numbers(try carillon("plan", "hello", "--json").output)
        #expect(plan["window_never_opens"] == 4)
        #expect(plan["would_send"] == 0)
        let why = try carillon("why", "hello", "anna@example.com").output
        #expect(why.contains("Europe/Berlin"))
        #expect(why.contains("window_never_opens"))
        #expect(why.contains("tzdata"))
        #expect(try carillon("run", "hello").status == 0)
        #expect(carillon.files(in: "outbox").isEmpty)
    }

    @Test func `of two campaigns for one place below the cap the first gets it, and why tells the count`() throws {
        let carillon = try Self.project("caps:\n  - {at_most: 1 per 30d, of: any}\nwhen_capped: skip\n")
        defer { carillon.remove() }
        #expect(try carillon("run", "hello").status == 0)
        #expect(carillon.files(in: "outbox").count == 4)
        try carillon.write(
            "campaigns/again.yaml",
            carillon.read("campaigns/hello.yaml").replacing("campaign: hello", with: "campaign: again"))
        let plan = Numbers(try carillon("plan", "again", "--json").output)
        #expect(plan["would_send"] == 0)
        #expect(plan["cap_tenant"] == 4)
        #expect(try carillon("run", "again").status == 0)
        #expect(carillon.files(in: "outbox").count == 4)
        let why = try carillon("why", "again", "anna@example.com").output
        #expect(why.contains("1 of 1 in 30d"))

        // A receipt is a receipt: no cap of a policy for marketing touches it.
        try carillon.write(
            "campaigns/receipt.yaml",
            carillon.read("campaigns/hello.yaml").replacing("campaign: hello", with: "campaign: receipt")
                .replacing("purpose: marketing", with: "purpose: transactional")
                .replacing("topic: news\n", with: "").replacing("lawful_basis: consent\n", with: "")
                .replacing("send: hello", with: "send: receipt"))
        try carillon.write(
            "templates/receipt.yaml",
            carillon.read("templates/hello.yaml").replacing("template: hello", with: "template: receipt")
                .replacing("purpose: marketing", with: "purpose: transactional").replacing("topic: news\n", with: ""))
        let receipt = try carillon("plan", "receipt", "--json")
        #expect(Numbers(receipt.output)["would_send"] == 6, "\(receipt.output) \(receipt.errors)")
    }

    @Test func `a message above a cap that waits is planned for later, not skipped`() throws {
        let carillon = try Self.project("caps:\n  - {at_most: 1 per 30d, of: any}\n")
        defer { carillon.remove() }
        #expect(try carillon("run", "hello").status == 0)
        try carillon.write(
            "campaigns/again.yaml",
            carillon.read("campaigns/hello.yaml").replacing("campaign: hello", with: "campaign: again"))
        let plan = Numbers(try carillon("plan", "again", "--json").output)
        #expect(plan["would_send"] == 4)
        #expect(plan["cap_tenant"] == 4)
        let why = try carillon("why", "again", "anna@example.com").output
        #expect(why.contains("would be sent `again` later"))
        // People read the clock of the project, machines RFC 3339.
        #expect(why.contains("lets it wait until 20") && (why.contains(" CET: ") || why.contains(" CEST: ")), "\(why)")
        #expect(why.contains("would send if it were 20") && !why.contains("Z"), "\(why)")
        let json = try carillon("why", "again", "anna@example.com", "--json").output
        #expect(json.contains("Z: ") && !json.contains("CET") && !json.contains("CEST"), "\(json)")
    }
}
