import RuleEngine
import Runner
import Storage
import TestKit

/// Whether the time of an answer tells anything of a key: ids that nobody has, wrong secrets of ids that there are, and
/// right ones, in an order by chance, each call measured by itself.
enum KeyBench {
    private static let keys = 256
    private static let rounds = 400

    static func run(folder: String) throws -> [BenchResult] {
        let store = try SQLiteStore(folder: folder)
        let environment = RunnerEnvironment.live
        let ring = KeyRing(key: store.key, environment: environment)
        let book = try store.openKeys()
        var texts: [(name: String, texts: [String])] = [("unknown id", []), ("wrong secret", []), ("right secret", [])]
        for _ in 0..<keys {
            let (token, other) = (KeyToken(), KeyToken())
            try book.insert(
                StoredKey(
                    key: APIKey(id: token.id, name: "bench", scopes: [.viewReports], createdAt: environment.now()),
                    code: token.code(under: store.key)))
            texts[0].texts.append(other.text)
            texts[1].texts.append(String(token.text.prefix(12)) + other.text.dropFirst(12))
            texts[2].texts.append(token.text)
        }
        try ring.refresh(book)
        var samples: [[Double]] = texts.map { _ in [] }
        var chance = SeededRandom(seed: 1)
        let clock = ContinuousClock()
        for round in 0..<rounds {
            var order = (0..<keys * texts.count).map { $0 }
            order.shuffle(using: &chance)
            for place in order {
                let (kind, number) = (place % texts.count, place / texts.count)
                let text = texts[kind].texts[number]
                var answer = KeyRing.Answer.unknown
                let time = clock.measure { answer = ring.answer(text) }
                var isKnown = false
                if case .known = answer { isKnown = true }
                precondition(isKnown == (kind == 2), "a key is known by its own secret and by no other")
                // The first round finds caches empty.
                if round > 0 { samples[kind].append(Double(time.components.attoseconds) / 1e9) }
            }
        }
        var results: [BenchResult] = []
        for (kind, entry) in texts.enumerated() {
            samples[kind].sort()
            for (name, share) in [("median", 0.5), ("5 % below", 0.05), ("95 % below", 0.95)] {
                results.append(result("\(entry.name), \(name)", at(share, of: samples[kind])))
            }
        }
        let difference = abs(at(0.5, of: samples[0]) - at(0.5, of: samples[1]))
        let spread = at(0.95, of: samples[1]) - at(0.05, of: samples[1])
        results.append(result("medians of unknown id and wrong secret apart", difference))
        results.append(
            BenchResult(
                name: "of the spread of a wrong secret's times", value: (difference / spread * 1_000).rounded() / 10,
                unit: "%", target: "≤ 20"))
        return results
    }

    private static func at(_ share: Double, of sorted: [Double]) -> Double {
        sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
    }

    private static func result(_ name: String, _ nanoseconds: Double) -> BenchResult {
        BenchResult(name: name, value: nanoseconds.rounded(), unit: "ns", target: "—")
    }
}
