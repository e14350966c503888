import Crypto

/// Signs requests as AWS Signature Version 4 says.
package struct AWSSignature: Sendable {
    let keyID: String
    let secret: Secret
    /// Of temporary credentials.
    let sessionToken: String?
    let region: String
    let service: String

    package init(keyID: String, secret: Secret, sessionToken: String? = nil, region: String, service: String) {
        self.keyID = keyID
        self.secret = secret
        self.sessionToken = sessionToken
        self.region = region
        self.service = service
    }

    package struct Signed: Equatable {
        package var canonicalRequest: String
        package var stringToSign: String
        package var authorization: String
        /// The headers that must be added to the request.
        package var headers: [(name: String, value: String)]

        package static func == (left: Signed, right: Signed) -> Bool {
            left.authorization == right.authorization && left.canonicalRequest == right.canonicalRequest
        }
    }

    /// - Parameters:
    ///   - query: names and values as they are, before they are escaped.
    ///   - headers: those that the request has already and that are signed.
    ///   - now: seconds since 1970.
    package func sign(
        method: String,
        host: String,
        path: String = "/",
        query: [(String, String)] = [],
        headers: [(name: String, value: String)],
        body: [UInt8],
        now: Int
    ) -> Signed {
        let time = AWSSignature.time(now)
        let date = String(time.prefix(8))
        var added = [(name: "X-Amz-Date", value: time)]
        if let sessionToken { added.append((name: "X-Amz-Security-Token", value: sessionToken)) }
        let all = (headers + [(name: "Host", value: host)] + added)
            .map { (name: $0.name.lowercased(), value: $0.value.trimmingBlanks) }
            .sorted { $0.name < $1.name }
        let names = all.map(\.name).joined(separator: ";")
        let canonical = [
            method, path, AWSSignature.canonical(query), all.map { "\($0.name):\($0.value)\n" }.joined(), names,
            AWSSignature.hex(SHA256.hash(data: body)),
        ].joined(separator: "\n")
        let scope = "\(date)/\(region)/\(service)/aws4_request"
        let toSign =
            "AWS4-HMAC-SHA256\n\(time)\n\(scope)\n" + AWSSignature.hex(SHA256.hash(data: Array(canonical.utf8)))
        let signature = AWSSignature.hex(AWSSignature.code(toSign, key(date)))
        return Signed(
            canonicalRequest: canonical,
            stringToSign: toSign,
            authorization:
                "AWS4-HMAC-SHA256 Credential=\(keyID)/\(scope), SignedHeaders=\(names), Signature=\(signature)",
            headers: added
        )
    }

    func key(_ date: String) -> SymmetricKey {
        let start = SymmetricKey(data: Array(("AWS4" + secret.exposed).utf8))
        return [date, region, service, "aws4_request"].reduce(start) { key, text in
            SymmetricKey(data: AWSSignature.code(text, key))
        }
    }

    static func code(_ text: String, _ key: SymmetricKey) -> HMAC<SHA256>.MAC {
        HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: key)
    }

    /// Sorted by the bytes of their names, everything but unreserved characters escaped; a space is `%20` here.
    static func canonical(_ query: [(String, String)]) -> String {
        query.map { (escaped($0.0), escaped($0.1)) }
            .sorted { ($0.0, $0.1) < ($1.0, $1.1) }
            .map { "\($0.0)=\($0.1)" }
            .joined(separator: "&")
    }

    static func escaped(_ text: String) -> String {
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            if byte == 0x20 {
                bytes.append(literal: "%20")
            } else {
                FormWriter.escape(CollectionOfOne(byte), into: &bytes)
            }
        }
        return bytes.text
    }

    /// `20250101T000000Z`.
    static func time(_ now: Int) -> String {
        var text: [UInt8] = []
        MailDate.append(rfc3339: now, to: &text)
        return text.filter { $0 != 0x2D && $0 != 0x3A }.text
    }

    static func hex(_ bytes: some Sequence<UInt8>) -> String {
        var text: [UInt8] = []
        for byte in bytes {
            for digit in [byte >> 4, byte & 15] { text.append(digit < 10 ? 0x30 + digit : 0x57 + digit) }
        }
        return text.text
    }
}
