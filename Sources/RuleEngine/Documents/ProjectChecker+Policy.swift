extension ProjectChecker {
    mutating func checkSegment(_ document: Document) -> CheckedSegment? {
        guard let conditions = conditions(document.value("where")) else { return nil }
        return CheckedSegment(
            id: document.id,
            about: document.node.text("about"),
            conditions: conditions,
            expect: document.node.text("expect").flatMap { try? Units.range($0) },
            span: document.idSpan
        )
    }

    mutating func checkPolicy(_ document: Document) -> CheckedPolicy? {
        guard let purpose = document.node.text("purpose").flatMap(Purpose.init) else { return nil }
        var packs: [Catalog.Pack] = []
        var isSound = true
        for name in document.value("packs")?.texts ?? [] {
            if let pack = catalog.packs.first(where: { $0.id == name.text }) {
                packs.append(pack)
            } else {
                isSound = false
                diagnostics.report(.unknownPack(name.span, name.text, known: catalog.packs.map(\.id)))
            }
        }
        var consent: [String: ConsentLevel] = [:]
        for kind in Catalog.channelKinds {
            // The packs' minimum where they know the channel, and never less than a clear yes where they don't.
            let minima = packs.compactMap { $0.minimumConsent[kind] }
            consent[kind] = minima.max() ?? .express
        }
        for entry in document.value("consent")?.entries ?? [] {
            guard let level = entry.value.text.flatMap(ConsentLevel.init(name:)) else { continue }
            // Less than one of its packs asks does for everybody else, and the proof sees to it that nobody whom that pack
            // protects is reached (`E0421`). Less than any of them asks does for nobody.
            let asked = packs.filter { !$0.isPreset }.map { ($0, $0.minimumConsent[entry.key.text] ?? .none) }
            if purpose == .marketing, let (pack, minimum) = asked.min(by: { $0.1 < $1.1 }), level < minimum {
                isSound = false
                diagnostics.report(
                    .weakConsent(
                        entry.value.span,
                        channel: entry.key.text,
                        level: level,
                        pack: pack.id,
                        minimum: minimum
                    )
                )
            }
            consent[entry.key.text] = level
        }
        let contact = checkContactRules(document, purpose)
        guard isSound, let contact else { return nil }
        var policy = CheckedPolicy(
            id: document.id,
            purpose: purpose,
            packs: packs.map(\.id),
            consent: consent,
            onUncertain: document.node.text("on_uncertain").flatMap(UncertainPolicy.init) ?? .hold,
            span: document.idSpan
        )
        policy.quietHours = contact.quietHours
        policy.afterQuietHours = contact.after
        policy.caps = contact.caps
        policy.whenCapped = document.node.text("when_capped").flatMap(CappedAction.init(rawValue:))
        policy.planAhead = document.node.text("plan_ahead").flatMap { try? Units.duration($0) }
        policy.picksByPriority = document.value("pick_by") != nil
        if let approval = document.value("approval"), let by = approval.text("by"),
            let count = approval.text("needed_over").flatMap({ try? Units.contactCount($0) })
        {
            policy.approval = ApprovalRule(neededOver: count, by: by)
        }
        for entry in document.node.entries ?? [] { policy.keys[entry.key.text] = entry.key.span }
        return policy
    }

    /// When, and how often, somebody may be written to.
    private mutating func checkContactRules(
        _ document: Document, _ purpose: Purpose
    ) -> (quietHours: [QuietHours], after: AfterQuietHours?, caps: [FrequencyCap])? {
        var isSound = true
        let quiet = (document.value("quiet_hours")?.items ?? []).compactMap { item -> QuietHours? in
            guard let hours = item.text("hours").flatMap({ try? Units.hours($0) }) else { return nil }
            return QuietHours(
                hours: hours, days: item.text("days").flatMap { try? Units.days($0) }, clock: clock(item))
        }
        let after = document.value("after_quiet_hours").flatMap { node -> AfterQuietHours? in
            guard let drop = node.text("drop_after").flatMap({ try? Units.duration($0) }) else { return nil }
            return AfterQuietHours(
                spread: node.text("spread").flatMap { try? Units.duration($0) },
                checksAgain: node.text("check_again").flatMap { try? Units.flag($0) } ?? true, dropAfter: drop)
        }
        if let key = document.node.entry("quiet_hours")?.key, !quiet.isEmpty, after == nil {
            diagnostics.report(.noAfterQuietHours(key.span))
            isSound = false
        }
        // What has nothing to act on would be read and ignored.
        let needs = [
            ("after_quiet_hours", "quiet_hours"), ("when_capped", "caps"), ("plan_ahead", "caps"), ("pick_by", "caps"),
        ]
        for (key, needed) in needs where document.value(needed) == nil {
            guard let extra = document.node.entry(key) else { continue }
            diagnostics.report(.keyNeeds(extra.key.span, key, needed))
            isSound = false
        }
        // Nor would caps hold what somebody asked for, nor quiet hours a code that somebody waits for.
        let holds = [
            ("caps", "another purpose than transactional", purpose.isCapped),
            ("quiet_hours", "another purpose than otp", purpose.isHeldByQuietHours),
        ]
        for (key, needed, isHeld) in holds where !isHeld {
            guard let extra = document.node.entry(key) else { continue }
            diagnostics.report(.keyNeeds(extra.key.span, key, needed))
            isSound = false
        }
        let caps = (document.value("caps")?.items ?? []).compactMap { item -> FrequencyCap? in
            guard let rate = item.text("at_most").flatMap({ try? Units.frequency($0) }), let of = item.value("of")
            else { return nil }
            return FrequencyCap(
                count: rate.count, period: rate.period, kinds: of.items == nil ? nil : of.texts.map(\.text))
        }
        return isSound ? (quiet, after, caps) : nil
    }
}
