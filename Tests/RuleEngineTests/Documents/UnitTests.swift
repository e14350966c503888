import RuleEngine
import Testing

/// Values with a unit, as a campaign or a channel writes them.
struct UnitTests {
    private func campaign(_ line: String) -> [String] {
        let text = BaseProject.campaign.replacing("budget: {at_most: EUR 60}", with: line)
        return BaseProject.compile([("campaigns/spring-sale.yaml", text)]).diagnostics.map(\.message)
    }

    @Test(
        arguments: [
            ("EUR 0.075", 75_000), ("EUR 60", 60_000_000), ("EUR 0.000001", 1), ("EUR 1.10", 1_100_000), ("EUR 0", 0),
        ] as [(String, Int64)]
    )
    func `amounts are exact`(_ text: String, _ micros: Int64) {
        let file = BaseProject.channels.replacing("per_message: EUR 0.0001", with: "per_message: \(text)")
        // Some of these prices are more than the campaign may cost.
        let campaign = BaseProject.campaign.replacing("budget: {at_most: EUR 60}", with: "")
        let project = BaseProject.compile([("channels/main.yaml", file), ("campaigns/spring-sale.yaml", campaign)])
            .project
        #expect(project?.channels["email-main"]?.costPerMessage == Money(micros: micros, currency: "EUR"))
    }

    @Test(
        arguments: [
            ("0.075", "the currency is missing"), ("EUR 0,075", "a number has a point, not a comma"),
            ("EUR 0.0000001", "at most six digits may stand behind the point"), ("EUR -1", "it must not be negative"),
            ("EUR 1.", "a digit is missing behind the point"), ("EUR 1.2.3", "expected digits, and a point at most"),
            ("EUR 99999999999999999999", "it is too large"), ("EUR ", "the number is missing"),
            ("EUR", "expected a currency, a space and a number"),
            ("eur 1", "the currency must be three capital letters before the number"),
            ("1 EUR", "the currency must be three capital letters before the number"),
        ])
    func `a wrong amount is told what is wrong`(_ text: String, _ reason: String) {
        let messages = campaign("budget: {at_most: \"\(text)\"}")
        #expect(messages == ["`\(text)` is no amount of money: \(reason)"])
    }

    @Test func `another currency needs a rate`() {
        #expect(campaign("budget: {at_most: USD 1}") == ["there is no exchange rate from USD to EUR"])
    }

    @Test(
        arguments: [
            ("80/s", nil), ("500/d", nil), ("0.5/s", nil), ("80", "expected a number, `/` and a unit of time"),
            ("0/s", "it must be greater than zero"), ("80/w", "the unit must be `s`, `m`, `h` or `d`"),
            ("/s", "the number is missing"),
        ] as [(String, String?)]
    )
    func `rates have a unit of time`(_ text: String, _ reason: String?) {
        let file = BaseProject.channels.replacing("rate: 80/s", with: "rate: \(text)")
        let messages = BaseProject.compile([("channels/main.yaml", file)]).diagnostics.map(\.message)
        #expect(messages == (reason.map { ["`\(text)` is no rate: \($0)"] } ?? []))
    }

    @Test(
        arguments: [
            ("2000..15000", nil), ("0..0", nil), ("5 .. 6", nil),
            ("5..4", "the first number is greater than the second"),
            ("5", "expected two numbers with `..` between them"), ("-1..4", "it must not be negative"),
            ("a..4", "expected a whole number"), ("..4", "expected a whole number"),
        ] as [(String, String?)]
    )
    func `ranges have two ends`(_ text: String, _ reason: String?) {
        let file = BaseProject.segment + "expect: \(text)\n"
        let messages = BaseProject.compile([("segments/newsletter.yaml", file)]).diagnostics.map(\.message)
        #expect(messages == (reason.map { ["`\(text)` is no range: \($0)"] } ?? []))
    }

    @Test(
        arguments: [
            ("https://a.example", true), ("https://a.example/x/", true), ("http://localhost:8080", true),
            ("http://127.0.0.1:8087", true), ("http://[::1]:80/", true), ("http://a.example", false),
            ("a.example", false),
            ("https://", false), ("https://user:p@a.example", false), ("https://a b", false),
            ("https://a.example:99999", false),
            ("http://127.0.0.1.evil.example", false), ("http://localhost@evil.example", false),
            ("ftp://a.example", false),
            ("https://a.example?x=1", false), ("https://a.example#x", false),
        ])
    func `public_url is https, or this machine`(_ url: String, _ isFine: Bool) {
        let file = BaseProject.project.replacing("public_url: https://go.acme.example", with: "public_url: \"\(url)\"")
        let codes = BaseProject.compile([("carillon.yaml", file)]).diagnostics.map(\.code)
        #expect(codes == (isFine ? [] : ["E0126"]))
    }

    @Test(
        arguments: [
            ("Acme <news@mail.acme.example>", true), ("news@acme.example", true),
            ("\"Acme, Inc.\" <n@acme.example>", true),
            ("Acme", false), ("Acme <news>", false), ("Acme <a@b", false), ("a@b@c.example", false), ("<>", false),
            ("Acme <a@>", false), ("Acme <a b@c.example>", false),
        ])
    func `the sender of mail is a mailbox`(_ from: String, _ isFine: Bool) {
        let file = BaseProject.channels.replacing("from: Acme <news@mail.acme.example>", with: "from: '\(from)'")
        let codes = BaseProject.compile([("channels/main.yaml", file)]).diagnostics.map(\.code)
        #expect(codes == (isFine ? [] : ["E0127", "E0127"]))
    }
}
