import RuleEngine

extension Rehearsal {
    enum Passage {
        case allow
        case wait(until: Timestamp, reason: String)
        case block(SkipReason)
    }

    /// Production's own gate, asked with what is known of the person here.
    mutating func gate(_ order: RehearsedOrder, _ channel: CheckedChannel) -> Passage {
        let program = stage.programs[order.program]
        guard let rules = program.rules[channel.id] else { return .block(.noAddress) }
        switch Gate.decide(gateFacts(order, channel, rules), rules: rules, now: now) {
        case .allow: return .allow
        case .wait(let until, let reason): return .wait(until: until, reason: reason.rawValue)
        case .block(let reason): return .block(reason)
        }
    }

    private func gateFacts(_ order: RehearsedOrder, _ channel: CheckedChannel, _ rules: GateRules) -> GateFacts {
        let kind = channel.kind
        var facts = GateFacts()
        let address = person.address(onChannel: kind)
        facts.hasAddress = address != nil
        facts.isAddressWellFormed = address?.isEmpty == false
        facts.isDoNotContact = person.isDoNotContact
        facts.suppression = person.suppressed[kind]
        facts.consent = person.consent[kind] ?? .none
        facts.isConsentRevoked = person.revoked.contains(kind)
        facts.isProofComplete = facts.consent > .none && !person.unproven.contains(kind)
        facts.hasRefusedChannel = person.refused.contains(kind)
        facts.consentGivenAt = person.consentGivenAt[kind]
        // Spreads what was held; in a store it is the contact's number there.
        facts.contact = person.number
        let questions = rules.questions
        if questions.asksPlace || questions.asksPlaceOfWeakConsent {
            facts.place = PlaceBook.shared.place(
                timeZone: person.zoneName, country: person.text("country"), number: person.text("phone"))
        }
        if let within = questions.sentWithin {
            let topic = stage.programs[order.program].topic
            for message in messages.reversed() where message.purpose == rules.purpose {
                guard message.facts.sentAt.advanced(by: within) > now else { break }
                facts.sends.append(
                    SendMark(
                        at: message.facts.sentAt, kind: stage.project.channels[message.channel]?.kind ?? kind,
                        channel: message.channel, isSameTopic: stage.programs[message.program].topic == topic))
            }
        }
        if let priority = questions.rivalsAbove {
            for rival in orders where !rival.isOver && !rival.isSettled && rival.message == nil {
                let program = stage.programs[rival.program]
                guard program.priority > priority, program.purpose == rules.purpose,
                    rival.lane < rival.lanes.count
                else { continue }
                let channel = rival.lanes[rival.lane]
                facts.rivals.append(
                    SendMark(
                        at: rival.dueAt, kind: stage.project.channels[channel]?.kind ?? kind, channel: channel,
                        isSameTopic: program.topic == stage.programs[order.program].topic))
            }
        }
        facts.wantedAt = order.placedAt
        facts.heldFor = order.heldFor
        return facts
    }
}
