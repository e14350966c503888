package import Channels
import RuleEngine

/// Answers who would get a campaign now: the same query, the same gate and the same rendering as sending, and
/// nothing written.
package struct Planner {
    private let program: CampaignProgram
    private let store: any Store
    private let channels: [any Channel]
    private let environment: RunnerEnvironment
    private static let pageSize = 4096

    package init(program: CampaignProgram, store: any Store, channels: [any Channel], environment: RunnerEnvironment) {
        self.program = program
        self.store = store
        self.channels = channels
        self.environment = environment
    }

    /// - Parameter samples: how many messages to show; every message is rendered and composed all the same where
    ///   that can fail for one contact and not for another.
    package func plan(
        samples: Int, progress: (Int) -> Void = { _ in }
    ) throws(LaunchRefusal) -> PlanReport {
        do throws(StoreError) {
            return try read(samples: samples, progress: progress)
        } catch {
            throw LaunchRefusal(reason: "store", message: LaunchCoordinator.describe(error))
        }
    }

    private func read(samples: Int, progress: (Int) -> Void) throws(StoreError) -> PlanReport {
        let now = environment.now()
        let query = program.audience(now: now)
        let reader = try store.openReader()
        var forecaster = Forecaster(program: program, store: store, channels: channels, reader: reader, now: now)
        var tally = Tally()
        var page = RecipientPage(slotCount: program.schema.fields.count)
        var cursor: ContactKey?
        while true {
            page.removeAll()
            try reader.audiencePage(query, after: cursor, limit: Self.pageSize, into: &page)
            guard let last = page.rows.last else { break }
            cursor = last.contact
            let wanted = samples - tally.samples.count
            tally.add(
                try forecaster.forecast(page, ForecastDepth(samples: wanted > 0)), rows: page.rows.count,
                samples: samples)
            progress(tally.audience)
        }
        return try report(tally, contacts: try store.openContacts().count())
    }

    private struct Tally {
        var audience = 0
        var wouldSend = 0
        var cost: Int64 = 0
        var skipped: [String: Int] = [:]
        var held: [HoldReason: Int] = [:]
        var languages: [String: Int] = [:]
        var lanes: [Int: Int] = [:]
        var samples: [PlanReport.Sample] = []

        mutating func add(_ page: CampaignComposer.Page, rows: Int, samples most: Int) {
            audience += rows
            for skip in page.skips { skipped[skip.reason, default: 0] += 1 }
            for forecast in page.forecasts {
                wouldSend += 1
                cost += forecast.costMicros
                languages[forecast.language, default: 0] += 1
                lanes[forecast.lane, default: 0] += 1
                if let reason = forecast.heldBy { held[reason, default: 0] += 1 }
                if let sample = forecast.sample, samples.count < most { samples.append(sample) }
            }
        }
    }

    private func report(_ tally: Tally, contacts: Int) throws(StoreError) -> PlanReport {
        let currency = program.settings.currency
        let cost = tally.cost
        var report = PlanReport(
            id: program.campaign.id, version: program.version, channel: program.channel.id, contacts: contacts,
            audience: tally.audience, wouldSend: tally.wouldSend,
            skipped: tally.skipped,
            languages: tally.languages, leastCost: Money(micros: cost, currency: currency),
            mostCost: Money(micros: cost, currency: currency), samples: tally.samples,
            guards: try guards(audience: tally.audience, mostMicros: cost),
            held: Dictionary(uniqueKeysWithValues: tally.held.map { ($0.key.rawValue, $0.value) }))
        if program.viaCount > 1 {
            for (lane, count) in tally.lanes { report.channels[program.lanes[lane].id] = count }
        }
        return report
    }

    private func guards(audience: Int, mostMicros: Int64) throws(StoreError) -> [PlanReport.Guard] {
        var guards: [PlanReport.Guard] = []
        if let expected = program.campaign.audience.expect {
            guards.append(
                PlanReport.Guard(
                    name: "expect",
                    message: "the audience is \(audience), expected \(expected.lowerBound)..\(expected.upperBound)",
                    isHeld: expected.contains(audience)))
        }
        if let budget = program.campaign.budget {
            guards.append(
                PlanReport.Guard(
                    name: "budget",
                    message: "it would cost \(Self.amount(mostMicros, budget.currency)),"
                        + " the budget is \(Self.amount(budget.micros, budget.currency))",
                    isHeld: mostMicros <= budget.micros))
        }
        if let rule = program.campaign.policy?.approval, audience > rule.neededOver {
            let approval = try ApprovalDesk(store: store.openApprovals(), environment: environment)
                .approval(of: ApprovalDesk.Subject(program))
            let agreed =
                approval.map { "\($0.name) agreed to it at \(ISOInstant.text($0.at))" }
                ?? "nobody with `\(rule.by)` has agreed to it as it is now"
            guards.append(
                PlanReport.Guard(
                    name: "approval", message: "the audience is \(audience), above \(rule.neededOver): \(agreed)",
                    isHeld: approval != nil))
        }
        return guards
    }

    private static func amount(_ micros: Int64, _ currency: String) -> String {
        var fraction = String(micros % 1_000_000 + 1_000_000).dropFirst()
        while fraction.count > 2, fraction.last == "0" { fraction.removeLast() }
        return "\(currency) \(micros / 1_000_000).\(fraction)"
    }
}
