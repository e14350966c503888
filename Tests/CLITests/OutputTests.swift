import RuleEngine
import Runner
import Testing

@testable import CLI

@Suite struct OutputTests {
    @Test(arguments: [(0, "0"), (7, "7"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567"), (-4321, "-4,321")])
    func `counts have separators`(value: Int, text: String) {
        #expect(Figures.count(value) == text)
    }

    @Test(arguments: [
        (0, "EUR 0.00"), (1_025_600, "EUR 1.0256"), (400, "EUR 0.0004"), (3_000_000, "EUR 3.00"),
        (-1_500_000, "EUR -1.50"),
        (1_234_000_000_000, "EUR 1,234,000.00"),
    ])
    func `money shows no more places than it has`(micros: Int64, text: String) {
        #expect(Figures.money(Money(micros: micros, currency: "EUR")) == text)
    }

    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0), ("2027-03-18T10:00:00Z", 1_805_364_000), ("2024-02-29T23:59:59Z", 1_709_251_199),
        ("2000-03-01T00:00:00Z", 951_868_800),
    ])
    func `instants read and write the same`(text: String, seconds: Int64) {
        let time = Timestamp(microseconds: seconds * 1_000_000)
        #expect(Figures.instant(time) == text)
        #expect(Figures.instant(from: text) == time)
    }

    @Test(arguments: [
        "2027-02-29", "2027-13-01", "2027-1-1", "18.3.2027", "", "2027-03-18T25:00:00Z", "2027-03-18 10:00",
    ])
    func `what is no instant is none`(text: String) {
        #expect(Figures.instant(from: text) == nil)
    }

    @Test(arguments: [
        ("plain", "plain"), ("a,b", "\"a,b\""), ("say \"hi\"", "\"say \"\"hi\"\"\""), ("=1+1", "'=1+1"), ("@x", "'@x"),
        ("+4915112345678", "+4915112345678"), ("-5", "-5"), ("+SUM(A1)", "'+SUM(A1)"), ("two\nlines", "\"two\nlines\""),
    ])
    func `a CSV cell is quoted where it must be and never a formula`(text: String, cell: String) {
        #expect(DeliveryCSV.cell(text) == cell)
    }

    @Test func `columns line up, wide characters and colour marks included`() {
        var table = Table(.left, .right, .left, indent: 0)
        table.add("a", "1", "x")
        table.add("さくら", "1,000", "")
        table.add("\u{1B}[32mgreen\u{1B}[0m", "20", "z")
        #expect(table.text == "a           1  x\nさくら  1,000\n\u{1B}[32mgreen\u{1B}[0m      20  z\n")
    }

    @Test func `JSON escapes what must be escaped and keeps the order of keys`() {
        let value: JSON = ["z": "a\"b\\c\n\u{1}", "a": .array([1, nil, JSON(true)]), "e": .array([])]
        #expect(value.compactText == #"{"z": "a\"b\\c\n\u0001", "a": [1, null, true], "e": []}"#)
        #expect(value.text.hasPrefix("{\n  \"z\": "))
    }

    @Test(arguments: [("spring-sale", "spring-sale"), ("campaigns/spring-sale.yaml", "spring-sale"), ("x.yml", "x")])
    func `a campaign's file stands for its id`(name: String, id: String) {
        #expect(CampaignName.id(name) == id)
    }

    @Test(arguments: [
        ("/a/My Shop", "my-shop"), ("/a/2027", "project-2027"), ("/", "project"), ("/x/Käse & Co.", "k-se-co"),
    ])
    func `a folder's name becomes the project's id`(path: String, id: String) {
        #expect(Init.projectID(of: path) == id)
    }

    @Test(
        arguments: [
            (LaunchResult.Ending.finished, nil), (.uncertain, 3), (.interrupted, 1), (.paused, 1), (.cancelled, 1),
            (.stopped, 1),
        ] as [(LaunchResult.Ending, Int32?)]
    )
    func `how a run ended decides its exit code`(ending: LaunchResult.Ending, status: Int32?) {
        #expect(Run.exitStatus(of: ending)?.rawValue == status)
    }
}
