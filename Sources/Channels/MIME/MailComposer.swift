import Glibc

/// Turns message content into a MIME message in wire form.
///
/// Everything that does not depend on the recipient is laid out once, when the channel is made. The result ends in
/// CRLF; the SMTP client adds the terminating dot.
struct MailComposer: Sendable {
    static let defaultSizeLimit = 10 << 20

    let sizeLimit: Int
    /// A line that starts with a dot gets a second one. An `.eml` file must not have them.
    let stuffsDots: Bool
    private let fromLine: [UInt8]
    private let domain: [UInt8]
    private let feedbackSender: [UInt8]
    private let signer: DKIMSigner?
    private let now: @Sendable () -> Int

    init(
        from: Mailbox, sizeLimit: Int = MailComposer.defaultSizeLimit, stuffsDots: Bool = true,
        feedbackSender: String? = nil, signer: DKIMSigner? = nil, now: @escaping @Sendable () -> Int = { time(nil) }
    ) {
        self.sizeLimit = sizeLimit
        self.stuffsDots = stuffsDots
        self.signer = signer
        self.now = now
        self.feedbackSender = Array((feedbackSender ?? "").utf8)
        domain = from.domain
        var line: [UInt8] = []
        line.append(literal: "From: ")
        MailComposer.append(name: from.name, address: from.address, column: 6, to: &line)
        fromLine = line
    }

    func compose(_ content: MessageContent, into wire: inout [UInt8]) throws(ComposeError) {
        guard !content.text.isEmpty || !content.html.isEmpty else {
            throw .empty
        }
        let address = try checked(content)
        let start = wire.count
        wire.reserveCapacity(start + 1024 + content.text.count + content.text.count / 8 + content.html.count * 9 / 8)
        appendHeader(content, address: address, to: &wire)
        appendBody(content, to: &wire)
        if let signer { try signer.sign(&wire, from: start, stuffsDots: stuffsDots, now: now()) }
        if wire.count - start > sizeLimit {
            wire.removeSubrange(start...)
            throw .tooLarge(limit: sizeLimit)
        }
    }

    /// Refuses what could forge a header or a command, and gives the recipient's address in ASCII.
    private func checked(_ content: MessageContent) throws(ComposeError) -> [UInt8] {
        if content.recipient.holdsControl {
            throw .unsafeHeader(field: "recipient")
        }
        guard let address = MailAddress.ascii(content.recipient) else {
            throw .badAddress
        }
        if content.recipientName.holdsControl {
            throw .unsafeHeader(field: "recipient_name")
        }
        if content.subject.holdsControl {
            throw .unsafeHeader(field: "subject")
        }
        if content.subject.count + content.recipientName.count > 8192 {
            throw .tooLarge(limit: 8192)
        }
        guard !content.reference.isEmpty, content.reference.count <= 128, content.reference.allSatisfy(Self.isToken)
        else {
            throw .unsafeHeader(field: "reference")
        }
        guard content.campaign.count <= 128, content.campaign.allSatisfy(Self.isToken) else {
            throw .unsafeHeader(field: "campaign")
        }
        let isLink = content.unsubscribeURL.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x3C && $0 != 0x3E }
        guard isLink, content.unsubscribeURL.count <= 900 else {
            throw .unsafeHeader(field: "unsubscribe_url")
        }
        return address
    }

    private static func isToken(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
        default: false
        }
    }

    private func appendHeader(_ content: MessageContent, address: [UInt8], to wire: inout [UInt8]) {
        wire.append(contentsOf: fromLine)
        wire.append(literal: "To: ")
        Self.append(name: content.recipientName, address: address, column: 4, to: &wire)
        wire.append(literal: "Subject: ")
        EncodedWords.append(content.subject, column: 9, to: &wire)
        wire.append(literal: "\r\nDate: ")
        MailDate.append(secondsSince1970: now(), to: &wire)
        wire.append(literal: "\r\nMessage-ID: <")
        wire.append(contentsOf: content.reference)
        wire.append(0x40)
        wire.append(contentsOf: domain)
        wire.append(literal: ">\r\n")
        if !content.unsubscribeURL.isEmpty {
            wire.append(literal: "List-Unsubscribe: <")
            wire.append(contentsOf: content.unsubscribeURL)
            wire.append(literal: ">\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n")
        }
        if !content.campaign.isEmpty {
            wire.append(literal: "List-Id: <")
            wire.append(contentsOf: content.campaign)
            wire.append(0x2E)
            wire.append(contentsOf: domain)
            wire.append(literal: ">\r\n")
            if !feedbackSender.isEmpty {
                wire.append(literal: "Feedback-ID: ")
                wire.append(contentsOf: content.campaign)
                wire.append(literal: "::campaign:")
                wire.append(contentsOf: feedbackSender)
                wire.append(literal: "\r\n")
            }
        }
        wire.append(literal: "MIME-Version: 1.0\r\n")
    }

    /// Name and address with the CRLF behind them.
    private static func append(name: [UInt8], address: [UInt8], column: Int, to wire: inout [UInt8]) {
        if name.isEmpty {
            wire.append(contentsOf: address)
        } else {
            let start = wire.count
            EncodedWords.append(phrase: name, column: column, to: &wire)
            // A folded name has begun lines of its own; then the address goes on one as well.
            let width = wire.count - start
            if column + width + address.count + 3 > 76 {
                wire.append(literal: "\r\n")
            }
            wire.append(literal: " <")
            wire.append(contentsOf: address)
            wire.append(0x3E)
        }
        wire.append(literal: "\r\n")
    }

    /// The message first, then what it carries, each in base64.
    private func appendBody(_ content: MessageContent, to wire: inout [UInt8]) {
        guard !content.attachments.isEmpty else { return appendTexts(content, to: &wire) }
        // No text is looked through for it: `=_` and a letter that no reference begins with stand in none of our parts.
        var boundary = Array("=_X".utf8)
        boundary.append(contentsOf: content.reference.prefix(56))
        while content.text.holds(boundary) || content.html.holds(boundary), boundary.count < 70 {
            boundary.append(0x2E)
        }
        wire.append(literal: "Content-Type: multipart/mixed; boundary=\"")
        wire.append(contentsOf: boundary)
        wire.append(literal: "\"\r\n\r\n--")
        wire.append(contentsOf: boundary)
        wire.append(literal: "\r\n")
        appendTexts(content, to: &wire)
        for attachment in content.attachments {
            wire.append(literal: "\r\n--")
            wire.append(contentsOf: boundary)
            wire.append(literal: "\r\nContent-Type: ")
            wire.append(contentsOf: attachment.type.utf8)
            // The name is printable ASCII without quotes: `MediaReference` takes no other.
            wire.append(literal: "\r\nContent-Disposition: attachment; filename=\"")
            wire.append(contentsOf: attachment.name.utf8.filter { $0 > 0x20 && $0 < 0x7F && $0 != 0x22 && $0 != 0x5C })
            wire.append(literal: "\"\r\nContent-Transfer-Encoding: base64\r\n\r\n")
            attachment.bytes.withUnsafeBytes { Base64.appendLines($0, to: &wire) }
        }
        wire.append(literal: "\r\n--")
        wire.append(contentsOf: boundary)
        wire.append(literal: "--\r\n")
    }

    private func appendTexts(_ content: MessageContent, to wire: inout [UInt8]) {
        guard !content.text.isEmpty, !content.html.isEmpty else {
            let isHTML = content.text.isEmpty
            appendPart(isHTML ? content.html : content.text, isHTML: isHTML, to: &wire)
            return
        }
        let textEncoding = BodyEncoding.choose(for: content.text)
        let htmlEncoding = BodyEncoding.choose(for: content.html)
        let boundary = boundary(content, textEncoding, htmlEncoding)
        wire.append(literal: "Content-Type: multipart/alternative; boundary=\"")
        wire.append(contentsOf: boundary)
        wire.append(literal: "\"\r\n\r\n--")
        wire.append(contentsOf: boundary)
        wire.append(literal: "\r\n")
        appendPart(content.text, isHTML: false, textEncoding, to: &wire)
        wire.append(literal: "\r\n--")
        wire.append(contentsOf: boundary)
        wire.append(literal: "\r\n")
        appendPart(content.html, isHTML: true, htmlEncoding, to: &wire)
        wire.append(literal: "\r\n--")
        wire.append(contentsOf: boundary)
        wire.append(literal: "--\r\n")
    }

    private func appendPart(
        _ text: [UInt8], isHTML: Bool, _ encoding: BodyEncoding? = nil, to wire: inout [UInt8]
    ) {
        let encoding = encoding ?? BodyEncoding.choose(for: text)
        wire.append(
            literal: isHTML
                ? "Content-Type: text/html; charset=utf-8\r\n" : "Content-Type: text/plain; charset=utf-8\r\n")
        wire.append(literal: encoding.headerLine)
        wire.append(literal: "\r\n")
        encoding.append(text, to: &wire, stuffsDots: stuffsDots)
    }

    /// Made from the reference, so that composing twice gives the same bytes. `=_` occurs in neither encoding; a
    /// part that travels as it is gets looked through, and the boundary grows until it is not in there.
    private func boundary(_ content: MessageContent, _ text: BodyEncoding, _ html: BodyEncoding) -> [UInt8] {
        var boundary: [UInt8] = [0x3D, 0x5F]
        boundary.append(contentsOf: content.reference.prefix(56))
        while boundary.count < 70,
            (text == .sevenBit && content.text.holds(boundary)) || (html == .sevenBit && content.html.holds(boundary))
        {
            boundary.append(0x2E + UInt8(boundary.count & 1))
        }
        return boundary
    }
}
