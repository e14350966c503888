/// One measured figure beside the one to reach.
struct BenchResult {
    var name: String
    var value: Double
    var unit: String
    /// As people read it: `≥ 300,000`.
    var target: String

    var line: String { "\(name): \(value) \(unit) (\(target))" }

    /// Names and targets are literals of this program without quotes or control characters, so none needs an escape.
    var json: String {
        #"{"name":"\#(name)","value":\#(value),"unit":"\#(unit)","target":"\#(target)"}"#
    }
}
