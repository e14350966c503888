/// Whether more happens than is worked on: what waits has become more from one look to the next, several times in a row. A
/// disk that stood still for a second leaves as much behind, and that becomes less by itself.
struct Flood {
    /// Seconds between two looks.
    static let step = 1.0
    /// So many times.
    private static let mostGrowths = 2

    private var last: (waiting: Int64, at: Double)?
    private var growths = 0
    /// By the clock that only goes ahead; nil where there is none. It stays until what waits has been caught up with.
    private(set) var since: Double?

    func isLookDue(at now: Double) -> Bool {
        last.map { now - $0.at >= Self.step } ?? true
    }

    mutating func look(at waiting: Int64, now: Double) {
        growths = last.map { waiting > $0.waiting } ?? false ? growths + 1 : 0
        last = (waiting, now)
        if growths >= Self.mostGrowths, since == nil { since = now }
    }
}
