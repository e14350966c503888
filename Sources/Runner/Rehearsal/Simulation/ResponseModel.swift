import RuleEngine

/// How providers and people take messages in a simulation: shares in millionths, drawn by seed.
package struct ResponseModel: Sendable {
    /// Of all messages, those that a provider can't deliver; such an address gets nothing more.
    package var bounced: Int64 = 10_000
    /// Of those delivered.
    package var opened: Int64 = 300_000
    /// Of those opened.
    package var clicked: Int64 = 150_000
    package var replied: Int64 = 10_000
    /// Of those delivered; the person wants nothing more on this kind of channel.
    package var stopped: Int64 = 2_000

    package init() {}

    /// What becomes of one message, each with its delay in microseconds.
    enum Response: Sendable {
        case delivered, bounced, opened, clicked, replied, stopped
    }

    func draw(_ kind: String, links: [String], _ chance: inout SeededChance) -> [(after: Int64, response: Response)] {
        let second: Int64 = 1_000_000
        // Always the same number of draws, so that one message more does not change the fate of all that follow.
        let fate = chance.below(1_000_000)
        let opens = chance.happens(opened)
        let clicks = chance.happens(clicked)
        let replies = chance.happens(replied)
        let stops = chance.happens(stopped)
        let delivery = Int64(1 + chance.below(30)) * second
        // Most who read do so soon, some a day later.
        let hurry = Int64(chance.below(1000))
        let reading = delivery + (60 + hurry * hurry * 86_400 / 1_000_000) * second
        if Int64(fate) < bounced { return [(delivery, .bounced)] }
        var responses: [(after: Int64, response: Response)] = [(delivery, .delivered)]
        guard opens else { return responses }
        responses.append((reading, .opened))
        if clicks, !links.isEmpty { responses.append((reading + 20 * second, .clicked)) }
        if replies { responses.append((reading + 300 * second, .replied)) }
        if stops { responses.append((reading + 40 * second, .stopped)) }
        return responses
    }
}

extension Rehearsal {
    /// Lets a message have the fate that the model draws for it.
    mutating func fate(of message: Int, _ kind: String, links: [String]) {
        guard let model = responses else { return }
        for response in model.draw(kind, links: links, &chance) {
            put(
                .respond(message: message, response.response, link: links.first),
                at: now.advanced(by: response.after))
        }
    }

    mutating func respond(_ message: Int, _ response: ResponseModel.Response, link: String?) {
        let kind = stage.project.channels[messages[message].channel]?.kind ?? ""
        fates.append(Fate(at: now, message: message, response: response))
        switch response {
        case .delivered: messages[message].facts.deliveredAt = now
        case .bounced: person.suppressed[kind] = .bounce
        case .opened: messages[message].facts.openedAt = now
        case .clicked: messages[message].facts.clicks.append(HistoryFacts.Message.Click(at: now, link: link))
        case .replied: messages[message].facts.replies.append(now)
        case .stopped: stopped(kind)
        }
        wakeReaders()
    }

    struct Fate: Sendable {
        let at: Timestamp
        let message: Int
        let response: ResponseModel.Response
    }
}
