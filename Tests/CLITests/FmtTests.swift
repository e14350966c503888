import Testing

@Suite struct FmtTests {
    @Test func `a project becomes one style, and checking says so`() throws {
        let carillon = try Program.withContacts()
        defer { carillon.remove() }
        #expect(try carillon("fmt").status == 0)
        #expect(try carillon("fmt", "--check").status == 0)
        let before = try carillon("graph", "hello", "--json")
        let good = carillon.read("campaigns/hello.yaml")
        try carillon.edit("campaigns/hello.yaml", "campaign: hello", "campaign:   'hello' # ours")
        let check = try carillon("fmt", "--check")
        #expect(check.status == 1)
        #expect(check.output == "campaigns/hello.yaml\n")
        let fmt = try carillon("fmt")
        #expect(fmt.status == 0)
        #expect(fmt.output.contains("formatted campaigns/hello.yaml"))
        #expect(
            carillon.read("campaigns/hello.yaml")
                == good.replacing("campaign: hello\n", with: "campaign: hello  # ours\n")
        )
        #expect(try carillon("graph", "hello", "--json").output == before.output)
        #expect(carillon.files(in: "campaigns") == ["hello.yaml"])
    }

    @Test func `a file with mistakes is named and left alone`() throws {
        let carillon = try Program.withContacts()
        defer { carillon.remove() }
        try carillon.write("campaigns/bad.yaml", "campaign:   bad\nvia: [\n")
        let fmt = try carillon("fmt", "campaigns/bad.yaml")
        #expect(fmt.status == 1)
        #expect(fmt.errors.contains("campaigns/bad.yaml"))
        #expect(carillon.read("campaigns/bad.yaml") == "campaign:   bad\nvia: [\n")
    }

    @Test func `standard input goes to standard output`() throws {
        let carillon = try Program()
        defer { carillon.remove() }
        // Nothing comes in here, and nothing goes out.
        let empty = try carillon("fmt", "--stdin")
        #expect(empty.status == 0)
        #expect(empty.output.isEmpty)
        #expect(try carillon("fmt", "--stdin", "x.yaml").status == 2)
    }
}
