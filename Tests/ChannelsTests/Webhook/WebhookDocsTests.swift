import Glibc
import Testing

@testable import Channels

struct WebhookDocsTests {
    /// The request that `docs/channels/webhook.md` shows.
    private static func example() throws -> (headers: [String: String], body: String) {
        let path =
            #filePath.split(separator: "/").dropLast(4).reduce("") { $0 + "/" + $1 } + "/docs/channels/webhook.md"
        let file = try #require(fopen(path, "r"))
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 64 << 10)
        let count = fread(&bytes, 1, bytes.count, file)
        let page = String(decoding: bytes[..<count], as: UTF8.self)
        let lines = page.split(separator: "\n", omittingEmptySubsequences: false)
        let start = try #require(lines.firstIndex(of: "```http"))
        let end = try #require(lines[start...].firstIndex(of: "```"))
        let block = lines[(start + 2)..<end]
        let gap = try #require(block.firstIndex(of: ""))
        var headers: [String: String] = [:]
        for line in block[..<gap] {
            let colon = try #require(line.firstIndex(of: ":"))
            headers[String(line[..<colon])] = String(line[line.index(colon, offsetBy: 2)...])
        }
        return (headers, block[(gap + 1)...].joined(separator: "\n"))
    }

    @Test func `The example of the page is signed as it says`() throws {
        let (headers, body) = try WebhookDocsTests.example()
        let timestamp = try #require(headers["webhook-timestamp"].flatMap { Int($0) })
        let secret = try #require(WebhookSecret(WebhookFixture.secret))
        let signature = secret.signature(id: headers["webhook-id"] ?? "", timestamp: timestamp, body: Array(body.utf8))
        #expect(headers["webhook-signature"] == signature)
    }

    @Test func `Its body is what the channel writes`() throws {
        var content = WebhookFixture.content()
        content.text = Array("Hello Žofie".utf8)
        let body = try WebhookBody.compose(content, kind: "sms", now: WebhookFixture.now)
        #expect(try WebhookDocsTests.example().body == body.text)
    }
}
