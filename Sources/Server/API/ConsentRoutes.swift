import HTTPTypes
import RuleEngine
import Runner

/// Consents, suppressions and preferences.
struct ConsentRoutes: Sendable {
    let desks: DeskPool

    private static let kinds = Shape.choice(Catalog.channelKinds)
    private static let reasons = SuppressionReason.allCases.map { String($0.code.dropFirst("suppressed_".count)) }
    private static let source = "How we know: a form, a call, a letter …"

    var routes: [APIRoute] {
        [
            APIRoute(
                method: .get, path: "/consents", access: .scope(.viewPersonalData), id: "listConsents",
                tag: "consents", summary: "Show what a person agreed to, and what led to it.",
                parameters: [
                    Parameter(
                        name: "contact", shape: .word, about: "The contact's id, or an address.",
                        missing: Problem(
                            status: .unprocessableContent, code: "no_contact", detail: "`contact` is missing",
                            help: "consent is shown of one person at a time"))
                ],
                answers: [.ok("What stands now, and its history.", Self.standing)],
                problems: [404: ["unknown_contact"], 422: ["no_contact"]], handler: { try await show($0) }),
            APIRoute(
                method: .post, path: "/consents", access: .scope(.manageConsent), id: "writeConsent", tag: "consents",
                summary: "Write down that a person agreed, or took it back. Lifts no suppression.",
                body: .json(
                    .ruled(
                        .object([
                            .needed("contact", .word), .needed("action", .choice(["granted", "revoked"])),
                            .needed("channel", Self.kinds),
                            .optional(
                                "level", .choice(["soft_optin", "express", "express_written"]), "Of what was granted."),
                            .needed("source", .text(1...500), Self.source),
                            .optional("at", .instant, "Without it: now."),
                            .optional("wording", .text(1...2_000), "The words that the person agreed to."),
                        ]),
                        [
                            .anyOf(
                                .allOf(
                                    .members(["action": .only("revoked")]), .without(["level", "at", "wording"])),
                                .allOf(.members(["action": .only("granted")]), .having("level")))
                        ])),
                answers: [.ok("What stands now, and its history.", Self.standing)],
                problems: [404: ["unknown_contact"], 422: ["no_level", "bad_time", "only_granted"]], isRepeatable: true,
                handler: { try await record($0) }),
            APIRoute(
                method: .post, path: "/consents/requests", access: .scope(.manageConsent), id: "requestConsent",
                tag: "consents",
                summary: "Make the link by which a person confirms what they signed up for. Only they may get it.",
                body: .json(
                    .object([
                        .needed("contact", .word), .needed("channel", Self.kinds),
                        .needed("source", .text(1...500), Self.source),
                        .needed(
                            "wording", .text(1...2_000), "The words that the person agrees to; the page shows them."),
                        .optional("level", .choice(["express", "express_written"]), "Without it: express."),
                        .optional("days", .integer(1...60), "How long the link counts; without it 14."),
                    ])),
                answers: [
                    APIRoute.Answer(
                        status: 201, about: "The link. Nothing is agreed to before its button is pressed.",
                        shape: .object([
                            .needed("contact", .word), .needed("channel", .word), .needed("link", .text(1...500)),
                            .needed("expires_at", .instant),
                        ]))
                ],
                problems: [404: ["unknown_contact"], 409: ["errors", "no_public_url"]], isRepeatable: true,
                handler: { try await ask($0) }),
            APIRoute(
                method: .get, path: "/suppressions", access: .scope(.viewPersonalData), id: "listSuppressions",
                tag: "suppressions", summary: "The newest entries of the suppression list.",
                parameters: Parameter.paging(.spelled(.suppressionCursor)),
                answers: [.ok("A page of entries.", .page(of: ContactShapes.suppression))],
                problems: [422: ["bad_cursor"]],
                handler: { request in
                    APIReply(try await desks.run { try $0.suppressions(request.page) }) { $0.json }
                }),
            APIRoute(
                method: .post, path: "/suppressions", access: .scope(.manageConsent), id: "suppress",
                tag: "suppressions", summary: "Keep an address from being written to, whether a contact has it or not.",
                body: .json(
                    .object([
                        .needed("target", .word, "An address, or a contact's id."),
                        .optional("channel", Self.kinds, "Without it: do not contact, on any channel."),
                        .optional("reason", .choice(Self.reasons), "Without it: unsubscribe."),
                        .optional("marketing_only", .flag, "Transactional messages may still go."),
                        .needed("source", .text(1...500), Self.source),
                    ])),
                answers: [.ok("How many entries are new.", Self.entries)],
                problems: [404: ["unknown_contact"], 422: ["bad_address", "no_address"]], isRepeatable: true,
                handler: { try await suppress($0) }),
            APIRoute(
                method: .post, path: "/suppressions/lift", access: .scope(.manageConsent), id: "liftSuppression",
                tag: "suppressions", summary: "Take entries back, with a reason that is kept.",
                body: .json(
                    .object([
                        .needed("target", .word, "An address, or a contact's id."),
                        .optional("channel", Self.kinds, "Without it: the entries for every channel."),
                        .needed("because", .text(1...500), "Why."),
                    ])),
                answers: [.ok("How many entries there were.", Self.entries)],
                problems: [404: ["unknown_contact"], 422: ["bad_address", "no_address", "no_reason"]],
                isRepeatable: true, handler: { try await lift($0) }),
            APIRoute(
                method: .get, path: "/communication/contacts/{id}/preferences", access: .scope(.viewPersonalData),
                id: "getPreferences", tag: "preferences", summary: "How a person wants to be written to.",
                parameters: [.contact], answers: [.ok("The preferences.", ContactShapes.preferences)],
                problems: [404: ["unknown_contact"]],
                handler: { request in
                    APIReply(try await desks.run { try $0.sheet(of: request["id"]) }.preferences)
                }),
            APIRoute(
                method: .post, path: "/communication/contacts/{id}/preferences", access: .scope(.manageConsent),
                id: "updatePreferences", tag: "preferences",
                summary: "Write down how a person wants to be written to. What isn't said stays.",
                parameters: [.contact],
                body: .json(
                    .object([
                        .optional("preferred_channel", Self.kinds),
                        .optional("channels", .members(.flag), "Kind of channel: whether it may be used."),
                        .optional(
                            "topics_off",
                            .list(
                                .object([.needed("channel", Self.kinds), .needed("topic", .text(1...100))]),
                                most: 100), "Topics that the person wants no more of."),
                        .optional(
                            "do_not_contact", .flag,
                            "Nothing more, on any channel. Taken back by lifting a suppression."),
                        .optional("source", .text(1...500), Self.source),
                    ])),
                answers: [.ok("The preferences as they are now.", ContactShapes.preferences)],
                problems: [
                    404: ["unknown_contact"], 409: ["errors"], 422: ["refused", "unknown_channel", "no_address"],
                ],
                isRepeatable: true, handler: { try await prefer($0) }),
        ]
    }

    // MARK: Shapes

    private static let entries = Shape.object([.needed("target", .word), .needed("entries", .integer(0...1_000_000))])

    private static let standing = Shape.named(
        "ConsentStanding",
        .object([
            .needed("contact", .word), .needed("do_not_contact", .flag),
            .needed("consents", .list(ContactShapes.consent, most: 1_000)),
            .needed("suppressions", .list(ContactShapes.suppression, most: 1_000)),
            .needed("history", .list(.members(.anything), most: 1_000_000)),
        ]))

    // MARK: What they do

    private func show(_ request: APIRequest) async throws -> APIReply {
        APIReply(try await desks.run { try $0.sheet(of: request["contact"]) }.standing)
    }

    private func record(_ request: APIRequest) async throws -> APIReply {
        let body = request.document
        let (contact, channel) = (body["contact"]?.string ?? "", body["channel"]?.string ?? "")
        let source = body["source"]?.string ?? ""
        let at = body["at"]?.string.flatMap { ISOInstant.read($0) }
        guard body["action"]?.string == "granted" else {
            if let name = ["level", "at", "wording"].first(where: { body[$0] != nil }) {
                throw Problem(
                    status: .unprocessableContent, code: "only_granted", detail: "`\(name)` is of what was granted",
                    help: "what is taken back is taken back whole, and from now on: leave it out")
            }
            let sheet = try await desks.run {
                try $0.revoke(contact, channel: channel, source: source, actor: request.actor)
            }
            return APIReply(sheet.standing)
        }
        guard let level = body["level"]?.string.flatMap({ ConsentLevel(name: $0) }) else {
            throw Problem(
                status: .unprocessableContent, code: "no_level", detail: "`level` is missing",
                help: "soft_optin, express or express_written")
        }
        let sheet = try await desks.run { desk in
            if let at, at > desk.now {
                throw Problem(
                    status: .unprocessableContent, code: "bad_time", detail: "`at` has not come yet",
                    help: "consent is written down when it was given")
            }
            let consent = ConsentState(
                channel: channel, purpose: .marketing, level: level, givenAt: at ?? desk.now, source: source,
                wording: body["wording"]?.string)
            return try desk.record(consent, for: contact, actor: request.actor)
        }
        return APIReply(sheet.standing)
    }

    private func ask(_ request: APIRequest) async throws -> APIReply {
        let body = request.document
        let (contact, channel) = (body["contact"]?.string ?? "", body["channel"]?.string ?? "")
        let made = try await desks.run {
            try $0.requestOptIn(
                of: contact, channel: channel,
                level: body["level"]?.string.flatMap { ConsentLevel(name: $0) } ?? .express,
                source: body["source"]?.string ?? "", wording: body["wording"]?.string ?? "",
                days: body["days"]?.integer.map { Int($0) } ?? 14)
        }
        return APIReply(
            status: .created,
            [
                "contact": .string(made.contact), "channel": .string(channel), "link": .string(made.link),
                "expires_at": .string(ISOInstant.text(made.expiresAt)),
            ])
    }

    private func suppress(_ request: APIRequest) async throws -> APIReply {
        let body = request.document
        let target = body["target"]?.string ?? ""
        let word = "suppressed_" + (body["reason"]?.string ?? "unsubscribe")
        let reason = SuppressionReason.allCases.first { $0.code == word } ?? .unsubscribe
        let count = try await desks.run {
            try $0.suppress(
                target, channel: body["channel"]?.string, reason: reason,
                marketingOnly: body["marketing_only"]?.flag ?? false, source: body["source"]?.string ?? "",
                actor: request.actor)
        }
        return APIReply(["target": .string(target), "entries": JSON(count)])
    }

    private func lift(_ request: APIRequest) async throws -> APIReply {
        let body = request.document
        let target = body["target"]?.string ?? ""
        let count = try await desks.run {
            try $0.unsuppress(
                target, channel: body["channel"]?.string, because: body["because"]?.string ?? "",
                actor: request.actor)
        }
        return APIReply(["target": .string(target), "entries": JSON(count)])
    }

    private func prefer(_ request: APIRequest) async throws -> APIReply {
        let body = request.document
        var change = ServiceDesk.PreferenceChange()
        change.preferredChannel = body["preferred_channel"]?.string
        change.doNotContact = body["do_not_contact"]?.flag ?? false
        for entry in body["channels"]?.entries ?? [] {
            guard Catalog.channelKinds.contains(entry.key) else {
                throw Problem(
                    status: .unprocessableContent, code: "unknown_channel",
                    detail: "there is no kind of channel `\(entry.key)`",
                    help: Catalog.channelKinds.joined(separator: ", "))
            }
            change.channels.append((entry.key, entry.value.flag ?? false))
        }
        for item in body["topics_off"]?.items ?? [] {
            change.topicsOff.append((item["channel"]?.string ?? "", item["topic"]?.string ?? ""))
        }
        let sheet = try await desks.run { [change] in
            try $0.change(
                preferencesOf: request["id"], change, source: body["source"]?.string ?? "API", actor: request.actor)
        }
        return APIReply(sheet.preferences)
    }
}

extension ContactSheet {
    fileprivate var standing: JSON {
        [
            "contact": .string(externalID), "do_not_contact": JSON(doNotContact),
            "consents": .array(consents.map(\.json)), "suppressions": .array(suppressions.map(\.json)),
            "history": .array(history.map(\.json)),
        ]
    }

    fileprivate var preferences: JSON {
        [
            "contact": .string(externalID),
            "preferred_channel": JSON(attributes.first { $0.name == "preferred_channel" }?.value),
            "channels": .object(permissions.map { JSON.Entry(key: $0.channel, value: JSON($0.isAllowed)) }),
            "do_not_contact": JSON(doNotContact),
            "topics_off": .array(
                topicsOff.map {
                    ["channel": .string($0.channel), "topic": .string($0.topic), "at": .string(ISOInstant.text($0.at))]
                }),
            "consents": .array(consents.map(\.json)),
        ]
    }
}
