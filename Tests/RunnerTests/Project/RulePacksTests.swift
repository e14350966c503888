import RuleEngine
import Runner
import Testing

@Suite("Rule packs")
struct RulePacksTests {
    @Test func `what ships is read whole`() {
        let packs = RulePacks.shipped
        #expect(packs.map(\.id) == ["eu.eprivacy", "uk.pecr", "us.federal", "ca.casl", "au.msg"])
        #expect(packs.first?.minimumConsent == ["email": .softOptIn])
        #expect(packs.first?.needsLawfulBasis == true)
        #expect(packs.allSatisfy { !$0.version.isEmpty })
    }
}
