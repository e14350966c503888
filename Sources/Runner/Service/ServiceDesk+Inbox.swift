import RuleEngine

/// Conversations with people: found, answered, given to somebody, closed.
extension ServiceDesk {
    package func conversations(
        _ search: InboxSearch, contact name: String?, _ page: PageRequest
    ) throws -> FoundPage<FoundConversation> {
        var search = search
        search.contact = try name.map { try contact($0) }
        return try inbox().conversations(search, activeSince: now.advanced(by: -FoundConversation.silence), page)
    }

    package func conversation(_ id: String) throws -> FoundConversation {
        guard let number = Int64(id), let found = try inbox().conversation(number) else {
            throw ServiceRefusal(.notFound, "unknown_session", "there is no such conversation")
        }
        return found
    }

    package func change(conversation id: String, _ change: InboxChange) throws -> FoundConversation {
        let found = try conversation(id)
        try inbox().change(found.id, change, now: now)
        if let lead = change.lead, !lead.isEmpty, let contact = try inbox().address(of: found.id).contact {
            let (journeys, ledger, now) = (try journeys(), try messageLedger(), now)
            try journeys.transaction { () throws(StoreError) in
                if try ledger.contact(ofLead: lead) == nil { try ledger.link(lead: lead, to: contact, now: now) }
            }
        }
        return try conversation(id)
    }

    package func note(_ text: String, onConversation id: String, actor: String) throws -> FoundConversation {
        let found = try conversation(id)
        try inbox().note(text, on: found.id, actor: actor, now: now)
        return try conversation(id)
    }

    /// A message back to whoever the conversation is with, by its channel.
    package func reply(
        in id: String, text: String?, quickReply: String?, actor: String
    ) throws -> MessageRequest {
        let found = try conversation(id)
        var request = MessageRequest(channel: found.channel, kind: .text, actor: actor)
        request.conversation = found.id
        request.purpose = .transactional
        request.content.text = text
        if let quickReply {
            guard let kept = try inbox().quickReplies().first(where: { $0.id == quickReply }) else {
                throw ServiceRefusal(.notFound, "unknown_quick_reply", "there is no quick reply `\(quickReply)`")
            }
            request.content.text = kept.text
        }
        let (contact, address) = try inbox().address(of: found.id)
        if let contact, let name = try contacts().externalID(of: contact) {
            request.contact = name
        } else if let address {
            request.address = address
        } else {
            throw ServiceRefusal(.conflict, "nobody", "the conversation's person was forgotten")
        }
        if try kind(ofChannel: found.channel) == "email" { request.content.subject = "Re:" }
        return request
    }

    // MARK: Quick replies

    package func quickReplies() throws -> [QuickReply] { try inbox().quickReplies() }

    package func write(quickReply id: String, _ text: String, actor: String) throws -> QuickReply {
        let reply = QuickReply(id: id, text: text, at: now, actor: actor)
        try inbox().write(reply)
        return reply
    }

    package func remove(quickReply id: String) throws {
        guard try inbox().removeQuickReply(id) else {
            throw ServiceRefusal(.notFound, "unknown_quick_reply", "there is no quick reply `\(id)`")
        }
    }
}
