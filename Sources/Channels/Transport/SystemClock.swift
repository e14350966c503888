import Glibc

/// The wall clock, for what must carry the time of an attempt.
package enum SystemClock {
    /// Seconds since 1970.
    package static var now: Int { time(nil) }
}
