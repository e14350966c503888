import FoundationEssentials
import Glibc
import Testing

@testable import Channels

/// Cases made with the reference library of Standard Webhooks.
struct WebhookVectorTests {
    struct Vectors: Decodable {
        struct Case: Decodable, Sendable, CustomTestStringConvertible {
            struct Sign: Decodable, Sendable {
                let id: String
                let timestamp: Int
                let signature: String
            }

            let id: String
            let secret: String
            let check_at_unix: Int?
            let headers: [String: String]
            let body: String
            let expect_valid: Bool
            let sign: Sign?

            var testDescription: String { id }
        }

        let cases: [Case]
    }

    static let cases: [Vectors.Case] = {
        let path = #filePath.split(separator: "/").dropLast(2).reduce("") { $0 + "/" + $1 }
        var bytes: [UInt8] = []
        if let file = fopen(path + "/Vectors/standard-webhooks.json", "r") {
            var room = [UInt8](repeating: 0, count: 1 << 16)
            while case let count = fread(&room, 1, room.count, file), count > 0 {
                bytes += room[..<count]
            }
            fclose(file)
        }
        do {
            return try JSONDecoder().decode(Vectors.self, from: Data(bytes)).cases
        } catch {
            preconditionFailure("the vectors can't be read: \(error)")
        }
    }()

    @Test(arguments: cases.filter { $0.sign != nil })
    func `Signatures are those of the reference library`(vector: Vectors.Case) throws {
        let sign = try #require(vector.sign)
        let secret = try #require(WebhookSecret(vector.secret))
        #expect(
            secret.signature(id: sign.id, timestamp: sign.timestamp, body: Array(vector.body.utf8)) == sign.signature
        )
    }

    @Test(arguments: cases)
    func `Messages are verified as the vectors say`(vector: Vectors.Case) throws {
        let secret = WebhookSecret(vector.secret)
        let headers = Dictionary(uniqueKeysWithValues: vector.headers.map { ($0.lowercased(), $1) })
        let sentAt = Int(headers["webhook-timestamp"] ?? "")
        let isValid =
            secret?.verifies(
                id: headers["webhook-id"] ?? "",
                timestamp: headers["webhook-timestamp"] ?? "",
                signature: headers["webhook-signature"] ?? "",
                body: Array(vector.body.utf8),
                now: vector.check_at_unix ?? sentAt ?? 0
            ) ?? false
        #expect(isValid == vector.expect_valid)
    }

    @Test func `Two secrets give two signatures, and either verifies`() throws {
        let (old, new) = ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_Umd2iCLuYk1I/OFexcp5y9YCy39MIVel")
        let both = try #require(WebhookSecret(old + " " + new))
        let signature = both.signature(id: "m1", timestamp: 1_000_000, body: [1, 2])
        #expect(signature.split(separator: " ").count == 2)
        for secret in [old, new] {
            let one = try #require(WebhookSecret(secret))
            #expect(one.verifies(id: "m1", timestamp: "1000000", signature: signature, body: [1, 2], now: 1_000_100))
            #expect(!one.verifies(id: "m1", timestamp: "1000000", signature: signature, body: [1, 3], now: 1_000_100))
        }
    }

    @Test(arguments: [
        "", " ", "whsec_", "whsec_short", "whsec_QUJD", "not base64 at all!", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS!",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw whsec_bad",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    ])
    func `What is not a secret is refused`(text: String) {
        #expect(WebhookSecret(text) == nil)
    }
}
