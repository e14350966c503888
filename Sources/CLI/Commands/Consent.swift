import ArgumentParser
import RuleEngine
import Runner
import Storage

struct Consent: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Record, revoke and show what a person agreed to.",
        subcommands: [Record.self, Revoke.self, Show.self]
    )

    struct Record: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write down that a person agreed.",
            discussion: "Lifts an earlier revocation, never a suppression. When and where it was given is the proof."
        )

        @Argument(help: "The contact's id or address.")
        var contact: String

        @Option(help: "The kind of channel: email, sms …")
        var channel = "email"

        @Option(help: "soft_optin, express or express_written.", transform: ConsentWords.level)
        var level: ConsentLevel

        @Option(help: "Where it was given: a form, a call, a document.")
        var source: String

        @Option(help: "When: 2027-03-18 or 2027-03-18T10:00:00Z. Without it: now.", transform: ConsentWords.instant)
        var at: Timestamp?

        @Option(help: "The words that the person agreed to.")
        var wording: String?

        @OptionGroup var options: CommonOptions

        func run() throws {
            let desk = try ConsentDesk(options, contact)
            let now = desk.workspace.environment.now()
            let state = ConsentState(
                channel: channel,
                purpose: .marketing,
                level: level,
                givenAt: at ?? now,
                source: source,
                wording: wording
            )
            try withStore { () throws(StoreError) in
                try desk.consents.record(state, for: desk.key, actor: "operator", now: now)
            }
            try desk.workspace.audit("writeConsent", "contact:\(desk.key.rawValue)")
            try desk.show(asJSON: options.json)
        }
    }

    struct Revoke: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write down that a person took their consent back.",
            discussion: "Works during a run, and wins over every send whose intent is not yet written."
        )

        @Argument(help: "The contact's id or address.")
        var contact: String

        @Option(help: "The kind of channel: email, sms …")
        var channel = "email"

        @Option(help: "How we know: a call, a letter …")
        var source = "command line"

        @OptionGroup var options: CommonOptions

        func run() throws {
            let desk = try ConsentDesk(options, contact)
            _ = try withStore { () throws(StoreError) in
                try desk.consents.revoke(
                    desk.key,
                    channel: channel,
                    purpose: .marketing,
                    source: source,
                    actor: "operator",
                    now: desk.workspace.environment.now()
                )
            }
            try desk.workspace.audit("writeConsent", "contact:\(desk.key.rawValue)")
            try desk.show(asJSON: options.json)
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show what a person agreed to, and what led to it."
        )

        @Argument(help: "The contact's id or address.")
        var contact: String

        @OptionGroup var options: CommonOptions

        func run() throws {
            let desk = try ConsentDesk(options, contact)
            try desk.workspace.audit("listConsents", "contact:\(desk.key.rawValue)")
            try desk.show(asJSON: options.json)
        }
    }
}

/// One contact's consent, opened for reading and writing.
private struct ConsentDesk {
    let workspace: Workspace
    let consents: any ConsentStore
    let key: ContactKey

    init(_ options: CommonOptions, _ contact: String) throws(CommandFailure) {
        workspace = try Workspace(options)
        let store = try workspace.openSQLite()
        let found = try withStore { () throws(StoreError) in try store.openContacts().find(contact) }
        guard let found else { throw ContactName.unknown(contact) }
        key = found
        consents = try withStore { () throws(StoreError) in try store.openConsents() }
    }

    func show(asJSON: Bool) throws(CommandFailure) {
        let sheet = try withStore { () throws(StoreError) in
            try consents.sheet(of: key, schema: ContactSchema(id: "standard", declared: []))
        }
        let output = Terminal.output
        if asJSON {
            let report: JSON = [
                "id": .string(sheet.externalID), "do_not_contact": JSON(sheet.doNotContact),
                "consents": .array(sheet.consents.map(\.json)), "suppressions": .array(sheet.suppressions.map(\.json)),
                "history": .array(sheet.history.map(\.json)),
            ]
            output.write(report.text)
        } else {
            output.write(output.styled(sheet.externalID, .bold) + "\n" + sheet.consentText(for: output))
        }
    }
}

/// Consent's own words, as options take them.
enum ConsentWords {
    static func level(_ name: String) throws -> ConsentLevel {
        if let level = ConsentLevel(name: name), level > .none { return level }
        throw ValidationError("--level takes soft_optin, express or express_written")
    }

    static func instant(_ text: String) throws -> Timestamp {
        if let instant = Figures.instant(from: text) { return instant }
        throw ValidationError("--at takes a day (2027-03-18) or an instant (2027-03-18T10:00:00Z)")
    }
}
