/// Splits messages into requests that many recipients share.
enum MessageBatches {
    private struct Open {
        var messages: [ComposedMessage] = []
        var addresses: Set<String> = []
        var size = 0
        /// Which group came first.
        let place: Int
    }

    /// - Parameters:
    ///   - most: recipients in one request.
    ///   - bytes: of their wire forms together.
    ///   - address: which messages are for the same mailbox, as the provider sees it.
    ///   - group: what the messages of a request have in common; nil for a message that goes alone.
    static func split<Group: Hashable>(
        _ messages: [ComposedMessage],
        most: Int,
        bytes: Int,
        address: (ComposedMessage) -> String = { $0.address.lowercased() },
        group: (ComposedMessage) -> Group?
    ) -> [[ComposedMessage]] {
        var open: [Group: Open] = [:]
        var done: [[ComposedMessage]] = []
        for message in messages {
            guard let group = group(message) else {
                done.append([message])
                continue
            }
            var batch = open[group] ?? Open(place: open.count)
            // Values belong to an address, so an address stands in a request once.
            let isFull = batch.messages.count >= most || batch.size + message.wire.count > bytes
            let mailbox = address(message)
            if isFull || batch.addresses.contains(mailbox) {
                done.append(batch.messages)
                batch = Open(place: batch.place)
            }
            batch.messages.append(message)
            batch.addresses.insert(mailbox)
            batch.size += message.wire.count
            open[group] = batch
        }
        done += open.values.sorted { $0.place < $1.place }.map(\.messages).filter { !$0.isEmpty }
        return done
    }
}

extension MessageContent {
    /// The mail address in ASCII form, once everything that becomes a header is known to be harmless.
    func checkedMailAddress() throws(ComposeError) -> [UInt8] {
        guard let address = MailAddress.ascii(recipient) else { throw .badAddress }
        for (field, value) in [("subject", subject), ("name", recipientName), ("unsubscribe", unsubscribeURL)]
        where value.holdsControl {
            throw .unsafeHeader(field: field)
        }
        guard !unsubscribeURL.contains(where: { $0 <= 0x20 || $0 >= 0x7F || $0 == 0x3C || $0 == 0x3E }) else {
            throw .unsafeHeader(field: "unsubscribe")
        }
        guard !text.isBlank || !html.isBlank else { throw .empty }
        guard !subject.isBlank else { throw .empty }
        return address
    }
}
