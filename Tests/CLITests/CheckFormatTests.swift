import Glibc
import Testing

@testable import CLI

@Suite struct CheckFormatTests {
    /// A project with findings of many kinds: with a fix, with a second place, in a file with an odd name.
    private func broken() throws -> Program {
        let carillon = try Program.withContacts()
        try carillon.edit("campaigns/hello.yaml", "purpose:", "purpse:")
        try carillon.write(
            "campaigns/ä, 100%.yaml",
            "segment: x\nabout: {{ a }}\nwhere: a\nwhere: b\n---\nsegment: x\nwhere: [\n"
        )
        return carillon
    }

    private static let support: String = {
        let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        return parts.dropLast(2).joined(separator: "/") + "/Support"
    }()

    @Test func `SARIF is what its readers expect`() throws {
        let carillon = try broken()
        defer { carillon.remove() }
        for strict in [[], ["--strict"]] {
            let check = try carillon.run(["check", "--format", "sarif"] + strict)
            #expect(check.status == 1)
            try carillon.write("log.sarif", check.output)
            let path = carillon.folder + "/log.sarif"
            let verdict = carillon.wait(
                for: try carillon.spawn(executable: "/usr/bin/python3", [Self.support + "/check_sarif.py", path])
            )
            #expect(verdict.output.hasPrefix("ok ") && verdict.output != "ok 0\n", "\(verdict.output)\(verdict.errors)")
        }
    }

    @Test func `a forge gets one line a finding`() throws {
        let carillon = try broken()
        defer { carillon.remove() }
        let check = try carillon("check", "--format", "github")
        #expect(check.status == 1)
        let lines = check.output.split(separator: "\n")
        #expect(lines.count >= 4)
        #expect(lines.allSatisfy { $0.hasPrefix("::error file=") || $0.hasPrefix("::warning file=") })
        #expect(check.output.contains("file=campaigns/ä%2C 100%25.yaml,line="))
    }

    @Test func `JSON can be asked for in two ways`() throws {
        let carillon = try broken()
        defer { carillon.remove() }
        let json = try carillon("check", "--format", "json").output
        #expect(json.hasPrefix(#"{"diagnostics":["#))
        #expect(try carillon("check", "--json").output == json)
        #expect(try carillon("check", "--json", "--format", "sarif").status == 2)
        #expect(try carillon("check", "--format", "xml").status == 2)
    }

    @Test func `safe fixes are carried out and named, others are left`() throws {
        let carillon = try Program.withContacts()
        defer { carillon.remove() }
        let good = carillon.read("campaigns/hello.yaml")
        try carillon.edit("campaigns/hello.yaml", "purpose:", "purpse:")
        try carillon.write("campaigns/x.yaml", "segment: x\nwhere: contact.id is known\nexpecd_: 1..2\n")
        let fix = try carillon("check", "--fix")
        #expect(fix.status == 1)
        #expect(fix.output.contains("fixed campaigns/hello.yaml:5:1: E0202 rename to `purpose`"))
        #expect(fix.output.contains("left  campaigns/x.yaml:3:1: E0202 rename to `expect` (may change the meaning)"))
        #expect(fix.output.contains("1 fix in 1 file, 1 left to you"))
        #expect(carillon.read("campaigns/hello.yaml") == good)
        #expect(carillon.read("campaigns/x.yaml").contains("expecd_"))
        let machine = try carillon("check", "--fix", "--json")
        #expect(machine.output.hasPrefix("{"))
        #expect(machine.errors.contains("nothing to fix"))
    }

    @Test func `a file that has changed is not written over`() throws {
        let carillon = try Program()
        defer { carillon.remove() }
        try carillon.write("a.yaml", "theirs\n")
        let path = carillon.folder + "/a.yaml"
        #expect(throws: CommandFailure.self) {
            try FileReplacing.replace(path, holding: Array("read before\n".utf8), with: Array("ours\n".utf8))
        }
        #expect(carillon.read("a.yaml") == "theirs\n")
        #expect(carillon.files(in: ".") == ["a.yaml"])
        chmod(path, 0o640)
        try FileReplacing.replace(path, holding: Array("theirs\n".utf8), with: Array("ours\n".utf8))
        #expect(carillon.read("a.yaml") == "ours\n")
        var status = stat()
        #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o640)
    }
}
