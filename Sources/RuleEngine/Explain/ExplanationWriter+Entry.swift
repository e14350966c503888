extension ExplanationWriter {
    // MARK: Campaigns

    func audience(_ campaign: CheckedCampaign) -> [Phrase] {
        let audience = campaign.audience
        var sentences: [Phrase] = []
        switch audience.include.count {
        case 0: sentences.append(Phrase("It is for all contacts."))
        case 1: sentences.append(Phrase("It is for the contacts in the segment \(names(audience.include, "and"))."))
        default:
            sentences.append(
                Phrase(
                    "It is for the contacts that are in at least one of the segments \(names(audience.include, "and"))."
                ))
        }
        if !audience.exclude.isEmpty {
            sentences.append(
                Phrase("Of those, nobody gets it who is in the segment \(names(audience.exclude, "or"))."))
        }
        if !audience.conditions.isEmpty {
            sentences.append(.ending("Of those, only contacts get it for whom", wording.all(audience.conditions)))
        }
        if let expect = audience.expect {
            let range = "\(Wording.number(expect.lowerBound)) to \(Wording.number(expect.upperBound))"
            sentences.append(
                Phrase("There must be \(range) of them; if there are more or fewer, nothing is sent to anybody."))
        }
        return sentences
    }

    private func names(_ segments: [CheckedSegment], _ word: String) -> String {
        Wording.list(segments.map { Wording.name($0.id) }, word)
    }

    // MARK: Sequences and rules

    func entry(_ journey: CheckedJourney) -> [Phrase] {
        var sentences = [cause(journey.entry)]
        switch journey.entry.again {
        case .never: sentences.append(Phrase("Nobody comes in a second time."))
        case .always: sentences.append(Phrase("Whoever was in before may come in again, as often as this happens."))
        case .after(let pause):
            sentences.append(
                Phrase("Whoever was in before may come in again \(Wording.duration(pause)) after that run has ended."))
        }
        sentences.append(runs(journey))
        sentences.append(change(journey.whenChanged))
        return sentences
    }

    private func cause(_ entry: CheckedEntry) -> Phrase {
        let beginning =
            switch entry.cause {
            case .event(let name): "A contact comes in when \(Wording.name(name)) happens to them"
            case .webhook(let name): "A contact comes in when another system reports \(Wording.name(name)) for them"
            case .inbound(let channel): "A contact comes in when they write to us on \(wording.channel(channel))"
            case .segment(let segment, .enters, let includesExisting):
                "A contact comes in when they get into the segment \(Wording.name(segment.id))"
                    + (includesExisting
                        ? " (those who are in it when the program starts come in too)"
                        : " (those who are in it when the program starts do not come in)")
            case .segment(let segment, .leaves, let includesExisting):
                "A contact comes in when they drop out of the segment \(Wording.name(segment.id))"
                    + (includesExisting
                        ? " (those who are outside when the program starts come in too)"
                        : " (those who are outside when the program starts do not come in)")
            case .schedule(let schedule): "Contacts come in \(wording.schedule(schedule))"
            }
        if entry.conditions.isEmpty { return Phrase(beginning + ".") }
        if case .schedule = entry.cause {
            return .ending(beginning + ": every contact for whom", wording.all(entry.conditions))
        }
        let condition = wording.all(entry.conditions)
        return .ending(beginning + ", if", condition)
    }

    private func runs(_ journey: CheckedJourney) -> Phrase {
        let key = journey.key.map { " for the same value of \(wording.term($0.root))" } ?? ""
        let subject = "While a run of a contact\(key) goes on, "
        return switch journey.runs {
        case .one: Phrase(subject + "a new start is left out.")
        case .restart: Phrase(subject + "a new start ends it and begins from the top.")
        case .queue: Phrase(subject + "a new start waits until it has ended.")
        case .many: Phrase(subject + "a new start begins another run beside it.")
        }
    }

    private func change(_ rule: ChangeRule) -> Phrase {
        let subject = "When this program is changed, whoever is inside "
        switch rule {
        case .keep: return Phrase(subject + "finishes the version that they began.")
        case .end: return Phrase(subject + "is taken out.")
        case .move(let moves, let othersEnd):
            let others = othersEnd ? "is taken out" : "finishes the version that they began"
            let steps = moves.sorted { $0.key < $1.key }.map {
                Phrase("from \(Wording.name($0.key)) to \(Wording.name($0.value.name))")
            }
            return Phrase(
                subject + "at one of these steps moves on in the new version; whoever is elsewhere \(others):", steps)
        }
    }

    // MARK: Ends

    func endings() -> [Phrase] {
        var sentences: [Phrase] = []
        if case .campaign(let campaign) = program.source, !campaign.stopIf.isEmpty {
            let conditions = wording.any(campaign.stopIf)
            sentences.append(
                .ending(
                    "From 50 messages on, and at the end of a stage, sending is paused for everybody if", conditions))
        }
        if let goal = graph.goal {
            var text = "The goal is \(Wording.name(goal.event))"
            if let within = goal.within {
                text += " within \(Wording.duration(within))"
                if case .journey = program.source {
                    text += " from the beginning of the run"
                } else {
                    text += " after the message"
                }
            }
            switch program.source {
            case .campaign: text += "; it is counted, and changes nothing for whoever reaches it"
            case .journey where goal.endsRun: text += "; whoever reaches it is out at once"
            case .journey: text += "; it is counted, and whoever reaches it goes on"
            }
            sentences.append(
                goal.conditions.isEmpty
                    ? Phrase(text + ".") : .ending(text + ". It counts if", wording.all(goal.conditions)))
        }
        switch graph.exitWhen.count {
        case 0: break
        case 1: sentences.append(.ending("The run ends at once, during waits too, when", wording.any(graph.exitWhen)))
        default:
            let conditions = wording.any(graph.exitWhen)
            sentences.append(
                Phrase("The run ends at once, during waits too, when \(conditions.text)", conditions.parts))
        }
        return sentences
    }
}
