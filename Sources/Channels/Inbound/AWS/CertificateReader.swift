import CryptoExtras
import FoundationEssentials

/// Takes the RSA key and the time of validity out of an X.509 certificate. Reads no more of DER than that needs, and
/// is total on any bytes.
struct CertificateReader {
    let key: _RSA.Signing.PublicKey
    let validFrom: Int
    let validUntil: Int

    init?(pem: [UInt8]) {
        let text = String(decoding: pem.prefix(65_536), as: UTF8.self)
        guard let begin = text.firstRange(of: "-----BEGIN CERTIFICATE-----"),
            let end = text.firstRange(of: "-----END CERTIFICATE-----"), begin.upperBound <= end.lowerBound,
            let der = Base64Text.decode(text[begin.upperBound..<end.lowerBound].filter { !$0.isWhitespace })
        else {
            return nil
        }
        // Certificate { tbs { [0] version?, serial, algorithm, issuer, validity, subject, key, … }, … }
        guard let certificate = Element(der[...]), let tbs = certificate.children.first else {
            return nil
        }
        var fields = tbs.children
        if fields.first?.tag == 0xA0 {
            fields.removeFirst()
        }
        guard fields.count >= 6, let from = fields[3].children.first.flatMap(Self.time),
            let until = fields[3].children.last.flatMap(Self.time),
            let key = try? _RSA.Signing.PublicKey(derRepresentation: Data(fields[5].whole))
        else {
            return nil
        }
        self.key = key
        validFrom = from
        validUntil = until
    }

    private struct Element {
        let tag: UInt8
        let content: ArraySlice<UInt8>
        let whole: ArraySlice<UInt8>

        init?(_ bytes: ArraySlice<UInt8>) {
            var index = bytes.startIndex
            guard bytes.count >= 2 else {
                return nil
            }
            tag = bytes[index]
            var length = Int(bytes[index + 1])
            index += 2
            if length >= 0x80 {
                let count = length & 0x7F
                guard (1...3).contains(count), bytes.endIndex - index >= count else {
                    return nil
                }
                length = bytes[index..<index + count].reduce(0) { $0 << 8 | Int($1) }
                index += count
            }
            guard bytes.endIndex - index >= length else {
                return nil
            }
            content = bytes[index..<index + length]
            whole = bytes[bytes.startIndex..<index + length]
        }

        var children: [Element] {
            var rest = content
            var found: [Element] = []
            while found.count < 64, let child = Element(rest) {
                found.append(child)
                rest = rest[child.whole.endIndex...]
            }
            return found
        }
    }

    /// `YYMMDDhhmmssZ` or `YYYYMMDDhhmmssZ`, as seconds since 1970.
    private static func time(_ element: Element) -> Int? {
        var text = String(decoding: element.content, as: UTF8.self)
        guard element.tag == 0x17 || element.tag == 0x18, text.hasSuffix("Z") else {
            return nil
        }
        if element.tag == 0x17 {
            text = (text.prefix(2) < "50" ? "20" : "19") + text
        }
        guard text.utf8.count == 15 else {
            return nil
        }
        let digits = Array(text)
        func part(_ from: Int, _ count: Int) -> String {
            String(digits[from..<from + count])
        }
        let written =
            "\(part(0, 4))-\(part(4, 2))-\(part(6, 2))T\(part(8, 2)):\(part(10, 2)):\(part(12, 2))Z"
        return InstantReader.text(written).map { Int($0 / 1_000_000) }
    }
}
