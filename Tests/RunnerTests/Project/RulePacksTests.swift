import Channels
import RuleEngine
import Runner
import Testing

@Suite("Rule packs")
struct RulePacksTests {
    @Test func `what ships is read whole`() throws {
        let packs = try RulePacks.read(RulePacks.files)
        #expect(packs.count == RulePacks.shipped.count)
        #expect(Set(packs.map(\.id)).count == packs.count)
        for id in [
            "eu.eprivacy", "uk.pecr", "us.federal", "us.common", "us.strict", "ca.casl", "ca.voice", "au.msg",
            "au.voice", "in.promo", "fr.voice", "de.uwg", "us.fl", "us.tx",
        ] {
            #expect(packs.contains { $0.id == id }, "\(id)")
        }
        #expect(packs.filter { !$0.states.isEmpty }.count == 25)
        let federal = try #require(packs.first { $0.id == "us.federal" })
        #expect(federal.minimumConsent["sms"] == .expressWritten)
        #expect(federal.windows.first?.hours == ClockRange(from: ClockTime(minute: 480), to: ClockTime(minute: 1260)))
        let casl = try #require(packs.first { $0.id == "ca.casl" })
        #expect(casl.consentExpiries.map(\.months) == [24, 6])
        #expect(packs.first { $0.id == "us.fl" }?.caps.first?.atMost == 3)
        #expect(packs.allSatisfy { !$0.countries.isEmpty && !$0.source.isEmpty })
    }

    private static let good = """
        - pack: xx.test
          version: 2026-11-21
          verified: true
          source: a law
          countries: [DE]
          needs_lawful_basis: false
          minimum_consent: {sms: express}
          windows:
            - {channels: [sms], days: mon-fri, hours: "08:00-20:00"}
          caps:
            - {channels: [sms], at_most: 3, per: 24h}
          consent_expires:
            - {basis: purchase, after: 24 months}

        """

    @Test(arguments: [
        ("pack: xx.test", "pack: ''", "x.yaml:1:9: expected a text"),
        ("version: 2026-11-21", "version: 2026-13-21", "x.yaml:2:12: the calendar has no such day"),
        ("verified: true", "verified: yes", "x.yaml:3:13: expected `true` or `false`, not `yes`"),
        ("source: a law", "sauce: a law", "x.yaml:4:10: unknown key `sauce`"),
        ("[DE]", "[XQ]", "x.yaml:5:15: `XQ` is no country"),
        ("[DE]", "[]", "x.yaml:1:3: a pack without countries protects nobody"),
        ("{sms: express}", "{sms: loud}", "x.yaml:7:26: `loud` is no kind of consent"),
        ("{sms: express}", "{pigeon: express}", "x.yaml:7:29: `pigeon` is no kind of channel"),
        ("days: mon-fri", "days: mon-foo", "x.yaml:9:31: expected days such as `mon-fri` or `tue, thu`"),
        ("08:00-20:00", "08:00-25:00", "x.yaml:9:47: a day has no such time"),
        ("at_most: 3", "at_most: 0", "x.yaml:11:34: expected a number from 1 to 1000"),
        ("per: 24h", "per: soon", "x.yaml:11:42: expected a number and one of the units `s`, `m`, `h`, `d`"),
        ("24 months", "2 years", "x.yaml:13:32: expected a number of days or months, such as `24 months`"),
        (
            "basis: purchase", "basis: hope",
            "x.yaml:13:15: expected `express` or `purchase` or `inquiry` or `transaction`, not `hope`"
        ),
    ])
    func `a malformed pack is a fault with its place`(old: String, new: String, expected: String) {
        let text = Self.good.replacing(old, with: new)
        #expect(text != Self.good)
        #expect(throws: Never.self) { try RulePacks.read([("x.yaml", Array(Self.good.utf8))]) }
        do throws(RulePackFault) {
            _ = try RulePacks.read([("x.yaml", Array(text.utf8))])
            Issue.record("\(new) was read")
        } catch {
            #expect(error.description == expected)
        }
    }

    /// The law is what the files say: another word in one of them is another verdict.
    @Test func `changing the data changes the verdict`() throws {
        let files = [
            (
                "carillon.yaml",
                """
                project: acme
                language: 1
                public_url: https://go.acme.example
                brands:
                  acme: {name: Acme, postal_address: "Hauptstraße 1, 10115 Berlin"}
                """
            ),
            (
                "all.yaml",
                """
                channel: texts
                kind: sms
                provider: outbox
                folder: outbox
                ---
                policy: house
                purpose: marketing
                packs: [eu.eprivacy]
                consent: {sms: express}
                ---
                campaign: spring
                purpose: marketing
                lawful_basis: consent
                policy: house
                audience:
                  where: contact.country in ["US"]
                via: [texts]
                message:
                  sms:
                    en: Hello
                """
            ),
        ]
        func codes(_ packs: [(path: String, bytes: [UInt8])]) throws -> [String] {
            var catalog = Catalog.standard()
            catalog.packs = try RulePacks.read(packs)
            let sources = files.map { SourceFile(path: $0.0, bytes: Array($0.1.utf8)) }
            return Compiler.compile(sources, catalog: catalog).diagnostics.map(\.code)
        }
        #expect(try codes(RulePacks.files) == ["E0421"])
        let changed = RulePacks.files.map { file in
            let text = String(decoding: file.bytes, as: UTF8.self)
            return (path: file.path, bytes: Array(text.replacing("sms: express_written", with: "sms: express").utf8))
        }
        #expect(try codes(changed) == [])
    }

    /// What the compiler knows of session windows, and what the providers' documents say, is one fact.
    @Test func `providers agree with the compiler about session windows`() {
        for descriptor in ChannelRegistry.descriptors {
            for kind in descriptor.kinds {
                let hours = SessionWindow.length(for: kind).map { Int($0 / 3_600_000_000) }
                guard descriptor.traits.windowHours != nil else { continue }
                #expect(descriptor.traits.windowHours == hours, "\(descriptor.provider) \(kind)")
            }
        }
        let known = ChannelRegistry.descriptors.filter { $0.traits.windowHours != nil }.flatMap(\.kinds)
        #expect(Set(known).isSuperset(of: ["whatsapp", "messenger", "instagram"]))
    }
}
