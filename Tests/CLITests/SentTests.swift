import Testing

/// What one person got, from the shell.
@Suite("What was sent") struct SentTests {
    @Test func `the outbox and the archive say the same, also when the template is another`() throws {
        let carillon = try Program.withContacts()
        defer { carillon.remove() }
        #expect(try carillon("run", "hello").status == 0)
        let to = "anna@example.com"
        let sent = try carillon("sent", "campaigns/hello.yaml", to)
        #expect(sent.status == 0 && sent.output.contains("accepted  \(to)\nSubject: "), "\(sent.output)\(sent.errors)")
        let mail = try #require(
            carillon.files(in: "outbox").map { carillon.read("outbox/" + $0) }.first { $0.contains(to) })
        let subject = try #require(sent.output.split(separator: "\n").first { $0.hasPrefix("Subject: ") })
        #expect(mail.contains("\r\n\(subject)\r\n"), "\(subject)\n\(mail)")
        let path = "templates/hello.yaml"
        try carillon.write(
            path, carillon.read(path).replacing("subject: ", with: "subject: Other ").replacing("'", with: ""))
        #expect(try carillon("sent", "hello", to).output == sent.output)
        let json = try carillon("sent", "hello", to, "--json")
        #expect(json.output.contains(#""kept": "kept""#) && json.output.contains(#""status": "accepted""#))

        #expect(try carillon("sent", "hello", "nobody@example.com").status == 1)
        #expect(try carillon("sent", "other", to).output == "`other` has sent nothing to \(to)\n")
        #expect(try carillon("sent", "hello", to, "--html", "-").errors.contains("that has HTML"))
        #expect(try carillon("contacts", "erase", to, "--because", "letter").status == 0)
        #expect(try carillon("sent", "hello", to).status == 1, "nobody is found by that address any more")
    }
}
