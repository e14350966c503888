import Testing

@testable import Channels

/// Cases made with botocore.
struct AWSSignatureTests {
    struct Vectors: Decodable {
        struct Case: Decodable, Sendable, CustomTestStringConvertible {
            let id: String
            let access_key_id: String
            let secret_access_key: String
            let session_token: String?
            let region: String
            let service: String
            let method: String
            let url: String
            let query: [String: String]?
            let headers_given: [String: String]
            let body: String
            let x_amz_date: String
            let canonical_request: String
            let string_to_sign: String
            let authorization: String

            var testDescription: String { id }
        }

        let cases: [Case]
    }

    @Test(arguments: VectorFile.read("aws-sigv4-sns", as: Vectors.self).cases)
    func `Requests are signed as botocore signs them`(vector: Vectors.Case) throws {
        let signature = AWSSignature(
            keyID: vector.access_key_id,
            secret: Secret(vector.secret_access_key),
            sessionToken: vector.session_token,
            region: vector.region,
            service: vector.service
        )
        let url = try EgressURL(vector.url)
        let signed = signature.sign(
            method: vector.method,
            host: url.host,
            path: url.target,
            query: (vector.query ?? [:]).map { ($0.key, $0.value) },
            headers: vector.headers_given.map { (name: $0.key, value: $0.value) },
            body: Array(vector.body.utf8),
            now: try #require(AWSReading.seconds(vector.x_amz_date))
        )
        #expect(signed.canonicalRequest == vector.canonical_request)
        #expect(signed.stringToSign == vector.string_to_sign)
        #expect(signed.authorization == vector.authorization)
    }

    @Test(arguments: VectorFile.read("aws-sigv4-sns", as: Vectors.self).cases.filter { $0.id.hasPrefix("publish") })
    func `Forms are escaped as the SDK escapes them`(vector: Vectors.Case) throws {
        var body = ""
        for part in vector.body.split(separator: "&") {
            let pair = part.split(separator: "=", maxSplits: 1)
            var value: [UInt8] = []
            let plain = Reading.form(Array(part.utf8))[String(pair[0])] ?? ""
            FormWriter.escape(plain.utf8, into: &value)
            body += (body.isEmpty ? "" : "&") + pair[0] + "=" + value.text
        }
        #expect(body == vector.body)
    }
}
