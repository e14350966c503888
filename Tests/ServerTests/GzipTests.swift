import Runner
import TestKit
import Testing

@testable import Server

@Suite("Compressed answers") struct GzipTests {
    @Test(arguments: [
        ("gzip", true), ("deflate, GZIP;q=0.5", true), ("*", true), ("gzip;q=0", false), ("*;q=0", false),
        ("br, deflate", false), ("", false), ("gzip;q=0, *", false), ("identity", false),
    ])
    func `who takes it is read as RFC 9110 says`(_ header: String, _ isTaken: Bool) {
        #expect(Gzip.isTaken(header) == isTaken)
    }

    @Test func `a large answer comes compressed to whoever takes it, and is the same`() async throws {
        let fixture = try ServiceFixture()
        let (plain, answer, bytes, small) = try await fixture.serve { call in
            for number in 0..<40 {
                let contact = #"{"email": "person\#(number)@example.com", "plan": "pro", "first_name": "Ä"}"#
                #expect(try call("PUT", "/contacts/c\(number)", contact).status == 201)
            }
            let plain = try call("GET", "/contacts?limit=40")
            let headers = [
                "Authorization": "Bearer \(try fixture.key(Set(Scope.allCases)))", "Accept-Encoding": "gzip",
            ]
            let (answer, bytes) = try call.client.bytes("GET", "/api/v1/contacts?limit=40", headers: headers)
            let small = try call.client.bytes("GET", "/api/v1/contacts/c1", headers: headers)
            return (plain, answer, bytes, small.answer)
        }
        #expect(plain.headers["content-encoding"] == nil && plain.headers["vary"] == "Accept-Encoding")
        #expect(answer.headers["content-encoding"] == "gzip" && answer.headers["vary"] == "Accept-Encoding")
        #expect(answer.headers["content-length"] == "\(bytes.count)")
        // The mark is of the answer and not of its form on the way.
        #expect(answer.headers["etag"] == plain.headers["etag"])
        #expect(bytes.count < plain.text.utf8.count / 3)
        // Lines are read one by one, so that the last break is not told.
        #expect(try Self.unpacked(bytes) + "\n" == plain.text)
        #expect(small.headers["content-encoding"] == nil)
    }

    /// A second opinion.
    private static func unpacked(_ bytes: [UInt8]) throws -> String {
        let digits = Array("0123456789abcdef".utf8)
        let hex = String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
        return try Python(script: "gunzip.py", [hex]).finish()
    }
}
