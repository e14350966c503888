import Testing

/// `carillon bounces read`, over the mails of a campaign that really ran.
@Suite struct BouncesTests {
    private static func ready() throws -> (carillon: Program, reference: String) {
        let carillon = try Program()
        #expect(try carillon("init").status == 0)
        #expect(try carillon("contacts", "import", "contacts.csv").status == 0)
        #expect(try carillon("run", "hello", "--yes").status == 0)
        try carillon.write(
            "channels/returns.yaml",
            """
            channel: returns
            kind: email
            provider: smtp
            host: mail.example
            from: Acme <news@acme.example>

            """)
        let file = try #require(carillon.files(in: "outbox").first { $0.hasSuffix(".eml") })
        let mail = carillon.read("outbox/" + file)
        let line = try #require(mail.split(whereSeparator: \.isNewline).first { $0.hasPrefix("Message-ID: <") })
        return (carillon, String(line.dropFirst("Message-ID: <".count).prefix { $0 != "@" }))
    }

    private static func report(_ reference: String) -> String {
        """
        From: MAILER-DAEMON@mx.example
        Subject: Undelivered Mail Returned to Sender
        Content-Type: multipart/report; report-type=delivery-status; boundary=b

        --b
        Content-Type: message/delivery-status

        Reporting-MTA: dns; mx.example

        Final-Recipient: rfc822; somebody.else@mail.example
        Action: failed
        Status: 5.1.1

        --b
        Content-Type: text/rfc822-headers

        Message-ID: <\(reference)@acme.example>

        --b--

        """
    }

    @Test func `a piped report bounces the message that it returns, once, and suppresses the address that we wrote to`()
        throws
    {
        let (carillon, reference) = try Self.ready()
        defer { carillon.remove() }
        try carillon.write("report.eml", Self.report(reference))
        let first = try carillon.shell("carillon bounces read < report.eml")
        #expect(first.status == 0, "\(first.output) \(first.errors)")
        #expect(first.output.contains("1 mail: 1 new, 0 known already; 1 event: 1 of known messages"))
        let again = try carillon.shell("carillon bounces read < report.eml")
        #expect(again.output.contains("1 mail: 0 new, 1 known already"))
        #expect(try carillon("status", "hello").output.contains("bounced"))
        let suppressed = try carillon("suppress", "--list").output
        #expect(suppressed.contains("bounce"), "\(suppressed)")
        #expect(!suppressed.contains("somebody.else"))
    }

    @Test func `a report with a reference that nobody sealed changes nothing`() throws {
        let (carillon, reference) = try Self.ready()
        defer { carillon.remove() }
        let forged = (reference.first == "a" ? "b" : "a") + reference.dropFirst()
        try carillon.write("report.eml", Self.report(forged))
        #expect(try carillon.shell("carillon bounces read < report.eml").status == 0)
        #expect(try !carillon("status", "hello").output.contains("bounced"))
        #expect(try carillon("suppress", "--list").output.contains("no address is suppressed"))
    }

    @Test func `new mails of a Maildir are read and moved, whatever they are`() throws {
        let (carillon, reference) = try Self.ready()
        defer { carillon.remove() }
        #expect(try carillon.shell("mkdir -p mail/new mail/cur mail/tmp").status == 0)
        try carillon.write("mail/new/1", Self.report(reference))
        try carillon.write("mail/new/2", "no mail at all")
        let read = try carillon("bounces", "read", "--maildir", "mail")
        #expect(read.status == 0, "\(read.errors)")
        #expect(read.output.contains("2 mails: 1 new, 0 known already, 1 unreadable"))
        #expect(carillon.files(in: "mail/new").isEmpty)
        #expect(carillon.files(in: "mail/cur").sorted() == ["1:2,S", "2:2,S"])
    }

    @Test func `what is no mail, and a folder that is no Maildir, are refused`() throws {
        let (carillon, _) = try Self.ready()
        defer { carillon.remove() }
        let nonsense = try carillon.shell("echo nonsense | carillon bounces read")
        #expect(nonsense.status == 1)
        #expect(nonsense.errors.contains("standard input is no mail"))
        #expect(try carillon("bounces", "read", "--maildir", "outbox").status == 2)
        #expect(try carillon("bounces", "read", "--channel", "nobody").status == 2)
    }
}
