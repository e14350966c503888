import Channels
import RuleEngine
import Runner
import Storage
import Testing

@testable import Server

@Suite struct CredentialTests {
    private static let one = KeyEncryptionKeys.make(named: "k1")
    private static let two = KeyEncryptionKeys.make(named: "k2")
    private static let secret = "news:canary-of-the-mail-server-7731"

    @Test func `a secret is written, found by its name, and never shown again`() async throws {
        let fixture = try ServiceFixture(variables: ["CARILLON_KEK": Self.one])
        try await fixture.serve { call in
            let set = try call("PUT", "/credentials/mail-prod", #"{"secret": "\#(Self.secret)"}"#)
            #expect(set.status == 200)
            #expect(set.body["ends_with"]?.string == "7731")
            var texts = [set.text, try call("GET", "/credentials").text, try call("GET", "/audit").text]
            #expect(try call("PUT", "/credentials/..", #"{"secret": "x"}"#).status != 200)
            texts += fixture.logged
            for text in texts { #expect(!text.contains("canary"), "\(text)") }
            #expect(try Self.resolver(fixture, Self.one).secret(named: "mail-prod").exposed == Self.secret)
            #expect("\(try Self.resolver(fixture, Self.one).secret(named: "mail-prod"))" == "«redacted»")
            #expect(try call("DELETE", "/credentials/mail-prod").status == 200)
            #expect(try call("DELETE", "/credentials/mail-prod").code == "unknown_credential")
        }
        let bytes = try fixture.databaseBytes()
        #expect(bytes.firstRange(of: Array("canary-of".utf8)) == nil)
    }

    @Test func `without its key a secret stays closed, and the reason names the key`() async throws {
        let fixture = try ServiceFixture()
        let vault = CredentialVault(try KeyEncryptionKeys(Self.one), dataKey: fixture.store.key)
        try fixture.store.openCredentials().put(
            try vault.seal(Self.secret, named: "mail-prod", version: 1, now: ServiceFixture.now))
        let cases: [(kek: String?, word: String)] = [
            (nil, "its key `k1` isn't here"), (Self.two, "`k1`, which isn't here"),
        ]
        for (kek, word) in cases {
            let failure = #expect(throws: SecretResolver.Failure.self) {
                try Self.resolver(fixture, kek).secret(named: "mail-prod")
            }
            #expect(failure?.message.contains(word) == true, "\(failure?.message ?? "")")
            #expect(failure?.isUnset == false)
        }
        try await fixture.serve { call throws in
            #expect(try call("PUT", "/credentials/x", #"{"secret": "x"}"#).code == "no_kek")
            #expect(try call("POST", "/credentials/rotate").code == "no_kek")
        }
    }

    @Test func `rotation seals the rest by the first key, after a stop in the middle too`() async throws {
        let fixture = try ServiceFixture(variables: ["CARILLON_KEK": Self.two + "," + Self.one])
        let old = CredentialVault(try KeyEncryptionKeys(Self.one), dataKey: fixture.store.key)
        let lost = CredentialVault(
            try KeyEncryptionKeys(KeyEncryptionKeys.make(named: "k0")), dataKey: fixture.store.key)
        let store = try fixture.store.openCredentials()
        for name in ["a", "b", "c"] {
            try store.put(try old.seal("secret of \(name)", named: name, version: 1, now: ServiceFixture.now))
        }
        try store.put(try lost.seal("x", named: "lost", version: 1, now: ServiceFixture.now))
        // One is done already, as by somebody who was stopped then.
        let both = CredentialVault(try KeyEncryptionKeys(Self.two + "," + Self.one), dataKey: fixture.store.key)
        let first = try #require(try store.find("a"))
        #expect(try store.rewrap(try #require(try both.rewrapped(first)), from: "k1"))
        #expect(try !store.rewrap(try #require(try both.rewrapped(first)), from: "k1"))
        try await fixture.serve { call in
            let turned = try call("POST", "/credentials/rotate")
            #expect(turned.body["rotated"]?.integer == 2)
            #expect(turned.body["remaining"]?.items.compactMap(\.string) == ["lost"])
            #expect(try call("POST", "/credentials/rotate").body["rotated"]?.integer == 0)
        }
        for name in ["a", "b", "c"] {
            #expect(try Self.resolver(fixture, Self.two).secret(named: name).exposed == "secret of \(name)")
        }
    }

    @Test func `a row in another's place does not open`() throws {
        let fixture = try ServiceFixture()
        let vault = CredentialVault(try KeyEncryptionKeys(Self.one), dataKey: fixture.store.key)
        var one = try vault.seal("secret of one", named: "one", version: 1, now: ServiceFixture.now)
        let two = try vault.seal("secret of two", named: "two", version: 1, now: ServiceFixture.now)
        (one.sealed, one.wrapped) = (two.sealed, two.wrapped)
        #expect(throws: CredentialVault.Fault.broken) { try vault.open(one) }
        var old = two
        old.version = 2
        #expect(throws: CredentialVault.Fault.broken) { try vault.open(old) }
        var changed = two
        changed.sealed[20] ^= 1
        #expect(throws: CredentialVault.Fault.broken) { try vault.open(changed) }
    }

    @Test(arguments: [
        "", "k1", "k1:", "k1:AAAA", ":AAAA",
        "k1:" + String(repeating: "A", count: 43) + "=,k1:" + String(repeating: "B", count: 43) + "=",
    ])
    func `a key that is none is refused`(text: String) {
        #expect(throws: KeyEncryptionKeys.Failure.self) { try KeyEncryptionKeys(text) }
    }

    private static func resolver(_ fixture: ServiceFixture, _ kek: String?) -> SecretResolver {
        let variables = kek.map { ["CARILLON_KEK": $0] } ?? [:]
        return SecretResolver(
            environment: variables,
            stored: StoredSecrets(variables: variables) { () throws(StoreError) in
                (try fixture.store.openCredentials(), fixture.store.key)
            })
    }
}
