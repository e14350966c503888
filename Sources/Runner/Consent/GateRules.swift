package import RuleEngine

/// What a program asks of the gate on one kind of channel, taken once from its policy and from the rule packs.
package struct GateRules: Sendable {
    package var purpose: Purpose
    /// The weakest consent that will do on this channel.
    package var minimumConsent: ConsentLevel
    /// Nil: any hour will do.
    package var hours: ContactHours?
    package var afterQuietHours: AfterQuietHours?
    package var caps: [CapRule] = []
    package var whenCapped: CappedAction = .wait
    /// The policy's `plan_ahead` where it picks by priority: messages that are due so soon compete for a place below
    /// its caps. In microseconds.
    package var planAhead: Int64?
    /// The program's own.
    package var priority = 0
    /// Rules by which consents end on their own.
    package var expiries: [ExpiryRule] = []

    package init(purpose: Purpose, minimumConsent: ConsentLevel) {
        self.purpose = purpose
        self.minimumConsent = minimumConsent
    }

    /// - Parameters:
    ///   - kind: of the channel.
    ///   - channels: all of the project, for caps that count other kinds.
    package init(
        purpose: Purpose, policy: CheckedPolicy?, kind: String, channels: [CheckedChannel],
        settings: ProjectSettings, priority: Int = 0, packs: [Catalog.Pack] = RulePacks.shipped
    ) {
        self.purpose = purpose
        self.priority = priority
        // The same value as the consent proof reasons with.
        minimumConsent = GateStrength(purpose: purpose, policy: policy).minimum(for: kind)
        // A policy speaks of messages of its own purpose. A code is wanted now, and a receipt is never one too many.
        let isOwn = policy?.purpose == purpose
        let packs = purpose == .marketing ? packs.filter { !$0.isPreset || policy?.packs.contains($0.id) == true } : []
        hours = ContactHours(
            kind: kind, quiet: isOwn && purpose.isHeldByQuietHours ? policy?.quietHours ?? [] : [],
            policy: policy?.id ?? "", packs: packs,
            unknownZones: settings.unknownZone == .project ? [settings.timeZone] : [])
        if isOwn {
            afterQuietHours = policy?.afterQuietHours
            whenCapped = policy?.whenCapped ?? .wait
            if policy?.picksByPriority == true { planAhead = policy?.planAhead ?? 0 }
        }
        if isOwn, purpose.isCapped {
            for cap in policy?.caps ?? [] where cap.kinds?.contains(kind) ?? true {
                caps.append(CapRule(cap, channels: channels))
            }
        }
        for pack in packs {
            for cap in pack.caps where cap.channels.contains(kind) {
                caps.append(CapRule(cap, of: pack, channels: channels))
            }
            guard pack.minimumConsent[kind] != nil else { continue }
            let rules = ExpiryRule.all(of: pack).filter { $0.canDecide(minimum: minimumConsent) }
            expiries.append(contentsOf: rules)
        }
    }

    /// What of a contact these rules look at beyond its permissions.
    package var questions: GateQuestions {
        GateQuestions(
            asksPlace: hours != nil || caps.contains { $0.pack != nil }, asksPlaceOfWeakConsent: !expiries.isEmpty,
            sentWithin: caps.map(\.period).max(), asksWait: hours != nil,
            rivalsAbove: planAhead == nil || caps.isEmpty ? nil : priority)
    }
}

/// What a reader of facts must read for the gate beyond a contact's permissions. Each of them costs a look-up per
/// contact, so only what some rule asks for is read.
package struct GateQuestions: Sendable, Equatable {
    package var asksPlace = false
    /// The place of those alone whose consent follows from something, because a law may let it end.
    package var asksPlaceOfWeakConsent = false
    /// How far back sends are counted, in microseconds. Nil: they aren't.
    package var sentWithin: Int64?
    /// Since when a message waits, and for what.
    package var asksWait = false
    /// Messages of a higher priority than this compete. Nil: none do.
    package var rivalsAbove: Int?

    package init(
        asksPlace: Bool = false, asksPlaceOfWeakConsent: Bool = false, sentWithin: Int64? = nil, asksWait: Bool = false,
        rivalsAbove: Int? = nil
    ) {
        self.asksPlace = asksPlace
        self.asksPlaceOfWeakConsent = asksPlaceOfWeakConsent
        self.sentWithin = sentWithin
        self.asksWait = asksWait
        self.rivalsAbove = rivalsAbove
    }

    package var isEmpty: Bool { self == GateQuestions() }
    /// The answer may change with time or with other sends alone, so the transaction of the intent asks anew.
    package var changesByItself: Bool { asksPlace || sentWithin != nil || asksWait }
}
