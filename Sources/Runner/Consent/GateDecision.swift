package import RuleEngine

/// The gate's answer.
package enum GateDecision: Sendable, Equatable {
    case allow
    /// Not now. Ask again, with facts read anew, at `until` and not before; the answer then may be another wait.
    case wait(until: Timestamp, reason: HoldReason)
    /// Not at all.
    case block(SkipReason)

    package var isAllowed: Bool { self == .allow }

    /// Nil unless it waits.
    package var holdReason: HoldReason? {
        if case .wait(_, let reason) = self { reason } else { nil }
    }

    /// Nil unless it blocks.
    package var skipReason: SkipReason? {
        if case .block(let reason) = self { reason } else { nil }
    }
}

/// Why a message is held. The raw value is what the ledger keeps beside a `deferred` row, and what reports show.
package enum HoldReason: String, Sendable, CaseIterable {
    /// Outside of what the policy's quiet hours or a rule pack's window leave open, somewhere the person may be.
    case quietHours = "quiet_hours"
    case capLegal = "cap_legal"
    case capTenant = "cap_tenant"
    /// A message of higher priority takes the last place below the policy's cap.
    case outranked
    /// The campaign's moment has not come on the person's clock.
    case scheduled
    /// The account has sent as much as it may in a day.
    case accountLimit = "account_limit"
    case rollout
    case experiment

    /// What it means, for people.
    package var explanation: String {
        switch self {
        case .quietHours: "it waits for an hour at which the person may be reached"
        case .capLegal: "the person got as many messages as the law allows for now"
        case .capTenant: "the person got as many messages as the policy allows for now"
        case .outranked: "a message of higher priority takes the last place below the policy's cap"
        case .scheduled: "its moment has not come on the person's clock"
        case .rollout: "a later stage of the rollout gets it"
        case .experiment: "the experiment is not decided yet"
        case .accountLimit: "the account has sent as much as it may in a day"
        }
    }
}
