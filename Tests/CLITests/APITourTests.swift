import Glibc
import Testing

/// docs/api.md and the way through README.md, as they are written: every line for the shell is run, and what they say is printed
/// is printed.
@Suite struct APITourTests {
    @Test func `every line of the page does what it says`() throws {
        let (outcome, expected) = try Self.run("/docs/api.md")
        #expect(outcome.output.contains("thanks → anna@example.com"))
        #expect(expected >= 2)
    }

    @Test func `the way from the first event to the first message leads there`() throws {
        let (outcome, _) = try Self.run("/README.md")
        #expect(outcome.output.contains("✓ 8 files: no errors, no warnings"), "\(outcome.output)")
        #expect(outcome.output.contains(#""appended": 1"#) && outcome.output.contains("outbox/"))
        #expect(outcome.output.contains("by `email-main`: was accepted on"), "\(outcome.output)")
    }

    /// - Returns: what the shell printed, and how much of it the page foretells.
    private static func run(_ path: String) throws -> (outcome: Program.Outcome, expected: Int) {
        let page = try page(path)
        let carillon = try Program()
        defer { carillon.remove() }
        let port = try freePort()
        // The server ends with the script, and the script ends where a line of it waits for ever. A function in the
        // background would be a shell of its own, and the program its child.
        var script = """
            set -e
            unset -f carillon
            PATH='\(Program.executable.dropLast("/carillon".count))':$PATH
            (sleep 100; kill $$) &
            watch=$!
            trap 'status=$?; kill $! $watch 2>/dev/null || true; exit $status' EXIT

            """
        var expected: [String] = []
        for block in page {
            switch block.language {
            case "sh": script += block.text
            case "json": expected.append(block.text)
            // Examples of output, and files that are shown.
            case "" where path == "/README.md", "yaml" where path == "/README.md": break
            default: Issue.record("a block of `\(block.language)`, which nobody runs")
            }
        }
        let outcome = try carillon.shell(script.replacing("8087", with: port))
        #expect(outcome.status == 0, "\(outcome.errors)\n\(outcome.output)")
        for text in expected { #expect(outcome.output.contains(text), "\(text)\nis not in\n\(outcome.output)") }
        return (outcome, expected.count)
    }

    private struct Block {
        var language: String
        var text: String
    }

    private static func page(_ path: String) throws -> [Block] {
        let here = #filePath
        let root = try #require(here.firstRange(of: "/Tests/CLITests/"))
        let file = try #require(fopen(here[..<root.lowerBound] + path, "r"))
        defer { fclose(file) }
        var blocks: [Block] = []
        var open: Block?
        var line: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { free(line) }
        while getline(&line, &capacity, file) >= 0, let line {
            let text = String(cString: line)
            if let block = open {
                if text.hasPrefix("```") {
                    blocks.append(block)
                    open = nil
                } else {
                    open?.text += text
                }
            } else if text.hasPrefix("```") {
                open = Block(language: text.dropFirst(3).trimmingPrefix { $0 == " " }.filter { $0 != "\n" }, text: "")
            }
        }
        return blocks
    }

    /// One that nobody uses now.
    private static func freePort() throws -> String {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(descriptor, pointer, length) + getsockname(descriptor, pointer, &length)
            }
        }
        try #require(result == 0)
        return String(UInt16(bigEndian: address.sin_port))
    }
}
