/// Domain names as A-labels: RFC 3492, for what contact data holds.
///
/// It lowers letters and refuses decomposed accents, and leaves the rest of IDNA's mapping tables to whoever typed
/// the address: a name outside them does not resolve, and the server says so.
package enum Punycode {
    /// Nil where a label is empty, too long or holds what a host name can't.
    static func hostName(_ domain: String) -> String? {
        var labels: [String] = []
        for label in domain.lowercased().split(separator: ".", omittingEmptySubsequences: false) {
            guard let encoded = encode(label: label) else {
                return nil
            }
            labels.append(encoded)
        }
        return labels.joined(separator: ".")
    }

    /// `bücher` becomes `xn--bcher-kva`; a label in ASCII stays as it is. Nil where it can't be encoded.
    package static func encode(label text: some StringProtocol) -> String? {
        let label = text.unicodeScalars.map(\.value)
        if label.allSatisfy({ $0 < 0x80 }) { return String(text) }
        // A label holds at most 63 bytes in ASCII; longer ones need no work to be refused.
        guard label.count <= 63 else { return nil }
        let isRefused = label.contains { scalar in
            // Combining marks (the address is not in composed form), white space, controls, bidirectional and
            // zero-width marks, and the full stops that other scripts use between labels.
            (0x300...0x36F).contains(scalar) || scalar <= 0x2C || (0x7F...0xA0).contains(scalar)
                || (0x2000...0x206F).contains(scalar) || scalar == 0x3000 || scalar == 0x3002 || scalar == 0xFF0E
                || scalar == 0xFF61 || scalar == 0xFEFF || scalar == 0xFFFD
        }
        guard !isRefused, let tail = tail(of: label) else {
            return nil
        }
        let encoded = "xn--" + tail
        return encoded.utf8.count <= 63 ? encoded : nil
    }

    private static func tail(of label: [UInt32]) -> String? {
        var output: [UInt8] = label.filter { $0 < 0x80 }.map { UInt8($0) }
        let basicCount = output.count
        var handled = basicCount
        if basicCount > 0 {
            output.append(0x2D)
        }
        var current: UInt32 = 128
        var delta: UInt32 = 0
        var bias: UInt32 = 72
        while handled < label.count {
            guard let next = label.filter({ $0 >= current }).min() else {
                return nil
            }
            let (step, overflows) = (next - current).multipliedReportingOverflow(by: UInt32(handled + 1))
            guard !overflows, delta <= UInt32.max - step else {
                return nil
            }
            delta += step
            current = next
            for scalar in label {
                if scalar < current {
                    delta += 1
                }
                guard scalar == current else {
                    continue
                }
                var rest = delta
                var position: UInt32 = 36
                while true {
                    let threshold: UInt32 = position <= bias ? 1 : min(26, position - bias)
                    if rest < threshold {
                        break
                    }
                    output.append(digit(threshold + (rest - threshold) % (36 - threshold)))
                    rest = (rest - threshold) / (36 - threshold)
                    position += 36
                }
                output.append(digit(rest))
                bias = adapted(delta, count: UInt32(handled + 1), isFirst: handled == basicCount)
                delta = 0
                handled += 1
            }
            delta += 1
            current += 1
        }
        return output.text
    }

    private static func digit(_ value: UInt32) -> UInt8 {
        UInt8(value < 26 ? 0x61 + value : 0x30 + value - 26)
    }

    private static func adapted(_ delta: UInt32, count: UInt32, isFirst: Bool) -> UInt32 {
        var delta = isFirst ? delta / 700 : delta / 2
        delta += delta / count
        var steps: UInt32 = 0
        while delta > 455 {
            delta /= 35
            steps += 36
        }
        return steps + 36 * delta / (delta + 38)
    }
}
