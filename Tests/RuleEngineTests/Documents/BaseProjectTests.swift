import RuleEngine
import Testing

struct BaseProjectTests {
    @Test func `the base project and its campaign compile without a word`() throws {
        let result = BaseProject.compile([("campaigns/spring-sale.yaml", BaseProject.campaign)])
        #expect(DiagnosticRenderer(sources: result.sources).text(result.diagnostics) == "")
        let project = try #require(result.project)
        let campaign = try #require(project.campaigns["spring-sale"])
        #expect(campaign.via == ["email-main"])
        #expect(campaign.audience.expect == 10...2000)
        #expect(campaign.budget == Money(micros: 60_000_000, currency: "EUR"))
        #expect(campaign.policy?.consent["email"] == .softOptIn)
        #expect(campaign.brand?.name == "Acme GmbH")
        #expect(project.channels["email-main"]?.ratePerDomain["gmail.com"]?.perSecond == 20)
        #expect(project.channels["email-main"]?.settings["host"] == "mail.acme.example")
        #expect(project.settings.publicURL == "https://go.acme.example")
    }
}
