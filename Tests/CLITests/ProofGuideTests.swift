import Glibc
import Testing

/// Every command of the guide runs in a copy of the examples, one after the other, and prints what stands below it.
@Suite struct ProofGuideTests {
    private static let root: String = {
        var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        parts.removeLast(3)
        return parts.joined(separator: "/")
    }()

    @Test func `the guide prints what the program prints`() throws {
        let path = Self.root + "/docs/guides/proof.md"
        let carillon = try Program()
        defer { carillon.remove() }
        let text = carillon.read("../.." + path)
        #expect(try carillon.shell("cp -r \(Self.root)/examples/. .").status == 0)
        var lines: [String] = []
        var isInBlock = false
        var commands = 0
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
            if line.hasPrefix("```") { isInBlock = line == "```console" }
            if isInBlock, !line.hasPrefix("```"), !line.hasPrefix("$ ") { continue }
            lines.append(line)
            guard isInBlock, line.hasPrefix("$ ") else { continue }
            commands += 1
            let outcome = try carillon.shell(String(line.dropFirst(2)))
            lines += (outcome.output + outcome.errors).split(separator: "\n", omittingEmptySubsequences: false)
                .dropLast()
                .map(String.init)
        }
        let printed = lines.joined(separator: "\n")
        #expect(commands >= 7)
        if getenv("CARILLON_SNAPSHOTS") != nil {
            try carillon.write("../.." + path, printed)
        } else {
            #expect(printed == text)
        }
    }
}
