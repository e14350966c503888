import Glibc

/// A subcommand gives its figures; `all` runs every one, and `nightly` what takes too long for that.
let benches: [(name: String, run: () throws -> [BenchResult])] = [
    ("conditions", { conditionBench() }),
    ("templates", { templateBench() }),
    ("journeys", { JourneyBench.run() }),
    ("events", { try inTemporaryFolder { try EngineBench.events(folder: $0) } }),
    ("waits", { try inTemporaryFolder { try EngineBench.waits(folder: $0) } }),
    ("sleepers", { try inTemporaryFolder { try EngineBench.sleepers(folder: $0) } }),
    ("ledger", { try inTemporaryFolder { try LedgerBench.run(folder: $0) } }),
    ("history", { try inTemporaryFolder { try HistoryBench.run(folder: $0) } }),
    ("import", { try inTemporaryFolder { try ImportBench.run(folder: $0) } }),
    ("keys", { try inTemporaryFolder { try KeyBench.run(folder: $0) } }),
    ("smtp", { try SMTPBench.run(Array(words.dropFirst())) }),
    ("webhooks", { try WebhookBench.run(Array(words.dropFirst())) }),
    ("sandbox", { try SandboxBench.run(Array(words.dropFirst())) }),
]
let nightly: [(name: String, run: () throws -> [BenchResult])] = [
    ("nightly-journeys", { NightlyBench.journeys() })
]

let asJSON = CommandLine.arguments.contains("--json")
let words = CommandLine.arguments.dropFirst().filter { $0 != "--json" }
let wanted = words.first ?? "all"
var results: [BenchResult] = []
let chosen =
    wanted == "all" ? benches : wanted == "nightly" ? nightly : (benches + nightly).filter { $0.name == wanted }
for bench in chosen {
    for result in try bench.run() {
        if asJSON { results.append(result) } else { print("\(bench.name): \(result.line)") }
    }
}
if asJSON { print("[" + results.map(\.json).joined(separator: ",") + "]") }

/// On the disk that holds the working directory: a file system in memory would hide what durability costs.
func inTemporaryFolder(_ body: (String) throws -> [BenchResult]) throws -> [BenchResult] {
    var template = Array("bench-data-XXXXXX".utf8CString)
    guard let folder = mkdtemp(&template).map({ String(cString: $0) }) else { return [] }
    defer {
        for name in ["carillon.db", "carillon.db-wal", "carillon.db-shm", "key", "instance", "runner.lock"] {
            unlink(folder + "/" + name)
        }
        rmdir(folder)
    }
    return try body(folder)
}
