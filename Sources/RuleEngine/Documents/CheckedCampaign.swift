package struct CheckedCampaign: Sendable {
    package var id: String
    package var about: String?
    package var purpose: Purpose
    package var topic: String?
    package var brand: Brand?
    package var lawfulBasis: String?
    /// Nil where neither the campaign nor the project names one: the built-in strictest applies.
    package var policy: CheckedPolicy?
    package var owner: String?
    package var priority: Int
    package var audience: CheckedAudience
    /// Channel ids in order of preference; of a route its candidates.
    package var via: [String]
    package var route: String?
    /// What is sent; with an experiment, the arm that is sent where none is surely the best.
    package var template: CheckedTemplate
    package var experiment: CheckedExperiment?
    /// In millionths.
    package var holdout: Int64?
    package var schedule: CampaignSchedule?
    /// Microseconds.
    package var validFor: Int64?
    package var tryNext: TryNext?
    package var rollout: [RolloutStage] = []
    /// Any of them ends it.
    package var stopIf: [TypedExpression] = []
    package var goal: CheckedGoal?
    package var budget: Money?
    /// The share of the budget at which somebody is told, in millionths.
    package var warnAt: Int64?
    package var file: FileID
    package var span: SourceSpan
    /// Spans by key path (`audience`, `via`, `send`, `budget` …) for messages that point at a part.
    package var spans: [String: SourceSpan]

    package init(
        id: String,
        purpose: Purpose,
        audience: CheckedAudience,
        via: [String],
        template: CheckedTemplate,
        file: FileID,
        span: SourceSpan
    ) {
        self.id = id
        self.purpose = purpose
        self.audience = audience
        self.via = via
        self.template = template
        self.file = file
        self.span = span
        priority = 0
        spans = [:]
    }
}

/// Who a campaign is for: in any of `include` (everyone, if it names none), in none of `exclude`, and every
/// condition holds.
package struct CheckedAudience: Sendable {
    package var include: [CheckedSegment]
    package var exclude: [CheckedSegment]
    package var conditions: [TypedExpression]
    package var expect: ClosedRange<Int>?

    package init(
        include: [CheckedSegment],
        exclude: [CheckedSegment],
        conditions: [TypedExpression],
        expect: ClosedRange<Int>?
    ) {
        self.include = include
        self.exclude = exclude
        self.conditions = conditions
        self.expect = expect
    }
}

/// When a campaign begins.
package struct CampaignSchedule: Sendable, Hashable {
    package var schedule: Schedule
    package var ifAlreadyPast: PastMoment?
    /// Microseconds after the planned moment; from then on it is not sent any more.
    package var tooLateAfter: Int64
}

/// What happens where the contact's clock shows a later time already.
package enum PastMoment: String, Sendable, CaseIterable {
    case next_day, send_now, skip

    static let words = allCases.map(\.rawValue)
}

/// Several messages, tried on a sample; the others get the best of them.
package struct CheckedExperiment: Sendable {
    package struct Arm: Sendable {
        package var name: String
        /// Of the sample, in millionths.
        package var share: Int64
        package var template: CheckedTemplate
    }

    package var arms: [Arm]
    /// In millionths, as the confidence.
    package var sample: Int64
    package var metric: ExperimentMetric
    /// Microseconds.
    package var decideAfter: Int64
    package var confidence: Int64
    /// An index of `arms`.
    package var otherwise: Int
    package var span: SourceSpan
}

/// What an experiment counts.
package enum ExperimentMetric: String, Sendable, CaseIterable {
    case clicked, opened, replied, goal

    static let words = allCases.map(\.rawValue)

    /// Whether a kind of channel can tell.
    package func isGiven(by kind: String) -> Bool {
        switch self {
        case .clicked: DeliverySignal.not_clicked.isGiven(by: kind)
        case .opened: DeliverySignal.not_opened.isGiven(by: kind)
        case .replied: DeliverySignal.not_replied.isGiven(by: kind)
        case .goal: true
        }
    }
}

/// How much of the audience gets it, and how long the rates are watched before the next stage.
package struct RolloutStage: Sendable, Hashable {
    /// In millionths, all stages before it included.
    package var share: Int64
    /// Microseconds; the last stage has none.
    package var watch: Int64?
}
