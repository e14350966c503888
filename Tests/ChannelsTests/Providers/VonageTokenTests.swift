import Crypto
import CryptoExtras
import FoundationEssentials
import TestKit
import Testing

@testable import Channels

struct VonageTokenTests {
    private static func decoded(_ part: Substring) -> [UInt8] {
        var text = part.map { $0 == "-" ? "+" : $0 == "_" ? "/" : String($0) }.joined()
        while text.utf8.count % 4 != 0 { text += "=" }
        return Data(base64Encoded: text).map { Array($0) } ?? []
    }

    @Test func `A token is signed with the application's key, and kept for ten minutes`() throws {
        let key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        let token = try #require(VonageToken(application: "aaaa-bbbb", privateKey: key.pkcs8PEMRepresentation))
        let header = token.header(now: 1_735_689_600)
        #expect(token.header(now: 1_735_690_100) == header)
        #expect(token.header(now: 1_735_690_300) != header)
        let parts = header.dropFirst("Authorization: Bearer ".count).split(separator: ".")
        try #require(parts.count == 3)
        let signature = _RSA.Signing.RSASignature(rawRepresentation: Self.decoded(parts[2]))
        let digest = SHA256.hash(data: Array("\(parts[0]).\(parts[1])".utf8))
        #expect(key.publicKey.isValidSignature(signature, for: digest, padding: .insecurePKCS1v1_5))
        #expect(Self.decoded(parts[0]).text == #"{"alg":"RS256","typ":"JWT"}"#)
        let claims = JSONValue(Self.decoded(parts[1]))
        #expect(claims?["application_id"]?.string == "aaaa-bbbb" && claims?["iat"]?.whole == 1_735_689_600)
        #expect(claims?["exp"]?.whole == 1_735_690_500 && claims?["jti"]?.string?.utf8.count == 36)
    }

    @Test func `A channel with an application's key logs in with a token`() throws {
        let key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        var secret = JSONWriter()
        secret.beginObject()
        secret.field("application_id", "aaaa-bbbb")
        secret.field("private_key", key.pkcs8PEMRepresentation)
        secret.endObject()
        var script = ProviderScript.vonageMessages
        script.secret = secret.bytes.text
        let server = HTTPFaultServer { [script] _ in script.success.answer }
        defer { server.stop() }
        let descriptor = try #require(ChannelRegistry.descriptor(of: "vonage"))
        let channel = try descriptor.make(script.configuration(port: server.port))
        var content = MessageContent()
        content.recipient = Array("+447700900000".utf8)
        content.text = Array("Hello".utf8)
        var wire: [UInt8] = []
        try channel.compose(content, into: &wire)
        let sent = OutcomeList()
        let session = try channel.open { sent.add($0.map(\.outcome)) }
        session.submit([ComposedMessage(token: 1, address: "+447700900000", wire: wire)])
        session.finish(within: 30)
        #expect(sent.all == [script.success.outcome])
        #expect(server.requests.first?.headers["authorization"]?.hasPrefix("Bearer ey") == true)
    }

    @Test func `What is no key is refused, and not repeated`() {
        var script = ProviderScript.vonageMessages
        script.secret = #"{"application_id":"aaaa","private_key":"hunter2"}"#
        let descriptor = ChannelRegistry.descriptor(of: "vonage")
        do throws(ChannelSetupError) {
            _ = try descriptor?.make(script.configuration(port: 1))
            Issue.record("it was taken")
        } catch {
            #expect(!error.message.contains("hunter2") && error.help?.contains("hunter2") != true)
        }
    }
}
