import RuleEngine
import Runner
import Storage
import Testing

@testable import Server

/// What the chain holds of those who were let in or not, and how its end is kept.
@Suite struct AuditTests {
    private func entry(_ action: String, address: String = "") -> AuditEntry {
        var entry = AuditEntry(at: ServiceFixture.now, actor: "x", action: action, object: "", request: "r")
        entry.address = address
        return entry
    }

    @Test func `a failed login is in the chain, and doesn't say whether there is such a person`() async throws {
        let fixture = try ServiceFixture()
        try await fixture.serve { call in
            let made = try call("POST", "/users", #"{"name": "anna", "role": "analyst"}"#)
            let token = try #require(made.body["token"]?.string)
            let set = #"{"token": "\#(token)", "password": "a long and quiet evening"}"#
            _ = try call("POST", "/users/password", set, key: "none")
            func guess(_ name: String, from address: String) throws {
                let body = #"{"name": "\#(name)", "password": "guessed at random"}"#
                let headers = ["X-Forwarded-For": address]
                #expect(try call("POST", "/sessions", body, key: "none", headers: headers).code == "bad_login")
            }
            try guess("anna", from: "203.0.113.9")
            try guess("nobody", from: "203.0.113.9")
            try guess("anna", from: "198.51.100.7")
            let log = try call("GET", "/audit?limit=3")
            let entries = (log.body["items"]?.items ?? []).reversed().map(\.self)
            for entry in entries {
                #expect(entry["action"]?.string == "failedLogIn")
                #expect(entry["actor"]?.string == "anonymous")
                #expect(entry["object"]?.string?.hasPrefix("login:~") == true)
                #expect(entry["before"]?.string == "" && entry["after"]?.string == "")
            }
            // The same name and the same place are known again, and neither can be read.
            let objects = entries.compactMap { $0["object"]?.string }
            let places = entries.compactMap { $0["address"]?.string }
            #expect(objects[0] == objects[2] && objects[0] != objects[1])
            #expect(places[0] == places[1] && places[0] != places[2])
            for text in ["anna", "nobody", "203.0.113.9", "guessed"] { #expect(!log.text.contains(text), "\(text)") }
        }
        let bytes = try fixture.databaseBytes()
        #expect(bytes.firstRange(of: Array("203.0.113.9".utf8)) == nil)
        #expect(bytes.firstRange(of: Array("guessed at random".utf8)) == nil)
    }

    @Test func `an entry holds where it came from, and one from before addresses keeps its hash`() throws {
        let fixture = try ServiceFixture()
        let log = try fixture.store.openAudit()
        try log.append(entry("a"))
        try log.append(entry("b", address: AuditSeal(fixture.store.key).address("203.0.113.9")))
        // As the program before addresses wrote it.
        let first = try #require(try log.entry(1))
        #expect(AuditEntry.text(of: first.hash) == Self.hashOfBefore)
        #expect(try log.verify() != .broken(at: 2))
        let connection = try fixture.store.connect()
        try connection.execute("DROP TRIGGER audit_entry_stays; DROP TRIGGER audit_entry_is_kept")
        try connection.execute("UPDATE audit_entry SET address = '' WHERE number = 2")
        #expect(try log.verify() == .broken(at: 2))
    }

    /// Made without this program.
    private static let hashOfBefore = "decb2b92cbbb8538fdfdeef8d7d069b5acff189e50f7f90f7a114aa4f659cc0b"

    @Test func `a checkpoint shows an end that was cut off, and a chain that was written anew`() throws {
        let fixture = try ServiceFixture()
        let log = try fixture.store.openAudit()
        let key = fixture.store.key
        var lines = ""
        for action in ["a", "b", "c", "d"] {
            try log.append(entry(action))
            let head = try #require(try log.head())
            let checkpoint = AuditCheckpoint(
                at: ServiceFixture.now, entries: head.number, hash: head.hash, under: key)
            lines += checkpoint.json.compactText + "\n"
        }
        #expect(try log.holds(lines, under: key) == .held(4))
        #expect(try log.holds("", under: key) == .held(0))
        #expect(try log.holds(lines + "nothing\n", under: key) == .unreadable(line: 5))
        #expect(
            try log.holds(lines.replacing(#""entries": 3"#, with: #""entries": 2"#), under: key) == .foreign(line: 3))
        #expect(try log.holds(lines, under: DataKey(bytes: Array(repeating: 9, count: 32))) == .foreign(line: 1))
        let connection = try fixture.store.connect()
        try connection.execute("DROP TRIGGER audit_entry_stays; DROP TRIGGER audit_entry_is_kept")
        try connection.execute("DELETE FROM audit_entry WHERE number > 2")
        // The chain itself is whole again.
        guard case .whole(2, _) = try log.verify() else {
            Issue.record("two entries are left")
            return
        }
        #expect(try log.holds(lines, under: key) == .lost(entry: 3, since: ServiceFixture.now))
        try log.append(entry("other"))
        #expect(try log.holds(lines, under: key) == .lost(entry: 3, since: ServiceFixture.now))
    }

    @Test func `the tail is looked at without all before it`() throws {
        let fixture = try ServiceFixture()
        let log = try fixture.store.openAudit()
        for number in 1...5 { try log.append(entry("\(number)")) }
        let connection = try fixture.store.connect()
        try connection.execute("DROP TRIGGER audit_entry_stays; DROP TRIGGER audit_entry_is_kept")
        try connection.execute("UPDATE audit_entry SET actor = 'y' WHERE number = 2")
        #expect(try log.verify() == .broken(at: 2))
        #expect(try log.verify(from: 2) == .broken(at: 2))
        guard case .whole(5, _) = try log.verify(from: 4) else {
            Issue.record("the last two are as they were written")
            return
        }
        #expect(try log.verifyTail() == .broken(at: 2))
    }
}
