internal import Channels
package import RuleEngine

/// Messages to many: campaigns that the service writes into the project, so that they can be read, planned, paused and asked
/// about like any other.
extension ServiceDesk {
    package struct BulkRequest: Sendable {
        package var id: String?
        package var about: String?
        package var channels: [String]
        package var segments: [String] = []
        package var excluded: [String] = []
        /// A tag that everybody meant has.
        package var list: String?
        /// Ids, or addresses.
        package var contacts: [String] = []
        package var purpose: String?
        package var topic: String?
        package var policy: String?
        package var brand: String?
        package var lawfulBasis: String?
        package var owner: String?
        package var template: String?
        /// Kind of channel, language, texts: as a campaign's `message` has them.
        package var message: JSON?
        package var scheduledAt: Timestamp?
        /// As a file has it: `EUR 60`.
        package var budget: String?
        package var isHeld = false

        package init(channels: [String]) {
            self.channels = channels
        }
    }

    /// More than these can be named as a segment or a list.
    package static let mostContacts = 1_000

    /// Writes the campaign, says what it would cost, and begins it where nothing stands against that.
    package func sendBulk(_ request: BulkRequest, by caller: Principal) throws -> JSON {
        let project = try project()
        let id = request.id ?? "bulk-" + KeyToken.name().lowercased()
        if project.campaigns[id] != nil || project.sequences[id] != nil || project.rules[id] != nil {
            throw ServiceRefusal(.conflict, "exists", "there is a program `\(id)`", help: "take another name, or none")
        }
        _ = try upload(
            [FileChange(path: "campaigns/\(id).yaml", text: try document(id, request, project))], by: caller.actor)
        return try begin(id, isHeld: request.isHeld, by: caller)
    }

    /// Begins a campaign of the project, at its moment where it has one.
    package func startCampaign(_ id: String, by caller: Principal) throws -> JSON {
        guard try project().campaigns[id] != nil else {
            throw ServiceRefusal(.notFound, "unknown_campaign", "there is no campaign `\(id)`")
        }
        let (program, channels) = try opened(id, toSend: true)
        try checkSending(id, by: program.lanes.map { SendingChannel($0) }, caller)
        _ = try launcher(program, channels, by: caller).writeDown()
        return try begin(id, isHeld: true, by: caller)
    }

    private func launcher(_ program: CampaignProgram, _ channels: [any Channel], by caller: Principal) -> Launcher {
        var options = Launcher.Options()
        options.owner = caller.owner
        return Launcher(
            program: program, store: store, channels: channels, environment: environment, options: options)
    }

    private func begin(_ id: String, isHeld: Bool, by caller: Principal) throws -> JSON {
        let (program, channels) = try opened(id, toSend: false)
        let plan = try Planner(program: program, store: store, channels: channels, environment: environment)
            .plan(samples: 0)
        var note: LaunchRefusal?
        if !isHeld {
            do throws(LaunchRefusal) {
                let sending = try openedToSend(program)
                _ = try launcher(program, sending, by: caller).writeDown()
            } catch {
                guard error.reason != "store" else { throw error }
                note = error
            }
        }
        let launch = try reader().latestLaunch(of: id)
        let approval = program.campaign.policy?.approval
        let isApproved =
            try ApprovalDesk(store: try store.openApprovals(), environment: environment)
            .approval(of: ApprovalDesk.Subject(program)) != nil
        return [
            "id": .string(id), "state": .string(launch?.campaignState ?? "DRAFT"),
            "launch": launch.map { JSON($0.id.rawValue) } ?? .null,
            "needs_approval": JSON(approval.map { plan.audience > $0.neededOver && !isApproved } ?? false),
            "reason": JSON(note?.reason), "note": JSON(note?.message ?? launch?.note),
            "audience": JSON(plan.audience), "would_send": JSON(plan.wouldSend), "skipped": JSON(plan.skipped),
            "estimated_cost": .money(plan.mostCost),
            "starts_at": JSON(launch?.phase.startsAt.map(ISOInstant.text)), "version": .string(program.version),
            "file": .string("campaigns/\(id).yaml"),
        ]
    }

    // MARK: The campaign

    /// A campaign as the files are now, with a channel for each of its lanes.
    func opened(_ id: String, toSend: Bool) throws -> (program: CampaignProgram, channels: [any Channel]) {
        let result = try projects.current()
        guard let program = CampaignProgram(id: id, in: try project(), sources: result.sources, zone: try zone()) else {
            throw ServiceRefusal(
                .unavailable, "time_zone", "the machine doesn't know the time zone of `\(id)`'s schedule")
        }
        return (program, try channels(for: program, toSend: toSend))
    }

    private func channels(for program: CampaignProgram, toSend: Bool) throws -> [any Channel] {
        let factory = ChannelFactory(secrets: secrets, baseFolder: projects.folder.path)
        var channels: [any Channel] = []
        for lane in program.lanes {
            do throws(ChannelSetupError) {
                channels.append(try factory.channel(for: lane, toSend: toSend))
            } catch {
                throw ServiceRefusal(.unavailable, "channel", error.message, help: error.help)
            }
        }
        return channels
    }

    private func openedToSend(_ program: CampaignProgram) throws(LaunchRefusal) -> [any Channel] {
        do {
            return try channels(for: program, toSend: true)
        } catch {
            let refusal = error as? ServiceRefusal
            throw LaunchRefusal(reason: "channel", message: refusal?.message ?? "a channel can't be used")
        }
    }

    private func document(_ id: String, _ request: BulkRequest, _ project: CheckedProject) throws -> String {
        func entry(_ key: String, _ value: JSON) -> JSON.Entry { JSON.Entry(key: key, value: value) }
        let template = request.template.flatMap { project.templates[$0] }
        if let name = request.template, template == nil {
            throw ServiceRefusal(.notFound, "unknown_template", "there is no template `\(name)`")
        }
        guard let purpose = request.purpose ?? template?.purpose?.rawValue else {
            throw ServiceRefusal(
                .invalid, "missing_key", "`purpose` is missing", help: "`marketing` or `transactional`")
        }
        var members = [
            entry("campaign", .string(id)), entry("about", .string(request.about ?? "Sent over the API")),
            entry("purpose", .string(purpose)),
        ]
        let basis = request.lawfulBasis ?? (purpose == Purpose.marketing.rawValue ? "consent" : nil)
        for (key, value) in [
            ("topic", request.topic), ("policy", request.policy), ("brand", request.brand), ("owner", request.owner),
            ("lawful_basis", basis),
        ] {
            if let value { members.append(entry(key, .string(value))) }
        }
        members.append(entry("audience", try audience(request)))
        if let at = request.scheduledAt { members.append(entry("schedule", try schedule(at, project))) }
        if let budget = request.budget { members.append(entry("budget", ["at_most": .string(budget)])) }
        members.append(entry("via", JSON(request.channels)))
        if let message = request.message {
            members.append(entry("message", message))
        } else {
            members.append(entry("send", .string(request.template ?? "")))
        }
        return YAMLText.members(members)
    }

    private func audience(_ request: BulkRequest) throws -> JSON {
        var audience: [JSON.Entry] = []
        if !request.segments.isEmpty { audience.append(JSON.Entry(key: "include", value: JSON(request.segments))) }
        if !request.excluded.isEmpty { audience.append(JSON.Entry(key: "exclude", value: JSON(request.excluded))) }
        var conditions: [JSON] = []
        if let list = request.list { conditions.append(.string("contact.tags contains \(Self.literal(list))")) }
        if !request.contacts.isEmpty {
            var ids: [String] = []
            for (name, key) in zip(request.contacts, try contacts().find(request.contacts)) {
                guard let key, let id = try contacts().externalID(of: key) else { throw ServiceRefusal.noContact(name) }
                ids.append(Self.literal(id))
            }
            conditions.append(.string("contact.id in [\(ids.joined(separator: ", "))]"))
        }
        if !conditions.isEmpty { audience.append(JSON.Entry(key: "where", value: .array(conditions))) }
        return .object(audience)
    }

    /// As an expression writes a text.
    private static func literal(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }

    /// Files know minutes: what lies between two goes to the later one.
    private func schedule(_ at: Timestamp, _ project: CheckedProject) throws -> JSON {
        let minute: Int64 = 60_000_000
        let rounded = Timestamp(microseconds: (at.microseconds + minute - 1) / minute * minute)
        guard rounded > now else {
            throw ServiceRefusal(.invalid, "bad_time", "`scheduled_at` lies in the past", help: "leave it out for now")
        }
        let local = try zone().localTime(of: rounded)
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let clock = "\(two(local.hour)):\(two(local.secondOfDay / 60 % 60))"
        return [
            "at": .written("\(ISODay.text(local.date.daysSinceEpoch)) \(clock)"),
            "in": .string(project.settings.timeZone), "too_late_after": "24h",
        ]
    }
}
