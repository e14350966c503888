import Glibc
import RuleEngine
import Runner
import Testing

/// What is delivered beside the program is held to what the program does.
@Suite("Packaging") struct PackagingTests {
    private static let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
        .joined(separator: "/")

    private static func text(_ path: String) throws -> String {
        String(decoding: try #require(FileReading.bytes(of: root + "/packaging/" + path)), as: UTF8.self)
    }

    @Test func `alerts ask for figures that there are`() throws {
        let now = RunnerEnvironment.live.now()
        var facts = StoreFacts(version: 1, newestVersion: 1, hasItsKey: true, isCopy: false, isSandbox: false)
        facts.backedUpAt = now
        facts.down = ["sms-main"]
        let shown = facts.metrics(now: now)
        let own = ["carillon_ready", "carillon_http_requests_total", "carillon_http_request_seconds_bucket"]
        let rules = try Self.text("prometheus/carillon.rules.yml")
        let names = Set(rules.matches(of: /carillon_[a-z_]+/).map { String($0.output) })
        #expect(names.count > 8)
        for name in names where !own.contains(name) {
            #expect(shown.contains("\n\(name)") || shown.hasPrefix(name), "\(name)")
        }
    }

    @Test(.enabled(if: access("/usr/bin/promtool", X_OK) == 0, "promtool is not installed"))
    func `promtool finds nothing to say of alerts and figures`() throws {
        let program = try Program()
        defer { program.remove() }
        let folder = Self.root + "/packaging/prometheus"
        let rules = try program.shell("promtool check rules '\(folder)/carillon.rules.yml'")
        #expect(rules.status == 0, "\(rules.output)\(rules.errors)")
        let tried = try program.shell("promtool test rules '\(folder)/carillon.tests.yml'")
        #expect(tried.status == 0, "\(tried.output)\(tried.errors)")
        var facts = StoreFacts(version: 1, newestVersion: 1, hasItsKey: true, isCopy: true, isSandbox: false)
        facts.down = ["a", "b"]
        let figures = facts.metrics(now: RunnerEnvironment.live.now())
        let checked = try program.shell("promtool check metrics <<'END'\n\(figures)END")
        #expect(checked.status == 0, "\(checked.output)\(checked.errors)")
    }

    @Test(.enabled(if: access("/usr/bin/systemd-analyze", X_OK) == 0, "systemd is not installed"))
    func `the unit is one, and gives away little`() throws {
        let program = try Program()
        defer { program.remove() }
        let unit = Self.root + "/packaging/systemd/carillon.service"
        // It says that the program isn't installed here, and nothing else.
        let verified = try program.shell("systemd-analyze verify '\(unit)' 2>&1 | grep -v 'is not executable'")
        #expect(verified.output.isEmpty, "\(verified.output)")
        let level = try program.shell("systemd-analyze security --offline=true --threshold=20 '\(unit)'")
        #expect(level.status == 0, "\(level.output.suffix(300))")
    }

    @Test func `units and the container call commands with options that exist`() throws {
        let program = try Program()
        defer { program.remove() }
        for line in try (Self.text("systemd/carillon.service") + Self.text("systemd/carillon-backup.service"))
            .split(separator: "\n") where line.hasPrefix("ExecStart=")
        {
            let words = line.split(separator: " ").map(String.init)
            let place = try #require(
                words.firstIndex { $0.hasSuffix("/carillon") || $0 == "ExecStart=/usr/bin/carillon" })
            let help = try program(words[place + 1], "--help").output
            for option in words where option.hasPrefix("--") { #expect(help.contains(option), "\(option) of \(line)") }
        }
        let container = try Self.text("Containerfile")
        #expect(container.contains("USER 10001"))
        for option in container.matches(of: /--(project|data|host)\b/) {
            #expect(try program("serve", "--help").output.contains(String(option.output.0)))
        }
    }
}
