/// Why an address can't be used, and what to write instead.
package struct AddressFault: Error, Sendable, Equatable {
    package let message: String
    package let help: String

    package init(_ message: String, help: String) {
        self.message = message
        self.help = help
    }
}

/// Gives every kind of address its one form.
package struct AddressNormalizer: Sendable {
    private let region: CallingCodes.Region?

    /// `region` is an ISO 3166-1 code whose national phone numbers are understood.
    package init(region: CallingCodes.Region? = nil) {
        self.region = region
    }

    package static let kinds = ["email", "phone", "whatsapp", "telegram", "messenger", "instagram", "webchat"]
    static let maximumBytes = 256

    /// Appends the form that messages are sent to; appends nothing where it gives a fault.
    package func normalize(
        kind: String,
        _ typed: UnsafeBufferPointer<UInt8>,
        into output: inout [UInt8]
    ) -> AddressFault? {
        switch kind {
        case "email": return EmailAddress.normalize(typed, into: &output)
        case "phone", "whatsapp": return PhoneNumber.normalize(typed, region: region, into: &output)
        default:
            let bytes = UTF8Text.trimmed(typed)
            if bytes.isEmpty { return AddressFault("it is empty", help: "leave the cell empty or write the address") }
            if bytes.count > Self.maximumBytes {
                return AddressFault("it is longer than 256 bytes", help: "write the address alone")
            }
            if bytes.contains(where: { UTF8Text.isSpace($0) }) {
                return AddressFault("it holds a space", help: "write the address alone")
            }
            output.append(contentsOf: bytes)
            return nil
        }
    }

    package func normalize(kind: String, _ typed: String) -> Result<String, AddressFault> {
        var typed = typed
        var output: [UInt8] = []
        if let fault = typed.withUTF8({ normalize(kind: kind, $0, into: &output) }) { return .failure(fault) }
        return .success(String(decoding: output, as: UTF8.self))
    }

    /// The kind of identity that a kind of channel sends to. Suppressions, the gate and imports know people by it.
    package static func kind(ofChannel channel: String) -> String {
        switch channel {
        case "sms", "mms", "rcs", "voice", "voice_live", "voice_recorded": "phone"
        default: channel
        }
    }
}
