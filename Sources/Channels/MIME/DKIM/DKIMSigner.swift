import Crypto
import FoundationEssentials

/// Signs composed mail for a domain (RFC 6376), so that receivers know it was not changed and whose it is. Gmail and
/// Yahoo refuse bulk mail without it.
struct DKIMSigner: Sendable {
    private let key: DKIMKey
    private let domain: [UInt8]
    private let selector: [UInt8]

    init(key: DKIMKey, domain: [UInt8], selector: [UInt8]) {
        self.key = key
        self.domain = domain
        self.selector = selector
    }

    /// What is signed where it is there. `From` once more than it stands there, so that nobody can add a second one;
    /// both headers of one-click unsubscribing, because RFC 8058 asks for it.
    private static let signed: Set<String> = [
        "from", "to", "subject", "date", "message-id", "list-unsubscribe", "list-unsubscribe-post", "list-id",
        "feedback-id", "mime-version", "content-type", "content-transfer-encoding",
    ]

    /// Puts the signature in front of the message that begins at `start` and ends with the wire.
    func sign(_ wire: inout [UInt8], from start: Int, stuffsDots: Bool, now: Int) throws(ComposeError) {
        let message = MailCanonicalForm(wire[start...], stuffsDots: stuffsDots)
        let headers = message.headers.filter { Self.signed.contains($0.name) }

        var field: [UInt8] = []
        field.append(literal: "DKIM-Signature: v=1; a=")
        field.append(literal: key.algorithm)
        field.append(literal: "; c=relaxed/relaxed; d=")
        field.append(contentsOf: domain)
        field.append(literal: ";\r\n s=")
        field.append(contentsOf: selector)
        field.append(literal: "; t=")
        field.append(decimal: now)
        field.append(literal: ";\r\n h=from")
        for header in headers {
            field.append(literal: ":\r\n  ")
            field.append(contentsOf: header.name.utf8)
        }
        field.append(literal: ";\r\n bh=")
        field.append(contentsOf: Data(SHA256.hash(data: message.body)).base64EncodedString().utf8)
        field.append(literal: ";\r\n b=")

        var hashed = SHA256()
        for header in headers { hashed.update(data: header.canonical) }
        // The signature's own field closes the hash, with an empty `b=` and without its line break.
        let own = MailCanonicalForm.header(field[...])
        hashed.update(data: own.canonical.dropLast(2))
        guard let signature = try? key.signature(of: hashed.finalize()) else { throw .unsigned }
        Self.appendFolded(signature.base64EncodedString(), to: &field)
        wire.insert(contentsOf: field, at: start)
    }

    /// White space inside `b=` means nothing, so long signatures are folded like other headers.
    private static func appendFolded(_ text: String, to field: inout [UInt8]) {
        for (index, byte) in text.utf8.enumerated() {
            if index > 0, index.isMultiple(of: 72) { field.append(literal: "\r\n  ") }
            field.append(byte)
        }
        field.append(literal: "\r\n")
    }
}
