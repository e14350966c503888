import TestKit
import Testing

@testable import Channels

@Suite struct KeywordTests {
    private let reader = KeywordReader()

    @Test(arguments: KeywordSamples.lines(KeywordSamples.exactStops))
    func `a word that everybody knows stops`(text: String) {
        #expect(reader.meaning(of: text) == .stop(isExact: true))
    }

    @Test(arguments: KeywordSamples.lines(KeywordSamples.plainStops))
    func `a clear wish stops, and is marked for review`(text: String) {
        #expect(reader.meaning(of: text) == .stop(isExact: false))
    }

    @Test(arguments: KeywordSamples.lines(KeywordSamples.starts))
    func `START lets in again`(text: String) {
        #expect(reader.meaning(of: text) == .start)
    }

    @Test(arguments: KeywordSamples.lines(KeywordSamples.helps))
    func `HELP asks`(text: String) {
        #expect(reader.meaning(of: text) == .help)
    }

    @Test(arguments: KeywordSamples.lines(KeywordSamples.others))
    func `everything else means nothing for consent`(text: String) {
        #expect(reader.meaning(of: text) == nil)
    }

    @Test func `yes is an answer only where something was asked`() {
        #expect(reader.meaning(of: "YES", answersQuestion: true) == .start)
        #expect(reader.meaning(of: "yes!") == nil)
    }

    @Test func `a sender has words of their own`() {
        let reader = KeywordReader(moreStopWords: ["Adiós", "no gracias amigo"])
        #expect(reader.meaning(of: "ADIOS") == .stop(isExact: true))
        #expect(reader.meaning(of: "No, gracias, amigo!") == .stop(isExact: true))
    }

    @Test func `there are more than two hundred samples`() {
        let samples = [
            KeywordSamples.exactStops, KeywordSamples.plainStops, KeywordSamples.starts,
            KeywordSamples.helps, KeywordSamples.others,
        ]
        #expect(samples.map { KeywordSamples.lines($0).count }.reduce(0, +) >= 300)
    }

    @Test func `no text is too strange`() {
        var random = SeededRandom(seed: 7)
        for _ in 0..<2000 {
            let scalars = (0..<random.below(40)).compactMap { _ in Unicode.Scalar(UInt32(random.below(0x11_0000))) }
            _ = reader.meaning(of: String(String.UnicodeScalarView(scalars)))
        }
    }
}
