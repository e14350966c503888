import Channels
import RuleEngine

/// Puts what one message says into its kept form, beside the hot path: what is constant in the text is found again in its
/// frame, and only the rest is written. It compares bytes and knows nothing of fields, filters and languages, so that no later
/// change of these can make a kept message say something else.
struct ContentArchiver {
    private let plan: MessagePlan
    private let tracking: TrackedLinks?
    /// Of each language's message. A list: a template has few.
    private var frames: [(message: ObjectIdentifier, frame: MessageFrame)] = []

    init(plan: MessagePlan, tracking: TrackedLinks?) {
        self.plan = plan
        self.tracking = tracking
    }

    mutating func archived(_ content: MessageContent, of message: LanguageChoice.Message) -> ArchivedMessage {
        let frame = frame(of: message)
        var kept: [UInt8] = []
        kept.reserveCapacity(256)
        ArchiveCoding.begin(reference: content.reference, into: &kept)
        var expected = 0
        ArchivedContent.forEachPart(of: content) { mark, bytes in
            ArchiveCoding.append(
                mark.rawValue, bytes, frame: frame, reference: content.reference, expected: &expected, into: &kept)
        }
        return ArchivedMessage(frame: frame, content: kept)
    }

    private mutating func frame(of message: LanguageChoice.Message) -> MessageFrame {
        let id = ObjectIdentifier(message)
        if let known = frames.first(where: { $0.message == id }) { return known.frame }
        let frame = MessageFrame(constants(of: message))
        frames.append((id, frame))
        return frame
    }

    private func constants(of message: LanguageChoice.Message) -> [UInt8] {
        var bytes: [UInt8] = []
        // The texts of a message to one person may say things about that person: they are kept with the person alone.
        if !plan.isOwnText {
            var html = message.html?.constants ?? []
            tracking?.apply(
                to: &html, of: DeliveryKey(launch: .preview, contact: ContactKey(rawValue: 0), step: plan.step))
            bytes += message.subject?.constants ?? []
            if let text = message.text {
                bytes += text.constants
            } else {
                HTMLText.append(html, to: &bytes)
            }
            bytes += html
            for part in message.parts { bytes += part.text?.constants ?? [] }
            for value in message.values { bytes += value.constants }
            if let approved = message.approved { bytes += Array(approved.name.utf8) }
        }
        for page in ["/u/", "/p/", "/v/"] where plan.publicURL != nil {
            bytes += Array((plan.publicURL ?? "").utf8) + Array(page.utf8)
        }
        if let brand = plan.brand {
            for text in [brand.name, brand.postalAddress, brand.website] { bytes += Array((text ?? "").utf8) }
        }
        return bytes
    }
}
