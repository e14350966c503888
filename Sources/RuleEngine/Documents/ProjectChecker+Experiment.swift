/// Several messages, tried on a sample. Everything that decides stands in the file before it begins, so that nobody
/// chooses the winner afterwards.
extension ProjectChecker {
    mutating func checkExperiment(
        _ entry: SyntaxEntry, of document: Document, purpose: Purpose, brand: Brand?,
        kinds: [(kind: String, channel: String)], known: Set<KnownValue>
    ) -> CheckedExperiment? {
        let node = entry.value
        guard let armsEntry = node.entry("arms"), let metricNode = node.value("decide_by"),
            let metric = metricNode.text.flatMap(ExperimentMetric.init(rawValue:)),
            let after = node.value("decide_after"),
            let decideAfter = after.text.flatMap({ try? Units.duration($0) })
        else { return nil }
        let arms = checkArms(armsEntry, purpose: purpose, brand: brand, kinds: kinds, known: known)
        let shares = checkShares(node)
        var isSound = checkMetric(metric, metricNode, arms ?? [], in: document, armsEntry, kinds: kinds)
        if !checkDecision(after.span, decideAfter, schedule: document.value("schedule")) { isSound = false }
        guard let otherwise = node.value("otherwise")?.scalar else { return nil }
        let names = (armsEntry.value.entries ?? []).map(\.key.text)
        guard let fallback = names.firstIndex(of: otherwise.text) else {
            diagnostics.report(.unknownArm(otherwise.span, otherwise.text, known: names))
            return nil
        }
        guard let arms, let shares, isSound else { return nil }
        return CheckedExperiment(
            arms: arms, sample: shares.sample, metric: metric, decideAfter: decideAfter, confidence: shares.confidence,
            otherwise: fallback, span: entry.key.span)
    }

    private mutating func checkArms(
        _ entry: SyntaxEntry, purpose: Purpose, brand: Brand?, kinds: [(kind: String, channel: String)],
        known: Set<KnownValue>
    ) -> [CheckedExperiment.Arm]? {
        let entries = entry.value.entries ?? []
        guard entries.count > 1 else {
            diagnostics.report(.tooFewArms(entry.key.span))
            return nil
        }
        var arms: [CheckedExperiment.Arm] = []
        var isSound = true
        var sum: Int64 = 0
        for arm in entries {
            guard let shareNode = arm.value.value("share"),
                let share = shareNode.text.flatMap({ try? Units.share($0) }),
                let send = arm.value.value("send")?.scalar
            else { return nil }
            sum += share
            if share == 0 {
                diagnostics.report(.emptyShare(shareNode.span, "an arm"))
                isSound = false
            }
            if let template = checkMessage(
                send, purpose: purpose, brand: brand, kinds: kinds, known: known)
            {
                arms.append(CheckedExperiment.Arm(name: arm.key.text, share: share, template: template))
            } else {
                isSound = false
            }
        }
        if sum != 1_000_000 {
            diagnostics.report(.sharesDoNotAddUp(entry.key.span, sum: sum))
            isSound = false
        }
        return isSound ? arms : nil
    }

    private mutating func checkShares(_ node: SyntaxNode) -> (sample: Int64, confidence: Int64)? {
        guard let sampleNode = node.value("sample"), let sample = sampleNode.text.flatMap({ try? Units.share($0) }),
            let confidenceNode = node.value("confidence"),
            let confidence = confidenceNode.text.flatMap({ try? Units.share($0) })
        else { return nil }
        if sample == 0 { diagnostics.report(.emptyShare(sampleNode.span, "a sample")) }
        let isReachable = confidence > 500_000 && confidence < 1_000_000
        if !isReachable { diagnostics.report(.confidenceOutOfReach(confidenceNode.span, confidence)) }
        return sample > 0 && isReachable ? (sample, confidence) : nil
    }

    /// What nobody reports, or nobody can do, decides nothing.
    private mutating func checkMetric(
        _ metric: ExperimentMetric, _ node: SyntaxNode, _ arms: [CheckedExperiment.Arm], in document: Document,
        _ entry: SyntaxEntry, kinds: [(kind: String, channel: String)]
    ) -> Bool {
        if let (kind, channel) = kinds.first(where: { !metric.isGiven(by: $0.kind) }) {
            diagnostics.report(.metricNotGiven(node.span, metric, kind: kind, channel: channel))
            return false
        }
        switch metric {
        case .goal:
            if document.value("goal") != nil { return true }
            diagnostics.report(.keyNeeds(node.span, "decide_by: goal", "goal"))
            return false
        case .clicked:
            for arm in arms {
                guard let (kind, _) = kinds.first(where: { !arm.template.hasLink(kind: $0.kind) }),
                    let key = entry.value.entry(arm.name)?.key
                else { continue }
                diagnostics.report(.nothingToClick(key.span, arm: arm.name, kind: kind))
                return false
            }
            return true
        case .opened, .replied: return true
        }
    }

    /// The others get the best message, which must not come after the campaign's own end or next beginning.
    private mutating func checkDecision(_ span: SourceSpan, _ after: Int64, schedule: SyntaxNode?) -> Bool {
        guard let schedule else { return true }
        if let late = schedule.value("too_late_after"), let bound = late.text.flatMap({ try? Units.duration($0) }),
            after >= bound
        {
            diagnostics.report(
                .decidesTooLate(
                    span, after: after, bound: bound, boundSpan: late.span, reason: "nothing is sent any more"
                ))
            return false
        }
        let day: Int64 = 86_400_000_000
        let period: [String: Int64] = ["day": day, "week": 7 * day, "month": 28 * day]
        if let every = schedule.value("every"), let length = every.text.flatMap({ period[$0] }), after >= length {
            diagnostics.report(
                .decidesTooLate(
                    span, after: after, bound: length, boundSpan: every.span, reason: "the campaign begins again"))
            return false
        }
        return true
    }
}

extension CheckedTemplate {
    /// Every language's text for this kind has a link that can be clicked.
    func hasLink(kind: String) -> Bool {
        let texts = (messages[kind] ?? [:]).values
        return texts.allSatisfy { $0.fields.values.contains { !$0.links.isEmpty } }
    }
}
