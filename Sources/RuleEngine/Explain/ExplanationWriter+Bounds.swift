extension ExplanationWriter {
    /// How many messages a node may send to one contact, every try of a further channel counted.
    private func attempts(_ node: ProgramGraph.Node) -> Int64 {
        switch node {
        case .send: return 1
        case .deliver(let send, _): return Int64(send.attempts(in: project))
        case .entry, .holdout, .gate, .wait, .waitFor, .waitUntil, .choose, .split, .loop, .set, .tag, .untag, .emit,
            .call, .start, .handOver, .exit:
            return 0
        }
    }

    // MARK: Costs

    func costs() -> [Phrase] {
        var sentences: [Phrase] = []
        let ids = Set(graph.nodes.flatMap { channels(of: $0) }).sorted()
        var dearest: [String: Int64] = [:]
        for id in ids {
            guard let channel = project.channels[id] else { continue }
            if let price = channel.costPerMessage {
                dearest[id] = price.micros
                sentences.append(Phrase("A message by \(wording.channel(id)) costs \(wording.money(price))."))
            } else if !channel.costPerSegment.isEmpty {
                let prices = channel.costPerSegment.sorted { $0.key < $1.key }.map {
                    "\(wording.money($0.value)) (\($0.key == "other" ? "elsewhere" : $0.key))"
                }
                sentences.append(
                    Phrase(
                        "Each part of a message by \(wording.channel(id)) costs \(Wording.list(prices, "or")), by the country "
                            + "of the number."))
            } else {
                sentences.append(Phrase("For \(wording.channel(id)) no price is given."))
            }
        }
        if !ids.isEmpty, dearest.count == ids.count {
            let most = LongestWay.most(graph) { node in
                // Each further attempt takes another channel.
                let prices = channels(of: node).compactMap { dearest[$0] }.sorted(by: >)
                return prices.prefix(Int(clamping: attempts(node))).reduce(0) { $0.cappedSum($1) }
            }
            if most < .max {
                let amount = wording.money(Money(micros: most, currency: project.settings.currency))
                switch program.source {
                case .campaign: sentences.append(Phrase("One contact costs at most \(amount)."))
                case .journey: sentences.append(Phrase("One run costs at most \(amount)."))
                }
            }
        }
        if let budget { sentences.append(budget) }
        return sentences
    }

    private var budget: Phrase? {
        switch program.source {
        case .campaign(let campaign):
            campaign.budget.map {
                Phrase(
                    "If it could cost more than \(wording.money($0)) in all, nothing is sent to anybody"
                        + "\(warning(campaign.warnAt)).")
            }
        case .journey(let journey):
            journey.budget.map { budget in
                let period = budget.period.map { " in any \(Wording.duration($0))" } ?? " in all"
                return Phrase(
                    "All runs together may spend \(wording.money(budget.amount))\(period), and no more"
                        + "\(warning(journey.warnAt)).")
            }
        }
    }

    private func warning(_ share: Int64?) -> String {
        share.map { "; at \(Wording.share($0)) of it somebody is told" } ?? ""
    }

    // MARK: What never happens

    func prohibitions() -> [Phrase] {
        var sentences = [most()]
        if let policy { sentences += limits(policy) }
        let used = kindsUsed
        let kinds = Set(project.channels.values.map(\.kind)).subtracting(used).sorted()
        if !kinds.isEmpty, !used.isEmpty {
            sentences.append(Phrase("Nothing is sent by \(Wording.list(kinds.map(Wording.channelKind), "or"))."))
        }
        if !used.isEmpty { sentences.append(Phrase("Nothing is sent to people", refusals)) }
        if case .campaign(let campaign) = program.source {
            for segment in campaign.audience.exclude {
                sentences.append(Phrase("Nobody in the segment \(Wording.name(segment.id)) gets it."))
            }
        }
        if let effects = missingEffects { sentences.append(Phrase(effects)) }
        return sentences
    }

    private func most() -> Phrase {
        let most = LongestWay.most(graph) { attempts($0) }
        let doubled =
            policy?.onUncertain == .resend ? ", unless nobody knows whether one arrived and it is sent again" : ""
        switch program.source {
        case .campaign:
            return Phrase(
                "Nobody gets it more than \(most == 1 ? "once" : Wording.times(Int(clamping: most)))\(doubled).")
        case .journey:
            if most == 0 { return Phrase("No message is sent.") }
            return Phrase(
                "Nobody gets more than \(most == 1 ? "one message" : Wording.count(Int(clamping: most), "message")) in one run"
                    + "\(doubled).")
        }
    }

    /// The refusals of the gate, in its order.
    private var refusals: [Phrase] {
        var reasons = [
            "whose data has been erased", "who have no address for the channel, or one that is not well formed",
        ]
        if purpose == .marketing {
            reasons += [
                "who must not be contacted at all, or not for marketing",
                "whose address bounced, who complained, who unsubscribed, or who answered STOP",
                "who do not allow the channel or have turned the topic off",
                "who have not agreed as described above, or have taken it back, or whose consent has run out or lacks its proof",
            ]
        } else {
            reasons += ["who must not be contacted at all", "whose address bounced"]
        }
        return reasons.map { Phrase($0) }
    }

    private var missingEffects: String? {
        var changesFields = false
        var changesTags = false
        var calls = false
        var starts = false
        var reports = false
        var handsOver = false
        for node in graph.nodes {
            switch node {
            case .set: changesFields = true
            case .tag, .untag: changesTags = true
            case .call: calls = true
            case .start: starts = true
            case .emit: reports = true
            case .handOver: handsOver = true
            case .entry, .holdout, .gate, .send, .deliver, .wait, .waitFor, .waitUntil, .choose, .split, .loop, .exit:
                break
            }
        }
        var missing: [String] = []
        if !changesFields { missing.append("changes no field of the contact") }
        if !changesTags { missing.append("gives and takes no tag") }
        if !calls { missing.append("calls no other system") }
        if !reports { missing.append("reports no event") }
        if !starts { missing.append("starts no other program") }
        if !handsOver { missing.append("hands nobody over to a team") }
        return missing.isEmpty ? nil : "It \(Wording.list(missing, "and"))."
    }
}
