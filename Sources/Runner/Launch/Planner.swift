package import Channels
import RuleEngine

/// Answers who would get a campaign now: the same query, the same gate and the same rendering as sending, and
/// nothing written.
package struct Planner {
    private let program: CampaignProgram
    private let store: any Store
    private let channel: any Channel
    private let environment: RunnerEnvironment
    private static let pageSize = 4096

    package init(program: CampaignProgram, store: any Store, channel: any Channel, environment: RunnerEnvironment) {
        self.program = program
        self.store = store
        self.channel = channel
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
        var composer = MessageComposer(
            plan: program.message, launch: .preview, channel: channel, key: store.key, startedAt: now)
        let renderer = MessageRenderer(plan: program.message, startedAt: now)
        var tally = Tally()
        var page = RecipientPage(slotCount: program.schema.fields.count)
        var cursor: ContactKey?
        while true {
            page.removeAll()
            try reader.audiencePage(query, after: cursor, limit: Self.pageSize, into: &page)
            guard let last = page.rows.last else { break }
            cursor = last.contact
            for index in page.rows.indices {
                decide(page, row: index, now: now, renderer, &composer, samples: samples, into: &tally)
            }
            progress(tally.audience)
        }
        return report(tally, contacts: try store.openContacts().count())
    }

    private struct Tally {
        var audience = 0
        var wouldSend = 0
        var cost: Int64 = 0
        var skipped: [SkipReason: Int] = [:]
        var held: [HoldReason: Int] = [:]
        var languages: [String: Int] = [:]
        var samples: [PlanReport.Sample] = []
    }

    private func decide(
        _ page: RecipientPage, row index: Int, now: Timestamp, _ renderer: MessageRenderer,
        _ composer: inout MessageComposer, samples: Int, into tally: inout Tally
    ) {
        let row = page.rows[index]
        tally.audience += 1
        do throws(SkipReason) {
            switch Gate.decide(row.gate, rules: program.rules, now: now) {
            case .allow: break
            // It would be sent later, so it is made and counted like any other.
            case .wait(_, let reason): tally.held[reason, default: 0] += 1
            case .block(let reason): throw reason
            }
            let key = DeliveryKey(launch: .preview, contact: row.contact, step: program.sendStep)
            try composer.compose(page, row: index, as: key, now: now)
            let language = renderer.language(of: row, pool: page.facts.pool) ?? ""
            tally.wouldSend += 1
            tally.cost += composer.lastPrice
            tally.languages[language, default: 0] += 1
            if tally.samples.count < samples {
                let content = composer.lastContent
                tally.samples.append(
                    PlanReport.Sample(
                        contact: row.externalID.string(pool: page.facts.pool),
                        address: String(decoding: content.recipient, as: UTF8.self), language: language,
                        subject: String(decoding: content.subject, as: UTF8.self),
                        text: String(decoding: content.text, as: UTF8.self)))
            }
        } catch {
            tally.skipped[error, default: 0] += 1
        }
    }

    private func report(_ tally: Tally, contacts: Int) -> PlanReport {
        let currency = program.settings.currency
        let cost = tally.cost
        return PlanReport(
            id: program.campaign.id, version: program.version, channel: program.channel.id, contacts: contacts,
            audience: tally.audience, wouldSend: tally.wouldSend,
            skipped: Dictionary(uniqueKeysWithValues: tally.skipped.map { ($0.key.rawValue, $0.value) }),
            languages: tally.languages, leastCost: Money(micros: cost, currency: currency),
            mostCost: Money(micros: cost, currency: currency), samples: tally.samples,
            guards: guards(audience: tally.audience, mostMicros: cost),
            held: Dictionary(uniqueKeysWithValues: tally.held.map { ($0.key.rawValue, $0.value) }))
    }

    private func guards(audience: Int, mostMicros: Int64) -> [PlanReport.Guard] {
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
        return guards
    }

    private static func amount(_ micros: Int64, _ currency: String) -> String {
        var fraction = String(micros % 1_000_000 + 1_000_000).dropFirst()
        while fraction.count > 2, fraction.last == "0" { fraction.removeLast() }
        return "\(currency) \(micros / 1_000_000).\(fraction)"
    }
}
