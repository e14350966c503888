import RuleEngine
import Runner
import TestKit
import Testing

@Suite("Sealed references")
struct SealedReferenceTests {
    static let sealer = ReferenceSealer(DataKey(bytes: Array(0..<32)))

    static let keys: [DeliveryKey] = [
        DeliveryKey(launch: LaunchID(rawValue: 1), contact: ContactKey(rawValue: 1), step: 2),
        DeliveryKey(tenant: .max, launch: LaunchID(rawValue: .max), contact: ContactKey(rawValue: .max), step: .max),
        DeliveryKey(launch: LaunchID(rawValue: 0), contact: ContactKey(rawValue: -1), step: -1, occurrence: 7),
    ]

    @Test(arguments: keys)
    func `what is sealed opens to the same key`(key: DeliveryKey) {
        let text = Self.sealer.seal(key)
        #expect(Self.sealer.open(text) == key)
        #expect(text.allSatisfy { $0.isASCII && ($0.isLowercase || $0.isNumber) })
        #expect(text.utf8.count <= 100)
    }

    @Test func `every changed character makes it worthless`() {
        let text = Self.sealer.seal(Self.keys[0])
        for index in text.indices {
            var forged = text
            forged.replaceSubrange(index...index, with: text[index] == "a" ? "b" : "a")
            #expect(Self.sealer.open(forged) == nil, "\(forged)")
        }
        #expect(Self.sealer.open(String(text.dropLast())) == nil)
        #expect(Self.sealer.open(text + "a") == nil)
    }

    @Test(arguments: ["", "a", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "AAAA", "../../etc/passwd", "é", "1890"])
    func `foreign text opens to nothing`(text: String) {
        #expect(Self.sealer.open(text) == nil)
    }

    @Test func `another folder's key opens nothing`() {
        let other = ReferenceSealer(DataKey(bytes: Array(repeating: 9, count: 32)))
        #expect(other.open(Self.sealer.seal(Self.keys[0])) == nil)
    }

    @Test func `the idempotency key is stable and depends on every part`() {
        let base = Self.keys[0]
        var others = [base, base, base, base, base]
        others[0].tenant += 1
        others[1].launch = LaunchID(rawValue: 2)
        others[2].contact = ContactKey(rawValue: 2)
        others[3].step += 1
        others[4].occurrence += 1
        #expect(base.idempotencyKey == base.idempotencyKey)
        #expect(base.idempotencyKey.count == 32)
        #expect(Set(others.map(\.idempotencyKey) + [base.idempotencyKey]).count == 6)
    }
}
