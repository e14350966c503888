/// A time zone as its TZif file (RFC 9636) states it.
///
/// The bytes come from outside: the engine reads no files, and rules compiled into system libraries are older than
/// the law in places.
package struct TimeZoneRules: Sendable, Hashable {
    /// What the clocks of a zone show between two changes.
    package struct Offset: Sendable, Hashable {
        /// East of Greenwich is positive.
        package let seconds: Int
        package let isDaylightSaving: Bool
        /// `CET`, `-03`
        package let abbreviation: String

        package init(seconds: Int, isDaylightSaving: Bool, abbreviation: String) {
            self.seconds = seconds
            self.isDaylightSaving = isDaylightSaving
            self.abbreviation = abbreviation
        }
    }

    /// Seconds since 1970, ascending.
    private let transitions: [Int64]
    /// For every transition the index of the offset that begins with it.
    private let offsetAfter: [UInt8]
    /// Never empty; the first one holds before the first transition.
    private let offsets: [Offset]
    /// What holds after the last transition.
    private let footer: PosixZoneRule?

    package static let utc = TimeZoneRules(fixed: Offset(seconds: 0, isDaylightSaving: false, abbreviation: "UTC"))

    package init(fixed offset: Offset) {
        transitions = []
        offsetAfter = []
        offsets = [offset]
        footer = nil
    }

    init(transitions: [Int64], offsetAfter: [UInt8], offsets: [Offset], footer: PosixZoneRule?) {
        self.transitions = transitions
        self.offsetAfter = offsetAfter
        self.offsets = offsets
        self.footer = footer
    }

    /// Reads the content of a TZif file.
    package init(tzif bytes: [UInt8]) throws(TZifError) {
        self = try TZifReader.read(bytes)
    }

    package func offset(at instant: Timestamp) -> Offset {
        offset(atSecond: Self.seconds(of: instant))
    }

    package func localTime(of instant: Timestamp) -> LocalTime {
        let seconds = Self.seconds(of: instant)
        return LocalTime(clockSeconds: seconds + Int64(offsetSeconds(atSecond: seconds)))
    }

    /// The instant, in microseconds UTC, of a wall-clock time as expressions write it: days since 1970 and
    /// microseconds of that day. Whole seconds decide where the clock stands; the rest is added.
    package func microseconds(day: Int64, microsecondOfDay: Int64) -> Int64 {
        let (seconds, rest) = microsecondOfDay.quotientAndRemainder(dividingBy: 1_000_000)
        let local = LocalTime(date: CalendarDate(daysSinceEpoch: day), secondOfDay: Int(seconds))
        return resolve(local).instant.microseconds &+ rest
    }

    /// When the zone's clocks show a time; they may do so twice, or never.
    package func resolve(_ local: LocalTime) -> LocalTimeResolution {
        let clock = local.clockSeconds
        // No zone changes twice within two days, so the offsets a day before and a day after are all there are.
        let before = Int64(offsetSeconds(atSecond: clock - 86_400))
        let after = Int64(offsetSeconds(atSecond: clock + 86_400))
        let candidates = before == after ? [clock - before] : [clock - before, clock - after].sorted()
        let valid = candidates.filter { $0 + Int64(offsetSeconds(atSecond: $0)) == clock }
        if valid.count == 2 {
            return .ambiguous(first: Self.timestamp(valid[0]), second: Self.timestamp(valid[1]))
        }
        if let only = valid.first { return .unique(Self.timestamp(only)) }
        // The change lies between the two candidates: up to the first one the old offset holds.
        var low = candidates[0]
        var high = candidates[candidates.count - 1]
        while high - low > 1 {
            let middle = low + (high - low) / 2
            if Int64(offsetSeconds(atSecond: middle)) == before { low = middle } else { high = middle }
        }
        return .skipped(firstAfter: Self.timestamp(high))
    }

    private func offset(atSecond second: Int64) -> Offset {
        guard let last = transitions.last else { return footer?.offset(atSecond: second) ?? offsets[0] }
        if second >= last, let footer { return footer.offset(atSecond: second) }
        return offsets[offsetIndex(atSecond: second)]
    }

    /// As `offset(atSecond:)`, without touching the abbreviation: this one runs for every date in every message.
    private func offsetSeconds(atSecond second: Int64) -> Int {
        if let footer, second >= transitions.last ?? Int64.min { return footer.offsetSeconds(atSecond: second) }
        return offsets[offsetIndex(atSecond: second)].seconds
    }

    private func offsetIndex(atSecond second: Int64) -> Int {
        var low = 0
        var high = transitions.count
        while low < high {
            let middle = (low + high) / 2
            if transitions[middle] <= second { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? 0 : Int(offsetAfter[low - 1])
    }

    private static func seconds(of instant: Timestamp) -> Int64 {
        let microseconds = instant.microseconds
        let whole = microseconds / 1_000_000
        return microseconds % 1_000_000 < 0 ? whole - 1 : whole
    }

    private static func timestamp(_ seconds: Int64) -> Timestamp {
        let limit = Int64.max / 1_000_000
        return Timestamp(microseconds: min(max(seconds, -limit), limit) * 1_000_000)
    }
}
