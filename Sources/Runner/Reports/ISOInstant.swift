import Channels
package import RuleEngine

/// RFC 3339 in UTC, to the second: `2027-03-18T10:00:00Z`.
package enum ISOInstant {
    package static func text(_ time: Timestamp) -> String {
        var text: [UInt8] = []
        MailDate.append(rfc3339: Int(time.microseconds / 1_000_000), to: &text)
        return String(decoding: text, as: UTF8.self)
    }
}
