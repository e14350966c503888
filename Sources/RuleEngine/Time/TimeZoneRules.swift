/// A time zone as its TZif file (RFC 9636) states it.
///
/// Bytes come from outside: the engine reads no files, and the rules compiled into system libraries are older than
/// the law in places.
package struct TimeZoneRules: Sendable, Hashable {
    package static let utc = TimeZoneRules()

    private init() {}
}
