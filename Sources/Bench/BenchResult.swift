/// One measured figure beside the one to reach.
struct BenchResult {
    var name: String
    var value: Double
    var unit: String
    /// As people read it: `≥ 300,000`.
    var target: String
}
