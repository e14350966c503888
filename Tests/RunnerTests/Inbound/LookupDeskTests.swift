import Channels
import RuleEngine
import Runner
import Testing

/// What a provider's list proves.
@Suite struct LookupDeskTests {
    private struct List: AccountDesk {
        var answer: LookupAnswer?

        func checkAccount() -> AccountAnswer { .notOffered }
        func lookUp(_ question: LookupQuestion) -> LookupAnswer? { answer }
    }

    private final class Book: UncertainBook {
        var sends: [UncertainSend]
        var known: Set<String> = []
        var findings: [LookupFinding] = []

        init(_ addresses: String...) {
            sends = addresses.enumerated().map { index, address in
                UncertainSend(
                    delivery: DeliveryKey(
                        launch: LaunchID(rawValue: 1), contact: ContactKey(rawValue: Int64(index)), step: 1),
                    address: address, startedAt: LookupDeskTests.start,
                    deadline: LookupDeskTests.start.adding(seconds: 30))
            }
        }

        func uncertainChannels(of launch: LaunchID) -> [String] { ["sms"] }
        func uncertainSends(of launch: LaunchID, channel: String?, limit: Int) -> [UncertainSend] { sends }
        func unknownIDs(_ ids: [String]) -> [String] { ids.filter { !known.contains($0) } }
        func note(_ prices: [PricedMessage], channel: String, now: Timestamp) -> Int { 0 }

        func settle(_ send: UncertainSend, _ finding: LookupFinding, now: Timestamp) -> Bool {
            findings.append(finding)
            return true
        }
    }

    private static let start = Timestamp(microseconds: 1_790_000_000_000_000)

    private func ask(_ book: Book, _ answer: LookupAnswer?, after seconds: Double) throws -> LookupDesk.Tally? {
        try LookupDesk(List(answer: answer), now: { Self.start.adding(seconds: seconds) })
            .settle(LaunchID(rawValue: 1), in: book)
    }

    private static let one = LookupAnswer.messages([
        .init(providerID: "SM1", price: ProviderPrice(micros: 7900, currency: "USD"))
    ])

    @Test func `one message of the right time is ours, with its price`() throws {
        let book = Book("+491")
        #expect(try ask(book, Self.one, after: 200)?.accepted == 1)
        #expect(book.findings == [.accepted(providerID: "SM1", price: ChargedPrice(micros: 7900, currency: "USD"))])
    }

    @Test func `silence proves something only half an hour after the deadline`() throws {
        let book = Book("+491")
        for seconds in [60.0, 200, 1800, 1829] {
            #expect(try ask(book, .messages([]), after: seconds)?.early == 1)
        }
        #expect(book.findings.isEmpty)
        #expect(try ask(book, .messages([]), after: 1831)?.absent == 1)
        #expect(book.findings == [.absent])
    }

    @Test func `two candidates settle nothing, nor do two sends to one address`() throws {
        let book = Book("+491")
        let two = LookupAnswer.messages([.init(providerID: "SM1"), .init(providerID: "SM2")])
        #expect(try ask(book, two, after: 4000)?.ambiguous == 1)
        let twice = Book("+491", "+491")
        #expect(try ask(twice, Self.one, after: 4000)?.ambiguous == 2)
        #expect(book.findings.isEmpty && twice.findings.isEmpty)
    }

    @Test func `a message of somebody else's row is not ours`() throws {
        let book = Book("+491")
        book.known = ["SM1"]
        #expect(try ask(book, Self.one, after: 4000)?.absent == 1)
    }

    @Test func `a question that fails settles nothing, and a provider without answers is told apart`() throws {
        let book = Book("+491", "+492")
        let tally = try ask(book, .failed(code: "503"), after: 4000)
        #expect(tally?.failed == 2)
        #expect(tally?.failure == "503")
        #expect(try ask(book, nil, after: 4000) == nil)
        #expect(book.findings.isEmpty)
    }
}
