package import RuleEngine

/// One thing that would have to be otherwise for a message to be sent: what `why` answers to "would send if".
package enum Remedy: Sendable, Hashable {
    case address(kind: String)
    case soundAddress(kind: String)
    case doNotContactLifted
    case suppressionLifted(kind: String)
    case channelAllowed(kind: String)
    /// At least of this strength, given now, with its proof.
    case consent(kind: String, ConsentLevel)
    case topicOn
    /// What it was held for is over then.
    case time(Timestamp)
    /// The messages of higher priority were gone.
    case rivalsGone
    /// It has waited too long, and would have to be wanted anew.
    case wantedAnew
    /// The contact's language is one of these.
    case language([String])
    /// A condition comes to something else.
    case condition(FlippedPart, place: String)
    case notHeldOut(below: Int64)
    case budget(moreMicros: Int64, currency: String)
    case content(SkipReason)
    case moment

    package var words: String { words { ISOInstant.text($0) } }

    package func words(on clock: ProjectClock) -> String { words { clock.text($0) } }

    private func words(_ time: (Timestamp) -> String) -> String {
        switch self {
        case .address(let kind): "there were an address for \(kind)"
        case .soundAddress(let kind): "the address for \(kind) were well-formed"
        case .doNotContactLifted: "`do_not_contact` were lifted, for the person and the address"
        case .suppressionLifted(let kind): "the address were taken off the suppression list of \(kind)"
        case .channelAllowed(let kind): "`allow.\(kind)` were not `no`"
        case .consent(let kind, let level):
            "there were a consent for \(kind) of `\(level.name)` or more, given today, with its source"
        case .topicOn: "the person had not switched the topic off"
        case .time(let instant): "it were \(time(instant))"
        case .rivalsGone: "no message of higher priority were waiting for the last place below the policy's cap"
        case .wantedAnew: "it were wanted anew: it has waited longer than it is good for"
        case .language(let languages):
            "the person's language were one of \(languages.map { "`\($0)`" }.joined(separator: ", ")), or the template "
                + "had a text in theirs"
        case .condition(let part, let place):
            "`\(part.source)` \(part.becomes ? "held" : "did not hold") (\(place))"
        case .notHeldOut(let position):
            "the holdout were at most \(Self.percent(position))"
        case .budget(let more, let currency):
            "the budget left room for \(currency) \(Self.amount(more)) more"
        case .content(let reason): "this were not so: \(reason.explanation)"
        case .moment: "the campaign's moment were still ahead on the person's clock"
        }
    }

    private static func percent(_ millionths: Int64) -> String {
        "\(millionths / 10_000).\(String(millionths % 10_000 + 10_000).dropFirst())%"
    }

    private static func amount(_ micros: Int64) -> String {
        var digits = String(micros % 1_000_000 + 1_000_000).dropFirst()
        while digits.count > 2, digits.last == "0" { digits.removeLast() }
        return "\(micros / 1_000_000).\(digits)"
    }
}

extension Gate {
    /// Everything that stands between these facts and a yes, each by its one remedy. Each of the gate's questions can say
    /// no by itself, so that all of those that do are needed and none else: no smaller change would do.
    ///
    /// Nil where nothing helps: the person was erased, or there is no hour at which they may be reached.
    static func remedies(
        _ facts: GateFacts, rules: GateRules, kind: String, now: Timestamp
    ) -> [Remedy]? {
        var facts = facts
        var now = now
        var remedies: [Remedy] = []
        // One more than there are questions; time may be asked twice, for a cap and for the hours behind it.
        for _ in 0..<16 {
            switch decide(facts, rules: rules, now: now) {
            case .allow: return remedies
            case .wait(_, .outranked):
                facts.rivals = []
                remedies.append(.rivalsGone)
            case .wait(let until, _):
                now = until
                remedies.removeAll { if case .time = $0 { true } else { false } }
                remedies.append(.time(until))
            case .block(let reason):
                guard let remedy = remedy(for: reason, &facts, rules: rules, kind: kind, now: &now) else { return nil }
                remedies.append(remedy)
            }
        }
        return nil
    }

    private static func remedy(
        for reason: SkipReason, _ facts: inout GateFacts, rules: GateRules, kind: String, now: inout Timestamp
    ) -> Remedy? {
        switch reason {
        case .noAddress:
            (facts.hasAddress, facts.isAddressWellFormed) = (true, true)
            return .address(kind: kind)
        case .badAddress:
            facts.isAddressWellFormed = true
            return .soundAddress(kind: kind)
        case .doNotContact:
            facts.isDoNotContact = false
            return .doNotContactLifted
        case .suppressedStop, .suppressedUnsubscribe, .suppressedComplaint, .suppressedBounce, .suppressedProvider:
            facts.suppression = nil
            return .suppressionLifted(kind: kind)
        case .channelRefused:
            facts.hasRefusedChannel = false
            return .channelAllowed(kind: kind)
        case .noConsent, .consentWeak, .consentExpired, .proofMissing:
            let level = max(rules.minimumConsent, facts.consent)
            (facts.consent, facts.isConsentRevoked, facts.isProofComplete) = (level, false, true)
            (facts.consentGivenAt, facts.consentExpiresAt) = (now, nil)
            return .consent(kind: kind, level)
        case .topicOff:
            facts.isTopicOff = false
            return .topicOn
        case .capLegal, .capTenant:
            let room = rules.caps.compactMap { cap in
                cap.concerns(facts.place) ? cap.load(of: facts.sends, now: now).roomAt : nil
            }
            guard let latest = room.max() else { return nil }
            now = latest
            return .time(latest)
        case .outranked:
            facts.rivals = []
            return .rivalsGone
        case .expiredWaiting:
            (facts.heldFor, facts.wantedAt) = (nil, nil)
            return .wantedAnew
        case .erased, .windowNeverOpens, .leftAudience, .noLanguage, .contentUnsafe, .contentTooLarge, .contentEmpty,
            .contentMissing, .budget, .holdout, .alreadyPast, .tooLate, .noChannelLeft, .notAllowed,
            .sessionClosed:
            return nil
        }
    }
}
