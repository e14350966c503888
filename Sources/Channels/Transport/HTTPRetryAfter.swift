import CCurlShim

/// Reads `Retry-After`: seconds, or one of the three forms of an HTTP date.
enum HTTPRetryAfter {
    /// A server that asks for more than a day is asked again after a day.
    static let longest = 86_400.0

    static func seconds(_ value: String, now: Int) -> Double? {
        let text = value.trimmingBlanks
        guard !text.isEmpty, text.utf8.count <= 64 else {
            return nil
        }
        if text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            return min(longest, Double(text) ?? longest)
        }
        // Only a day's name begins a date; libcurl's reader takes far more than dates.
        guard let first = text.utf8.first, (0x41...0x5A).contains(first) else {
            return nil
        }
        let time = curl_getdate(text, nil)
        return time < 0 ? nil : min(longest, max(0, Double(time - now)))
    }
}

extension String {
    /// Without blanks and line ends at both ends.
    var trimmingBlanks: String {
        var bytes = Array(utf8)[...]
        while let last = bytes.last, last <= 0x20 {
            bytes.removeLast()
        }
        while let first = bytes.first, first <= 0x20 {
            bytes.removeFirst()
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
