import Channels
import Crypto
import FoundationEssentials

/// Writes X.509 certificates: as much of DER as a throw-away authority and the names below it need.
struct CertificateMaker {
    enum Role {
        case authority
        /// For these names and addresses (of four bytes).
        case server(names: [String], addresses: [[UInt8]])
    }

    /// Seconds since 1970.
    typealias Span = (from: Int, until: Int)

    private static let signsWithECDSA = sequence(identifier([0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02]))

    /// - Parameter number: tells certificates of one issuer apart.
    /// - Returns: PEM; nil where signing fails.
    static func certificate(
        for key: P256.Signing.PublicKey, named name: String, as role: Role, number: UInt8, within span: Span,
        by issuer: P256.Signing.PrivateKey, named issuerName: String
    ) -> String? {
        let tbs = sequence(
            element(0xA0, element(0x02, [2])) + element(0x02, [number]) + signsWithECDSA + distinguished(issuerName)
                + sequence(time(span.from) + time(span.until)) + distinguished(name)
                + Array(key.derRepresentation) + element(0xA3, sequence(extensions(role))))
        guard let signature = try? issuer.signature(for: tbs) else { return nil }
        let whole = sequence(tbs + signsWithECDSA + element(0x03, [0] + Array(signature.derRepresentation)))
        return pem(whole)
    }

    private static func extensions(_ role: Role) -> [UInt8] {
        switch role {
        case .authority:
            // It may sign certificates, and nothing else.
            return noted([0x55, 0x1D, 0x13], isCritical: true, sequence(element(0x01, [0xFF])))
                + noted([0x55, 0x1D, 0x0F], isCritical: true, element(0x03, [2, 0x04]))
        case .server(let names, let addresses):
            let all =
                names.flatMap { element(0x82, Array($0.utf8)) } + addresses.flatMap { element(0x87, $0) }
            let forServers = sequence(identifier([0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01]))
            return noted([0x55, 0x1D, 0x13], isCritical: true, sequence([]))
                + noted([0x55, 0x1D, 0x25], isCritical: false, forServers)
                + noted([0x55, 0x1D, 0x11], isCritical: false, sequence(all))
        }
    }

    // MARK: - DER

    private static func element(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        let count = content.count
        let length: [UInt8] =
            switch count {
            case ..<0x80: [UInt8(count)]
            case ..<0x100: [0x81, UInt8(count)]
            default: [0x82, UInt8(count >> 8 & 0xFF), UInt8(count & 0xFF)]
            }
        return [tag] + length + content
    }

    private static func sequence(_ content: [UInt8]) -> [UInt8] { element(0x30, content) }

    private static func identifier(_ bytes: [UInt8]) -> [UInt8] { element(0x06, bytes) }

    private static func noted(_ name: [UInt8], isCritical: Bool, _ value: [UInt8]) -> [UInt8] {
        sequence(identifier(name) + (isCritical ? element(0x01, [0xFF]) : []) + element(0x04, value))
    }

    /// A common name alone.
    private static func distinguished(_ name: String) -> [UInt8] {
        sequence(element(0x31, sequence(identifier([0x55, 0x04, 0x03]) + element(0x0C, Array(name.utf8)))))
    }

    /// `YYMMDDhhmmssZ`.
    private static func time(_ seconds: Int) -> [UInt8] {
        var text: [UInt8] = []
        MailDate.append(rfc3339: seconds, to: &text)
        return element(0x17, text.dropFirst(2).filter { (0x30...0x39).contains($0) } + [0x5A])
    }

    private static func pem(_ der: [UInt8]) -> String {
        let text = Array(Data(der).base64EncodedString().utf8)
        let lines = stride(from: 0, to: text.count, by: 64).map { start in
            String(decoding: text[start..<min(start + 64, text.count)], as: UTF8.self)
        }
        return "-----BEGIN CERTIFICATE-----\n" + lines.joined(separator: "\n") + "\n-----END CERTIFICATE-----\n"
    }
}
