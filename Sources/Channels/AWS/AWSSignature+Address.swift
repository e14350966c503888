import Crypto

/// Addresses that carry their signature themselves: whoever has one may fetch the object, until it expires.
extension AWSSignature {
    /// The longest that the scheme allows: a week.
    package static let longestLife = 604_800

    /// - Parameters:
    ///   - host: as it will stand in the request, with its port unless that is the scheme's own.
    ///   - path: what is behind the host, not yet escaped; a slash stays one.
    ///   - now: seconds since 1970.
    package func address(scheme: String, host: String, path: String, validFor seconds: Int, now: Int) -> String {
        let time = AWSSignature.time(now)
        let scope = "\(time.prefix(8))/\(region)/\(service)/aws4_request"
        var query = [
            ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"), ("X-Amz-Credential", "\(keyID)/\(scope)"), ("X-Amz-Date", time),
            ("X-Amz-Expires", "\(min(max(1, seconds), AWSSignature.longestLife))"), ("X-Amz-SignedHeaders", "host"),
        ]
        if let sessionToken { query.append(("X-Amz-Security-Token", sessionToken)) }
        let escapedPath = path.split(separator: "/", omittingEmptySubsequences: false).map {
            AWSSignature.escaped(String($0))
        }.joined(separator: "/")
        let text = AWSSignature.canonical(query)
        let canonical = ["GET", escapedPath, text, "host:\(host)\n", "host", "UNSIGNED-PAYLOAD"].joined(separator: "\n")
        let toSign =
            "AWS4-HMAC-SHA256\n\(time)\n\(scope)\n" + AWSSignature.hex(SHA256.hash(data: Array(canonical.utf8)))
        let signature = AWSSignature.hex(AWSSignature.code(toSign, key(String(time.prefix(8)))))
        return "\(scheme)://\(host)\(escapedPath)?\(text)&X-Amz-Signature=\(signature)"
    }
}
