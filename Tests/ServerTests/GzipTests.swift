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
        #expect(bytes.count < plain.text.utf8.count / 3)
        // Lines are read one by one, so that the last break is not told.
        #expect(try Self.unpacked(bytes) + "\n" == plain.text)
        #expect(small.headers["content-encoding"] == nil)
    }

    /// RFC 9110, 8.8.3.3: a strong tag is of the bytes, and the two codings of an answer have different ones.
    @Test func `each coding has a tag of its own, and knows it again`() async throws {
        let fixture = try ServiceFixture()
        try await fixture.serve { call in
            for number in 0..<40 {
                let contact = #"{"email": "person\#(number)@example.com", "plan": "pro", "first_name": "Ä"}"#
                #expect(try call("PUT", "/contacts/c\(number)", contact).status == 201)
            }
            let key = try fixture.key(Set(Scope.allCases))
            func get(_ headers: [String: String]) throws -> RawClient.Response {
                let all = ["Authorization": "Bearer \(key)"].merging(headers) { $1 }
                return try call.client.bytes("GET", "/api/v1/contacts?limit=40", headers: all).answer
            }
            let packed = ["Accept-Encoding": "gzip"]
            let plainTag = try #require(try get([:]).headers["etag"])
            let packedTag = try #require(try get(packed).headers["etag"])
            #expect(plainTag.hasPrefix("\"") && packedTag.hasPrefix("\"") && plainTag != packedTag)
            func status(_ tag: String, _ headers: [String: String] = [:]) throws -> Int {
                let reply = try get(headers.merging(["If-None-Match": tag]) { $1 })
                if reply.status == 304 {
                    #expect(reply.headers["etag"] == (headers.isEmpty ? plainTag : packedTag))
                    #expect(reply.headers["vary"] == "Accept-Encoding")
                    #expect(reply.headers["content-encoding"] == nil && reply.body.isEmpty)
                }
                return reply.status
            }
            #expect(try status(plainTag) == 304)
            #expect(try status(packedTag, packed) == 304)
            // Bytes that the caller doesn't have are sent.
            #expect(try status(packedTag) == 200)
            #expect(try status(plainTag, packed) == 200)
            #expect(try status("\"x\", W/\(plainTag)") == 304)
            #expect(try status("*", packed) == 304)
            // A change is refused or taken by what was read, in whichever coding; a weak tag proves nothing.
            let shown = EntityTag(of: try call("GET", "/contacts/c1").text)
            for (tag, status) in [
                ("W/" + shown.text(isGzip: false), 412), ("\"x\"", 412), (shown.text(isGzip: true), 200), ("*", 200),
            ] {
                let change = try call("PATCH", "/contacts/c1", #"{"plan": "pro"}"#, headers: ["If-Match": tag])
                #expect(change.status == status, "\(tag)")
            }
        }
    }

    /// A second opinion.
    private static func unpacked(_ bytes: [UInt8]) throws -> String {
        let digits = Array("0123456789abcdef".utf8)
        let hex = String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
        return try Python(script: "gunzip.py", [hex]).finish()
    }
}
