import Testing

/// `carillon events send`, and a campaign that asks what it wrote down.
@Suite struct EventsTests {
    private static func project() throws -> Program {
        let carillon = try Program()
        #expect(try carillon("init").status == 0)
        try carillon.edit(
            "schema/contacts.yaml", "  plan: one_of(free, pro)\n",
            """
              plan: one_of(free, pro)
              renewal_date: optional date
            events:
              order_placed:
                order_id: {type: text, unique: true}
                total: money

            """)
        #expect(try carillon("contacts", "import", "contacts.csv").status == 0)
        return carillon
    }

    private static func send(_ carillon: Program, _ lines: [String], _ options: String = "--json") throws
        -> Program.Outcome
    {
        try carillon.write("events.jsonl", lines.joined(separator: "\n"))
        let program = Program.prefix(carillon.folder)[2]
        let command = "cd '\(carillon.folder)' && '\(program)' events send \(options) < events.jsonl"
        return carillon.wait(for: try carillon.spawn(executable: "/bin/sh", ["-c", command]))
    }

    private static func order(_ contact: String, _ id: String, total: String = "EUR 30") -> String {
        #"{"contact":"\#(contact)","event":"order_placed","fields":{"order_id":"\#(id)","total":"\#(total)"}}"#
    }

    @Test func `what can't be read to its end is no file without lines`() throws {
        let carillon = try Self.project()
        defer { carillon.remove() }
        let folder = try carillon("events", "send", "templates")
        #expect(folder.status == 1)
        #expect(folder.errors.contains("error: can't read templates: Is a directory"), "\(folder.errors)")
        let none = try carillon("events", "send", "nothing.jsonl")
        #expect(none.status == 1 && none.errors.contains("No such file or directory"))
    }

    @Test func `bad lines are named, the others are written down once`() throws {
        let carillon = try Self.project()
        defer { carillon.remove() }
        let lines = [
            Self.order("anna@example.com", "A-1"), "", Self.order("1", "A-1"), Self.order("nobody@example.com", "A-2"),
            Self.order("1", "A-3", total: "many"),
            #"{"contact":"1","event":"order_placed","fields":{"order_id":"A-4"}}"#,
            "{", Self.order("1", "A-5") + "\r",
        ]
        let sent = try Self.send(carillon, lines)
        #expect(sent.status == 1)
        let counts = Numbers(sent.output)
        #expect(counts["lines"] == 7)
        #expect(counts["appended"] == 2)
        #expect(counts["repeated"] == 1)
        #expect(counts["refused"] == 4)
        for part in [
            #""line": 4"#, #""reason": "unknown_contact""#, #""line": 5"#, "`total` is not an amount of money",
            #""reason": "missing_field""#, #""line": 7"#, #""reason": "malformed""#,
        ] { #expect(sent.output.contains(part), "\(part) in \(sent.output)") }

        let again = try Self.send(carillon, [lines[0]], "")
        #expect(again.status == 0)
        #expect(again.output == "1 line: 0 appended, 1 repeated, 0 refused\n")
        // Standard input by its name, a file, and one that isn't there.
        #expect(try Self.send(carillon, [lines[0]], "-").output == "1 line: 0 appended, 1 repeated, 0 refused\n")
        #expect(try carillon("events", "send", "events.jsonl").output == "1 line: 0 appended, 1 repeated, 0 refused\n")
        let nowhere = try carillon("events", "send", "nowhere.jsonl")
        #expect(nowhere.status == 1 && nowhere.errors.contains("can't read nowhere.jsonl"), "\(nowhere)")
        let text = try Self.send(carillon, ["{", "{"], "--show 1")
        #expect(
            text.errors == "line 1: this is no JSON object\n  help: write one object a line, like "
                + #"{"contact": "c1", "event": "order_placed", "fields": {}}"# + "\n… and 1 line more\n")
    }

    @Test func `a campaign that asks for history is planned, sent and explained`() throws {
        let carillon = try Self.project()
        defer { carillon.remove() }
        try carillon.write(
            "segments/readers.yaml",
            """
            segment: readers
            where:
              - contact.tags contains "newsletter"
              - count(order_placed, last 365d, where event.total >= EUR 20) >= 2
              - not sent(hello)

            """)
        // Anna, the first contact, reads German.
        try carillon.edit(
            "templates/hello.yaml", "Hallo<<contact.first_name",
            "<<count(order_placed)>> orders, <<default(last(order_placed.total), EUR 0) | money>>. Hallo<<contact.first_name"
        )
        #expect(try carillon("check").output.contains("no errors, no warnings"))
        let none = try carillon("plan", "hello", "--json")
        #expect(Numbers(none.output)["audience"] == 0, "\(none.output) \(none.errors)")
        let orders = [
            Self.order("1", "A-1"), Self.order("1", "A-2"), Self.order("2", "B-1"), Self.order("2", "B-2", total: "1"),
            Self.order("3", "C-1"),
        ]
        #expect(try Self.send(carillon, orders).status == 0)
        let plan = try carillon("plan", "hello", "--json")
        #expect(Numbers(plan.output)["audience"] == 1, "\(plan.output)")

        let run = try carillon("run", "hello", "--json")
        #expect(run.status == 0, "\(run.output) \(run.errors)")
        #expect(carillon.files(in: "outbox").count == 1)
        let mail = carillon.files(in: "outbox").map { carillon.read("outbox/" + $0) }.joined()
        #expect(mail.contains("2 orders, 30,00"), "\(mail)")

        let inside = try carillon("why", "hello", "1")
        #expect(inside.output.contains("count(order_placed, last 365d, where …)"), "\(inside.output)")
        let outside = try carillon("why", "hello", "2")
        #expect(outside.output.contains("is not in the audience"), "\(outside.output)")
        // Who was sent it is out of the audience now.
        #expect(Numbers(try carillon("plan", "hello", "--json").output)["audience"] == 0)
    }

    @Test func `nobody is in an audience of those who followed a link that nobody was sent`() throws {
        let carillon = try Self.project()
        defer { carillon.remove() }
        try carillon.edit("templates/hello.yaml", "https://shop.example", #"<<link "https://shop.example" as "shop">>"#)
        try carillon.edit(
            "segments/readers.yaml", #"contact.tags contains "newsletter""#, #"clicked(hello, link "shop")"#)
        let plan = try carillon("plan", "hello", "--json")
        #expect(plan.output.contains(#""audience": 0"#), "\(plan.output)\(plan.errors)")
    }
}
