import Testing

/// What the first-campaign guide promises, command by command.
@Suite struct FirstCampaignTests {
    @Test func `a project made by init goes from check to a sent campaign`() throws {
        let carillon = try Program()
        defer { carillon.remove() }
        #expect(try carillon("init").status == 0)

        let check = try carillon("check")
        #expect(check.status == 0)
        #expect(check.output.contains("no errors, no warnings"))

        let imported = try carillon("contacts", "import", "contacts.csv", "--json")
        #expect(imported.status == 0)
        #expect(Numbers(imported.output)["rows"] == 8)
        #expect(Numbers(imported.output)["created"] == 8)

        let plan = Numbers(try carillon("plan", "campaigns/hello.yaml", "--json").output)
        #expect(plan["audience"] == 7)
        #expect(plan["would_send"] == 4)
        #expect(plan["no_consent"] == 1)
        #expect(plan["proof_missing"] == 1)
        #expect(plan["dnc_tenant"] == 1)
        #expect(plan["least"] == 1600)

        let run = try carillon("run", "campaigns/hello.yaml", "--json")
        #expect(run.status == 0)
        #expect(carillon.files(in: "outbox").count == 4)

        let status = try carillon("status", "hello", "--verify", "--json")
        #expect(status.status == 0)
        let counts = Numbers(status.output)
        #expect(counts["audience"] == 7)
        #expect(counts["accepted"] == 4)
        #expect(counts["open"] == 0)
        #expect(status.output.contains(#""state": "finished""#))
        #expect(status.output.contains(#""violations": []"#))

        let sent = try carillon("why", "hello", "anna@example.com")
        #expect(sent.output.contains("the provider accepted it"))
        #expect(sent.output.contains("segments/readers.yaml:4:5"))
        let skipped = try carillon("why", "hello", "eve@example.com")
        #expect(skipped.output.contains("eve@example.com was not sent `hello`: there is no consent."))
        #expect(skipped.output.contains("hello → eve@example.com  (id 5)"))

        #expect(try carillon("messages", "hello", "--csv", "out.csv").status == 0)
        let lines = carillon.read("out.csv").split(separator: "\n")
        let header =
            "contact,channel,address,status,reason,provider_id,attempts,cost_micros,currency,created_at,accepted_at,"
            + "told,told_at"
        #expect(lines.first.map(String.init) == header)
        #expect(lines.count == 8)
        #expect(lines.dropFirst().allSatisfy { $0.contains(",accepted,") || $0.contains(",skipped,") })
    }

    @Test func `an erased person is gone from every report, and the counts still add up`() throws {
        let carillon = try Program.withContacts()
        defer { carillon.remove() }
        #expect(try carillon("run", "hello").status == 0)
        #expect(try carillon("contacts", "erase", "anna@example.com").status == 2, "it asks for a reason")
        let erased = try carillon("contacts", "erase", "anna@example.com", "--because", "request by letter")
        #expect(erased.status == 0)
        #expect(erased.output == "forgotten; what is left is known as erased:1\n")
        #expect(try carillon("why", "hello", "anna@example.com").status == 1)
        #expect(try !carillon("messages", "hello").output.contains("anna@"))
        #expect(try carillon("status", "hello", "--verify").status == 0)
        #expect(!carillon.read(".carillon/carillon.db").contains("anna@example.com"))
        #expect(!carillon.read(".carillon/carillon.db-wal").contains("anna@example.com"))
    }

    @Test func `a finished campaign is not sent again by accident`() throws {
        let carillon = try Program.withContacts()
        defer { carillon.remove() }
        #expect(try carillon("run", "hello").status == 0)
        let again = try carillon("run", "hello")
        #expect(again.status == 4)
        #expect(again.errors.contains("--new-launch"))
        #expect(try carillon("run", "hello", "--new-launch").status == 0)
    }

    @Test func `outside expect, nothing is sent`() throws {
        let carillon = try Program.withContacts()
        defer { carillon.remove() }
        try carillon.edit("campaigns/hello.yaml", "1..100", "50..100")
        let plan = try carillon("plan", "hello")
        #expect(plan.status == 4)
        #expect(plan.output.contains("✗"))
        let run = try carillon("run", "hello", "--json")
        #expect(run.status == 4)
        #expect(run.output.contains(#""reason": "expect""#))
        #expect(carillon.files(in: "outbox").isEmpty)
    }

    @Test func `above the budget, nothing is sent`() throws {
        let carillon = try Program.withContacts()
        defer { carillon.remove() }
        try carillon.edit("campaigns/hello.yaml", "EUR 1}", "EUR 0.0015}")
        let run = try carillon("run", "hello", "--json")
        #expect(run.status == 4)
        #expect(run.output.contains(#""reason": "budget""#))
        #expect(carillon.files(in: "outbox").isEmpty)
    }

    @Test func `who is suppressed or revokes before the run gets nothing`() throws {
        let carillon = try Program.withContacts()
        defer { carillon.remove() }
        #expect(try carillon("suppress", "anna@example.com", "--source", "letter").status == 0)
        #expect(try carillon("consent", "revoke", "ben@example.com", "--source", "call").status == 0)
        #expect(
            try carillon("consent", "record", "eve@example.com", "--level", "express", "--source", "call").status == 0
        )
        #expect(try carillon("run", "hello").status == 0)
        let counts = Numbers(try carillon("status", "hello", "--json").output)
        #expect(counts["accepted"] == 3)
        #expect(counts["dnc_tenant"] == 2)
        #expect(counts["no_consent"] == 1)
        #expect(try carillon("why", "hello", "eve@example.com").output.contains("accepted"))
    }

    @Test func `a preview shows the text and writes the ledger nothing`() throws {
        let carillon = try Program.withContacts()
        defer { carillon.remove() }
        let preview = try carillon("templates", "preview", "hello", "--as", "anna@example.com")
        #expect(preview.status == 0)
        #expect(preview.output.contains("Subject: Anna, es gibt Neues"))
        #expect(preview.output.contains("1 Main Street"))
        let test = try carillon("send-test", "hello", "--as", "2", "--to", "me@example.com")
        #expect(test.status == 0)
        #expect(carillon.files(in: "outbox").count == 1)
        #expect(try carillon("status", "hello").status == 1)
    }

    @Test func `a cancelled campaign can't be resumed`() throws {
        let carillon = try Program.withContacts()
        defer { carillon.remove() }
        #expect(try carillon("cancel", "hello").status == 1)
        #expect(try carillon("run", "hello").status == 0)
        #expect(try carillon("cancel", "hello").status == 4)
    }
}

extension Program {
    /// The starter project with its contacts imported.
    static func withContacts() throws -> Program {
        let program = try Program()
        try program("init")
        try program("contacts", "import", "contacts.csv")
        return program
    }
}

/// The whole numbers of a JSON text by key, wherever they stand: enough to read our own reports without a decoder.
struct Numbers {
    private var values: [String: Int] = [:]

    init(_ json: String) {
        for line in json.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { continue }
            let key = parts[0].filter { $0 != "\"" && $0 != " " }
            if let value = Int(parts[1].filter { $0 != "," && $0 != " " }) { values[key] = value }
        }
    }

    subscript(key: String) -> Int? { values[key] }
}
