import Channels
import Testing

@testable import Sandbox

/// Questions to providers about accounts and messages, over the real channels.
@Suite(.serialized)
struct AccountTests {
    @Test(arguments: Adapter.all.filter { $0.provider != "webhook" && $0.name != "vonage messages" })
    func `Good credentials are known, wrong ones are refused`(adapter: Adapter) throws {
        let playground = try Playground()
        let configuration = adapter.configuration(playground.server.address)
        let good = try #require(try adapter.channel(configuration).accountDesk).checkAccount()
        guard case .fine = good else {
            Issue.record("\(good)")
            return
        }
        var wrong = configuration
        // In the same form, with another letter at the end.
        let text = try #require(configuration.secret?.exposed)
        let end = text.hasSuffix("}") ? text.dropLast(2) + "X\"}" : text.dropLast() + "X"
        wrong.secret = Secret(String(end))
        guard case .refused = try #require(try adapter.channel(wrong).accountDesk).checkAccount() else {
            Issue.record("wrong credentials were taken")
            return
        }
        #expect(playground.server.tally.accepted == 0)
    }

    @Test func `Mail servers are logged in to, and say why they refuse`() throws {
        let playground = try Playground()
        let address = playground.server.address
        var configuration = address.channel(
            ChannelConfiguration(
                id: "mail", kind: "email", provider: "smtp", from: "Acme <news@acme.example>", settings: ["host": "x"],
                baseFolder: "/"))
        let descriptor = try #require(ChannelRegistry.descriptor(of: "smtp"))
        let answer = try #require(try descriptor.make(configuration).accountDesk).checkAccount()
        guard case .fine(let facts) = answer else {
            Issue.record("\(answer)")
            return
        }
        #expect(facts.contains(.init("logged in", "yes")))
        configuration.secret = Secret("sandbox:wrong")
        guard case .refused = try #require(try descriptor.make(configuration).accountDesk).checkAccount() else {
            Issue.record("a wrong password was taken")
            return
        }
        configuration.settings["port"] = "1"
        #expect(
            try #require(try descriptor.make(configuration).accountDesk).checkAccount()
                == .unreachable(code: "connection_refused"))
    }

    @Test(arguments: ["twilio", "twilio-whatsapp"])
    func `A message without an answer is found again`(name: String) throws {
        let adapter = try #require(Adapter.all.first { $0.name == name })
        let playground = try Playground()
        let channel = try adapter.channel(adapter.configuration(playground.server.address, ["timeout": "0.5"]))
        let desk = try #require(channel.accountDesk)
        let start = playground.server.now() - 1
        let before = try desk.lookUp(LookupQuestion(address: adapter.person, from: start, until: start + 3600))
        #expect(before == .messages([]))
        playground.server.play([FaultRule(.acceptAndHang)])
        let outcomes = try adapter.send(channel, [adapter.content()])
        guard case .outcomeUnknown = outcomes.first else {
            Issue.record("\(outcomes)")
            return
        }
        let answer = try desk.lookUp(LookupQuestion(address: adapter.person, from: start, until: start + 3600))
        guard case .messages(let found) = answer, found.count == 1 else {
            Issue.record("\(String(describing: answer))")
            return
        }
        #expect(found[0].price?.currency == "USD")
        #expect(found[0].price?.micros ?? 0 > 0)
        // Another time, and another person.
        #expect(
            try desk.lookUp(LookupQuestion(address: adapter.person, from: start - 99, until: start - 9))
                == .messages([]))
        #expect(
            try desk.lookUp(LookupQuestion(address: "+14155559999", from: start, until: start + 99)) == .messages([]))
    }

    @Test func `Prices of a day come page by page`() throws {
        let adapter = try #require(Adapter.all.first { $0.name == "twilio" })
        let playground = try Playground()
        let channel = try adapter.channel(adapter.configuration(playground.server.address))
        let desk = try #require(channel.accountDesk)
        let outcomes = try adapter.send(channel, (0..<5).map { adapter.content($0) })
        var page: String? = "PageSize=2"
        var ids: [String] = []
        var pages = 0
        while let query = page {
            guard case .page(let prices, let next) = try desk.prices(sentOn: "2026-11-21", page: query) else { break }
            ids += prices.map(\.providerID)
            #expect(prices.allSatisfy { $0.price.currency == "USD" && $0.price.micros > 0 })
            page = next
            pages += 1
        }
        #expect(pages == 3)
        let accepted = outcomes.compactMap { outcome -> String? in
            guard case .accepted(let id) = outcome else { return nil }
            return id
        }
        #expect(Set(ids) == Set(accepted))
        #expect(ids.count == 5)
    }

    @Test func `Prices are read to the millionth, whatever their sign`() {
        #expect(ProviderPrice("-0.00790", currency: "usd") == ProviderPrice(micros: 7900, currency: "USD"))
        #expect(ProviderPrice("0.0333", currency: "EUR")?.micros == 33_300)
        #expect(ProviderPrice("1", currency: "EUR")?.micros == 1_000_000)
        #expect(ProviderPrice("0.00000049", currency: "EUR")?.micros == 0)
        for bad in ["", "-", ".", "1.2.3", "1e3", "0x1", "NaN", "--1", "1,5", " 1", "99999999", "1-"] {
            #expect(ProviderPrice(bad, currency: "EUR") == nil, "\(bad)")
        }
        #expect(ProviderPrice("1", currency: "euro") == nil)
        #expect(ProviderPrice(nil, currency: "EUR") == nil)
    }
}
