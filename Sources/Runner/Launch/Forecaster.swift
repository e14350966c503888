import Channels
import RuleEngine

/// How closely a forecast looks.
struct ForecastDepth: Sendable {
    /// Texts are to be compared, so that each gets a fingerprint.
    var comparesTexts = false
    /// Messages are to be shown.
    var samples = false
}

/// What one contact would be sent.
struct MessageForecast: Sendable {
    var contact: ContactKey
    /// In the page of its lane.
    var row: Int
    var lane: Int
    var costMicros: Int64
    var language: String
    /// A fingerprint of all its texts; empty where nobody compares.
    var text: [UInt8] = []
    var sample: PlanReport.Sample?
    var heldUntil: Timestamp?
    var heldBy: HoldReason?

    init(contact: ContactKey, row: Int, lane: Int, costMicros: Int64, language: String) {
        self.contact = contact
        self.row = row
        self.lane = lane
        self.costMicros = costMicros
        self.language = language
    }

    func held(until: Timestamp?, by reason: HoldReason?) -> MessageForecast {
        var held = self
        held.heldUntil = until
        held.heldBy = reason
        return held
    }
}

/// What a campaign would do, were it run now: every stage of its rollout, and for those outside an experiment's sample
/// the arm that stands where none is surely the best.
struct Forecaster {
    private var composer: CampaignComposer
    private let phase: LaunchPhase
    private let now: Timestamp

    init(
        program: CampaignProgram, store: any Store, channels: [any Channel], reader: any LedgerReader, now: Timestamp
    ) {
        var phase = LaunchPhase()
        phase.stage = max(0, program.campaign.rollout.count - 1)
        phase.winner = program.campaign.experiment?.otherwise
        if let moment = program.moment, let tick = moment.tick(notBefore: now) {
            phase.tick = tick
            phase.startsAt = moment.start(of: tick)
        }
        var launch = LaunchRecord(
            id: .preview, program: program.campaign.id, version: program.version, channelID: program.channel.id,
            channelKind: program.channel.kind, purpose: program.campaign.purpose, topic: program.campaign.topic,
            brand: nil, currency: program.settings.currency, state: .planning, planCursor: ContactKey(rawValue: 0),
            isPlanned: false, createdAt: now, finishedAt: nil, source: "")
        launch.phase = phase
        self.phase = phase
        self.now = now
        composer = CampaignComposer(
            program: program, launch: launch, channels: channels, reader: reader, key: store.key)
    }

    mutating func forecast(
        _ page: RecipientPage, _ depth: ForecastDepth
    ) throws(StoreError) -> CampaignComposer.Page {
        try composer.compose(page, CampaignComposer.Moment(phase: phase, now: now, forecast: depth))
    }
}
