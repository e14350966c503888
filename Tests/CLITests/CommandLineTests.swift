import Testing

@Suite struct CommandLineTests {
    @Test func `the version is one line`() throws {
        let carillon = try Program()
        defer { carillon.remove() }
        let version = try carillon("--version")
        #expect(version.status == 0)
        #expect(version.output.split(separator: "\n").count == 1)
    }

    @Test(arguments: [
        ["--nonsense"], ["why"], ["nonsense"], ["status", "--verify=7"], ["messages", "x", "--state", "odd"],
    ])
    func `wrong usage ends with 2 and says how it is used`(arguments: [String]) throws {
        let carillon = try Program()
        defer { carillon.remove() }
        let outcome = try carillon(all: arguments)
        #expect(outcome.status == 2)
        #expect(outcome.errors.contains("Usage:"))
        #expect(outcome.output.isEmpty)
    }

    @Test(arguments: [
        "check", "fmt", "schema", "contacts", "plan", "run", "status", "why", "messages", "graph", "prove", "consent",
        "suppress", "uncertain", "pause", "cancel", "init", "templates", "send-test", "serve",
    ])
    func `every command explains itself`(command: String) throws {
        let carillon = try Program()
        defer { carillon.remove() }
        let outcome = try carillon(command, "--help")
        #expect(outcome.status == 0)
        #expect(outcome.output.contains("OVERVIEW:"))
        #expect(outcome.output.contains("USAGE: carillon \(command)"))
    }

    @Test func `outside a project it says where projects come from`() throws {
        let carillon = try Program()
        defer { carillon.remove() }
        let outcome = try carillon("check")
        #expect(outcome.status == 2)
        #expect(outcome.errors.contains("carillon init"))
    }

    @Test func `errors in files end with 1 and are shown with their place`() throws {
        let carillon = try Program.withContacts()
        defer { carillon.remove() }
        try carillon.edit("campaigns/hello.yaml", "purpose:", "purpse:")
        let check = try carillon("check")
        #expect(check.status == 1)
        #expect(check.output.contains("--> campaigns/hello.yaml:5:1"))
        #expect(check.output.contains("purpose"))
        let plan = try carillon("plan", "hello", "--json")
        #expect(plan.status == 1)
        #expect(plan.output.contains(#""reason": "errors""#))
        #expect(plan.output.contains("campaigns/hello.yaml"))
    }

    @Test func `a file that nobody may read is not passed over`() throws {
        let carillon = try Program()
        defer { carillon.remove() }
        #expect(try carillon("init").status == 0)
        // Root reads everything, so it takes somebody else's place.
        let outcome = try carillon.shell(
            """
            chmod -R a+rwX . && chmod 000 campaigns/hello.yaml
            if [ $(id -u) = 0 ]; then as="setpriv --reuid 65534 --clear-groups"; fi
            for command in check "fmt --check" "activate --all"; do
                $as '\(Program.executable)' $command 2>&1; echo "exit $?"
            done
            """)
        let said = "error: can't read campaigns/hello.yaml: Permission denied"
        #expect(outcome.output.ranges(of: said).count == 3, "\(outcome.output)")
        #expect(outcome.output.ranges(of: "exit 1\n").count == 3, "\(outcome.output)")
    }

    @Test func `a file of another project is told from none`() throws {
        let carillon = try Program()
        defer { carillon.remove() }
        #expect(try carillon("init").status == 0)
        let outside = "/etc/passwd"
        let other = try carillon("plan", outside)
        #expect(other.status == 2 && other.errors.contains("is no file of this project"), "\(other.errors)")
        #expect(try carillon("prove", outside).errors.contains("is no file of this project"))
        #expect(try carillon("plan", outside + ".yaml").errors.contains("there is no campaign and no file"))
    }

    @Test func `what has no end is refused, and takes no memory that is not there`() throws {
        let carillon = try Program()
        defer { carillon.remove() }
        #expect(try carillon("init").status == 0)
        let outcome = try carillon.shell(
            """
            ulimit -v 6000000
            for command in "plan hello --against /dev/zero" "diff /dev/zero campaigns/hello.yaml" "fmt --check /dev/zero" \
                "audit verify --checkpoint /dev/zero" "simulate --contacts contacts.csv --events /dev/zero"; do
                carillon $command > /dev/null 2>&1; echo $?
            done
            """)
        #expect(outcome.output == "1\n2\n1\n2\n2\n", "\(outcome.output)\(outcome.errors)")
    }

    @Test func `init writes over nothing`() throws {
        let carillon = try Program()
        defer { carillon.remove() }
        try carillon.write("contacts.csv", "mine\n")
        let outcome = try carillon("init")
        #expect(outcome.status == 4)
        #expect(carillon.read("contacts.csv") == "mine\n")
        #expect(carillon.files(in: ".") == ["contacts.csv"])
    }

    @Test func `every refused row is named with its line and the reason`() throws {
        let carillon = try Program.withContacts()
        defer { carillon.remove() }
        try carillon.write(
            "bad.csv",
            "id,email,country,plan\n10,a@example.com,DE,free\n11,b.example.com,DE,free\n12,c@example.com,DE,gold\n"
        )
        let outcome = try carillon("contacts", "import", "bad.csv", "--refused", "refused.csv")
        #expect(outcome.status == 0)
        #expect(outcome.output.contains("line 3, column 2 (email)"))
        #expect(outcome.output.contains("line 4, column 4 (plan)"))
        #expect(carillon.read("refused.csv").split(separator: "\n").count == 3)
        let strict = try carillon("contacts", "import", "bad.csv", "--strict")
        #expect(strict.status == 4)
    }

    @Test func `a graph shows the gate in front of the send`() throws {
        let carillon = try Program.withContacts()
        defer { carillon.remove() }
        let mermaid = try carillon("graph", "campaigns/hello.yaml", "--format", "mermaid")
        #expect(mermaid.status == 0)
        #expect(mermaid.output.hasPrefix("flowchart"))
        let dot = try carillon("graph", "hello", "--format", "dot")
        #expect(dot.output.contains("digraph"))
    }

    @Test func `without a terminal there are no colours, and nothing is asked`() throws {
        let carillon = try Program.withContacts()
        defer { carillon.remove() }
        let run = try carillon("run", "hello")
        #expect(run.status == 0)
        #expect(!run.output.contains("\u{1B}"))
        #expect(!run.errors.contains("[y/N]"))
    }
}

extension Program {
    func callAsFunction(all arguments: [String]) throws -> Outcome {
        try run(arguments)
    }
}
