import ArgumentParser
import RuleEngine
import Runner

struct Uncertain: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List and settle sends whose outcome nobody knows.",
        discussion: """
            The connection broke after the message had left: the server may have taken it, or not. Look into the \
            server's log for the message, then say what became of it.
            """,
        subcommands: [List.self, Ask.self, Settle.self]
    )

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the uncertain sends of a campaign.")

        @Argument(help: "The campaign's id.")
        var id: String

        @OptionGroup var options: CommonOptions

        func run() throws {
            let workspace = try Workspace(options)
            let store = try workspace.openStore()
            let reader = try withStore { () throws(StoreError) in try store.openReader() }
            let launch = try withStore { () throws(StoreError) in try reader.latestLaunch(of: CampaignName.id(id)) }
            guard let launch else { throw CampaignName.neverRun(id) }
            try workspace.audit("findDeliveries", "program:" + launch.program)
            let sealer = ReferenceSealer(store.key)
            var rows: [(record: DeliveryRecord, reference: String)] = []
            do {
                try reader.forEachDelivery(of: launch.id, state: .uncertain) { record in
                    let key = DeliveryKey(
                        launch: launch.id, contact: record.contact, step: record.step, occurrence: record.occurrence)
                    rows.append((record, sealer.seal(key)))
                    return true
                }
            } catch let error as StoreError {
                throw CommandFailure(error)
            }
            if options.json {
                let list = rows.map { row in
                    row.record.json.adding("reference", .string(row.reference))
                        .adding("started_at", JSON(row.record.startedAt.map(Figures.instant)))
                }
                Terminal.output.write(JSON.array(list).text)
                return
            }
            guard !rows.isEmpty else { return Terminal.output.line("no send of `\(id)` is uncertain") }
            var table = Table(.left, .left, .left, .left, .left, indent: 0)
            table.add("contact", "address", "what broke", "sent at", "reference in the Message-ID")
            for row in rows {
                table.add(
                    row.record.externalID,
                    row.record.address,
                    row.record.reason ?? "",
                    row.record.startedAt.map(Figures.instant) ?? "",
                    row.reference
                )
            }
            Terminal.output.write(table.text)
        }
    }

    struct Settle: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say what became of uncertain sends.",
            discussion: """
                accepted: the server has it. not_accepted: it hasn't, and the next run sends it again. give_up: nobody \
                will ever know; it counts as unknown_final and is not sent again.
                """
        )

        @Argument(help: "The campaign's id.")
        var id: String

        @Option(name: .customLong("as"), help: "accepted, not_accepted or give_up.", transform: LedgerWords.settlement)
        var settlement: Settlement

        @Option(help: "Only this contact's send (id or address).")
        var contact: String?

        @OptionGroup var options: CommonOptions

        func run() throws {
            let workspace = try Workspace(options)
            let store = try workspace.openStore()
            let ledger = try withStore { () throws(StoreError) in try store.openLedger() }
            let launch = try withStore { () throws(StoreError) in try ledger.latestLaunch(of: CampaignName.id(id)) }
            guard let launch else { throw CampaignName.neverRun(id) }
            var key: ContactKey?
            if let contact {
                key = try withStore { () throws(StoreError) in try store.openContacts().find(contact) }
                if key == nil { throw ContactName.unknown(contact) }
            }
            let count = try withStore { () throws(StoreError) in
                try ledger.settle(launch.id, contact: key, as: settlement, now: workspace.environment.now())
            }
            if count > 0 { try workspace.audit("settleUncertain", "program:" + launch.program) }
            if options.json {
                let report: JSON = [
                    "id": .string(launch.program), "as": .string(settlement.rawValue), "settled": JSON(count),
                ]
                Terminal.output.write(report.text)
            } else {
                Terminal.output.line("\(Figures.count(count, "send")) settled as \(settlement.rawValue)")
                if count > 0, settlement == .notAccepted {
                    Terminal.output.line("send again with: carillon run \(launch.program)")
                } else if count > 0 {
                    Terminal.output.line("close the launch with: carillon run \(launch.program)")
                }
            }
        }
    }
}
