/// Splits messages into requests that many recipients share.
enum MessageBatches {
    private struct Open {
        var messages: [ComposedMessage] = []
        var addresses: Set<String> = []
        var size = 0
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
        // By place, and changed where they stand: a batch that is taken out of a dictionary and put back is copied with
        // every message that joins it.
        var open: [Open] = []
        var places: [Group: Int] = [:]
        var done: [[ComposedMessage]] = []
        for message in messages {
            guard let group = group(message) else {
                done.append([message])
                continue
            }
            let place = places[group] ?? open.count
            if place == open.count {
                places[group] = place
                open.append(Open())
            }
            // Values belong to an address, so an address stands in a request once.
            let isFull = open[place].messages.count >= most || open[place].size + message.wire.count > bytes
            let mailbox = address(message)
            if isFull || open[place].addresses.contains(mailbox) {
                done.append(open[place].messages)
                open[place] = Open()
            }
            open[place].messages.append(message)
            open[place].addresses.insert(mailbox)
            open[place].size += message.wire.count
        }
        done += open.map(\.messages).filter { !$0.isEmpty }
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
