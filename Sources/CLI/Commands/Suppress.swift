import ArgumentParser
import RuleEngine
import Runner
import Storage

struct Suppress: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Keep an address from being written to, whether a contact has it or not.",
        discussion: """
            Without --channel: do not contact, on any channel. Works during a run. --list shows the newest entries; \
            --lift takes an entry back and needs --because.
            """
    )

    @Argument(help: "An address, or a contact's id.")
    var target: String?

    @Option(help: "Only this kind of channel: email, sms …")
    var channel: String?

    @Option(help: "stop, unsubscribe, complaint, bounce or provider.", transform: Self.reason)
    var reason = SuppressionReason.unsubscribe

    @Flag(help: "Transactional messages may still go.")
    var marketingOnly = false

    @Option(help: "How we know: a call, a letter …")
    var source = "command line"

    @Flag(help: "Take the entry back.")
    var lift = false

    @Option(help: "Why it is taken back.")
    var because: String?

    @Flag(help: "Show the newest entries.")
    var list = false

    @OptionGroup var options: CommonOptions

    func validate() throws {
        if target == nil, !list { throw ValidationError("name an address or a contact, or use --list") }
        if lift, because == nil { throw ValidationError("--lift needs --because: the reason is kept") }
    }

    func run() throws {
        let workspace = try Workspace(options)
        let store = try workspace.openSQLite()
        let consents = try withStore { () throws(StoreError) in try store.openConsents() }
        guard let target, !list else { return try show(consents) }
        let whom = try self.whom(target, store)
        let now = workspace.environment.now()
        let count: Int
        do throws(ConsentError) {
            count =
                if lift {
                    try consents.unsuppress(whom, channel: channel, reason: because ?? "", actor: "operator", now: now)
                } else {
                    try consents.suppress(
                        whom,
                        channel: channel,
                        reason: reason,
                        marketingOnly: marketingOnly,
                        source: source,
                        actor: "operator",
                        now: now
                    )
                }
        } catch {
            throw CommandFailure(error)
        }
        if count > 0 {
            try workspace.audit(
                lift ? "liftSuppression" : "suppress", "suppression:" + AuditSeal(store.key).name(target))
        }
        if options.json {
            let report: JSON = [
                "target": .string(target), "channel": JSON(channel), "action": lift ? "lifted" : "suppressed",
                "entries": JSON(count),
            ]
            return Terminal.output.write(report.text)
        }
        let scope = channel.map { "on \($0)" } ?? "on every channel"
        switch (lift, count) {
        case (false, 0): Terminal.output.line("\(target) was suppressed \(scope) already")
        case (false, _): Terminal.output.line("\(target) is suppressed \(scope)")
        case (true, 0): Terminal.output.line("\(target) was not suppressed \(scope)")
        case (true, _):
            Terminal.output.line("\(target): \(Figures.count(count, "entry", plural: "entries")) lifted \(scope)")
        }
    }

    private func whom(_ target: String, _ store: SQLiteStore) throws(CommandFailure) -> SuppressionTarget {
        if let address = SuppressionTarget(address: target) { return address }
        let found = try withStore { () throws(StoreError) in try store.openContacts().find(target) }
        guard let found else { throw ContactName.unknown(target) }
        return .contact(found)
    }

    private func show(_ consents: any ConsentStore) throws {
        let entries = try withStore { () throws(StoreError) in try consents.suppressions(after: nil, limit: 100) }
        if options.json { return Terminal.output.write(JSON.array(entries.map(\.json)).text) }
        guard !entries.isEmpty else { return Terminal.output.line("no address is suppressed") }
        var table = Table(.left, .left, indent: 0)
        for entry in entries { table.add(entry.contact ?? "#" + entry.addressKey.prefix(12), entry.line) }
        Terminal.output.write(table.text)
    }

    private static func reason(_ name: String) throws -> SuppressionReason {
        if let reason = SuppressionReason.allCases.first(where: { $0.code == "suppressed_" + name }) { return reason }
        throw ValidationError("--reason takes stop, unsubscribe, complaint, bounce or provider")
    }
}

extension CommandFailure {
    fileprivate init(_ error: ConsentError) {
        switch error {
        case .store(let error): self.init(error)
        case .badAddress(let fault): self.init(.usage, reason: "bad_address", message: fault.message, help: fault.help)
        case .noAddress: self.init(reason: "no_address", message: "the contact has no address to suppress")
        case .noReason:
            self.init(
                .usage,
                reason: "no_reason",
                message: "an entry is only lifted with a reason",
                help: "--because TEXT"
            )
        }
    }
}
