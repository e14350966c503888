import Glibc
import RuleEngine
import Runner
import Storage

/// Importing a million contacts into an empty store, and the same file again.
enum ImportBench {
    static func run(folder: String, contacts: Int = 1_000_000) throws -> [BenchResult] {
        let path = folder + "/contacts.csv"
        defer { unlink(path) }
        let bytes = ContactGenerator.write(contacts, to: path)
        let store = try SQLiteStore(folder: folder)
        let schema = ContactSchema(
            id: "bench",
            declared: [
                ContactField(name: "first_name", type: TypeInfo(.text, isOptional: true)),
                ContactField(name: "last_name", type: TypeInfo(.text, isOptional: true)),
                ContactField(name: "plan", type: TypeInfo(.oneOf(["free", "trial", "pro", "team"]))),
                ContactField(name: "seats", type: TypeInfo(.int, isOptional: true)),
                ContactField(name: "renewal_date", type: TypeInfo(.date, isOptional: true)),
            ]
        )
        var results: [BenchResult] = []
        for pass in ["first import", "same file again"] {
            let start = RunnerEnvironment.live.monotonic()
            let work = ContactImport(
                file: path,
                schema: schema,
                currency: "EUR",
                key: store.key,
                now: RunnerEnvironment.live.now()
            )
            let summary = try work.run(into: try store.openContactWriter())
            let seconds = RunnerEnvironment.live.monotonic() - start
            guard summary.created + summary.unchanged == contacts else {
                throw StoreError.failed("the import didn't take every row: \(summary)")
            }
            results.append(
                BenchResult(
                    name: "\(pass) of \(contacts) contacts (\(bytes >> 20) MiB)",
                    value: seconds,
                    unit: "s",
                    target: "<= 20"
                )
            )
        }
        results.append(
            BenchResult(name: "peak memory", value: Double(peakBytes()) / 1_048_576, unit: "MiB", target: "< 60")
        )
        return results
    }

    private static func peakBytes() -> Int {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return usage.ru_maxrss * 1_024
    }
}
