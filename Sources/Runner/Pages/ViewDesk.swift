import RuleEngine

/// Shows a mail in the browser as it was sent, to whoever has the link that stands in it. It notes nothing.
package struct ViewDesk: Sendable {
    package enum View: Sendable {
        /// As it was mailed, without the image that would count it as opened.
        case html([UInt8])
        /// A mail without HTML.
        case text(subject: String, text: String)
        /// The message was only tried out.
        case test
        /// It was a message once.
        case gone
    }

    private let store: any ServiceStore
    private let sealer: ReferenceSealer
    private let opens: ReferenceSealer

    package init(store: any ServiceStore) {
        self.store = store
        sealer = ReferenceSealer(store.key, for: .view)
        opens = ReferenceSealer(store.key, for: .open)
    }

    /// Nil for a link that this data folder did not seal, or whose message it doesn't know.
    package func view(_ token: String) throws(StoreError) -> View? {
        guard let key = sealer.open(token) else { return nil }
        if key.launch == .preview { return .test }
        guard let message = try store.openArchive().message(key) else { return nil }
        guard let content = message.archived else { return .gone }
        if let html = content.html { return .html(withoutMark(html, of: key)) }
        return .text(
            subject: String(decoding: content.subject ?? [], as: UTF8.self),
            text: String(decoding: content.text ?? [], as: UTF8.self))
    }

    /// Whoever looks at it here has not opened the mail again.
    private func withoutMark(_ html: [UInt8], of key: DeliveryKey) -> [UInt8] {
        var token: [UInt8] = []
        opens.seal(key, into: &token)
        guard let place = html.firstRange(of: token),
            let start = html[..<place.lowerBound].lastIndex(of: UInt8(ascii: "<")),
            let end = html[place.upperBound...].firstIndex(of: UInt8(ascii: ">"))
        else { return html }
        return Array(html[..<start] + html[(end + 1)...])
    }
}
