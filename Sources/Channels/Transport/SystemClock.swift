import Glibc

/// The wall clock, for what must carry the time of an attempt.
enum SystemClock {
    /// Seconds since 1970.
    static var now: Int { time(nil) }
}
