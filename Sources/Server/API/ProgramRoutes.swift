import HTTPTypes
import Runner

/// Programs, campaigns and segments.
struct ProgramRoutes: Sendable {
    let desks: DeskPool

    private static let unknown = [404: ["unknown_program"], 409: ["errors"]]

    var routes: [APIRoute] {
        [
            APIRoute(
                method: .get, path: "/programs", access: .scope(.viewReports), id: "listPrograms", tag: "programs",
                summary: "Every campaign, sequence and rule of the project.",
                answers: [.ok("All of them.", .object([.needed("items", .list(Self.entry, most: 100_000))]))],
                problems: [409: ["errors"]],
                handler: { request in
                    let limits = request.caller.limits
                    let items = try await desks.run { try $0.programs() }
                    return APIReply(["items": .array(items.filter { limits.allows(program: $0["id"]?.string) })])
                }),
            read("", "getProgram", "Show one program with its file.", Self.program) { try $0.program($1["id"]) },
            read("/explain", "explainProgram", "Tell in plain sentences what it does.", Self.explanation) {
                try $0.explanation(of: $1["id"])
            },
            read(
                "/graph", "drawProgram", "Draw what it compiles to.", Self.drawing,
                [.query("format", .choice(ServiceDesk.DrawingForm.allCases.map(\.rawValue)), "Without it mermaid.")]
            ) { desk, request in
                let form = request.parameters["format"].flatMap { ServiceDesk.DrawingForm(rawValue: $0) }
                return try desk.drawing(of: request["id"], as: form ?? .mermaid)
            },
            APIRoute(
                method: .post, path: "/programs/check", access: .scope(.manageCampaigns), id: "checkPrograms",
                tag: "programs", summary: "Check the project with these files in the place of its own. Keeps nothing.",
                body: .json(
                    .object([
                        .needed(
                            "files",
                            .list(
                                .object([.needed("path", .text(1...300)), .needed("text", .text(0...1_000_000))]),
                                most: 200))
                    ])),
                answers: [.ok("What the compiler says.", Self.checked)],
                handler: { request in
                    let files = request.document["files"]?.items.map {
                        (path: $0["path"]?.string ?? "", text: $0["text"]?.string ?? "")
                    }
                    return APIReply(try await desks.run { try $0.check(files ?? []) })
                }),
            APIRoute(
                method: .post, path: "/programs/{id}/plan", access: .scope(.viewPersonalData), id: "planProgram",
                tag: "programs", summary: "Who would get it, who would not and why, and what it would cost.",
                parameters: [
                    .program, .query("samples", .integer(0...20), "How many messages to show; without it 2."),
                ],
                answers: [.ok("The plan; nothing was written.", Self.plan)],
                problems: Self.unknown.merging([503: ["channel", "time_zone"]]) { $1 },
                handler: { request in
                    let samples = request.integer("samples") ?? 2
                    return APIReply(try await desks.run { try $0.plan(request["id"], samples: samples) })
                }),
            APIRoute(
                method: .post, path: "/programs/{id}/activate", access: .scope(.manageCampaigns),
                id: "activateProgram", tag: "programs", summary: "Let a sequence or rule take people in.",
                parameters: [.program],
                answers: [
                    .ok(
                        "What became of it.",
                        .object([
                            .needed("id", .word),
                            .needed("outcome", .choice(["activated", "replaced", "unchanged"])),
                            .needed("inside", Self.count, "Who is in the version before."),
                        ]))
                ],
                problems: [
                    403: ["may_not_send"], 404: ["unknown_program"],
                    409: ["errors", "campaign", "not_approved", "no_endpoint", "endpoint_address", "endpoint_secret"],
                ],
                isRepeatable: true,
                handler: { request in
                    APIReply(try await desks.run { try $0.activate(request["id"], by: request.caller) })
                }),
            order(.pause, "pauseProgram", "Let it begin nothing new until it is resumed."),
            order(.resume, "resumeProgram", "Let what was paused go on."),
            order(.kill, "killProgram", "End it at once, for good."),
        ] + campaigns
    }

    private var campaigns: [APIRoute] {
        [
            APIRoute(
                method: .get, path: "/campaigns", access: .scope(.viewReports), id: "listCampaigns", tag: "campaigns",
                summary: "Launches of campaigns, the newest first.",
                parameters: Parameter.paging(.spelled(.launchCursor)),
                answers: [.ok("A page of launches.", .page(of: Self.launch))],
                problems: [422: ["bad_cursor"]],
                handler: { request in
                    let programs = request.caller.limits.programs
                    return APIReply(try await desks.run { try $0.campaigns(request.page, only: programs) }) { $0 }
                }),
            APIRoute(
                method: .get, path: "/campaigns/{id}", access: .scope(.viewReports), id: "getCampaign",
                tag: "campaigns", summary: "Where its newest launch stands, in counts that add up.",
                parameters: [.program], answers: [.ok("The campaign.", Self.campaign)],
                problems: [404: ["unknown_campaign"]],
                handler: { request in APIReply(try await desks.run { try $0.campaign(request["id"]) }) }),
            APIRoute(
                method: .get, path: "/campaigns/{id}/recipients", access: .scope(.viewReports), id: "listRecipients",
                tag: "campaigns", summary: "Who is in its newest launch, and what became of each.",
                parameters: [
                    .program, .query("status", .choice(DeliveryState.allCases.map(\.name)), "Only these."),
                ] + Parameter.paging,
                answers: [.ok("A page of recipients.", .page(of: LedgerRoutes.delivery))],
                problems: [404: ["unknown_campaign"]], handler: { try await recipients($0) }),
            APIRoute(
                method: .get, path: "/campaigns/{id}/recipients.csv", access: .scope(.importExport),
                id: "exportRecipients", tag: "campaigns", summary: "All recipients of its newest launch as CSV.",
                parameters: [.program],
                answers: [APIRoute.Answer(status: 200, about: "A line each.", shape: .words, type: "text/csv")],
                problems: [404: ["unknown_campaign"]],
                handler: { request in
                    let text = try await desks.run { try $0.recipientsCSV(of: request["id"]) }
                    return APIReply(text, type: "text/csv; charset=utf-8")
                }),
            APIRoute(
                method: .get, path: "/segments/{id}/preview", access: .scope(.viewPersonalData), id: "previewSegment",
                tag: "segments", summary: "How many contacts it holds now, and some of them.",
                parameters: [
                    .path("id", "The segment's id."), .query("limit", .integer(0...200), "How many; without it 20."),
                ],
                answers: [
                    .ok(
                        "The segment.",
                        .object([
                            .needed("id", .word), .needed("about", Shape.words.orNull), .needed("count", Self.count),
                            .needed("contacts", .list(.words, most: 200)),
                        ]))
                ],
                problems: [404: ["unknown_segment"], 409: ["errors"]],
                handler: { request in
                    let limit = request.integer("limit") ?? 20
                    let found = try await desks.run { try $0.preview(segment: request["id"], limit: limit) }
                    return APIReply([
                        "id": .string(request["id"]), "about": JSON(found.about), "count": JSON(found.count),
                        "contacts": JSON(found.contacts),
                    ])
                }),
        ]
    }

    private func read(
        _ path: String, _ id: String, _ summary: String, _ shape: Shape, _ parameters: [Parameter] = [],
        _ work: @escaping @Sendable (ServiceDesk, APIRequest) throws -> JSON
    ) -> APIRoute {
        APIRoute(
            method: .get, path: "/programs/{id}" + path, access: .scope(.viewReports), id: id, tag: "programs",
            summary: summary, parameters: [.program] + parameters, answers: [.ok("The program.", shape)],
            problems: Self.unknown,
            handler: { request in APIReply(try await desks.run { try work($0, request) }) })
    }

    private func order(_ order: ServiceDesk.Order, _ id: String, _ summary: String) -> APIRoute {
        APIRoute(
            method: .post, path: "/programs/{id}/" + order.rawValue,
            access: order == .kill ? .any([.operate, .kill]) : .scope(.operate), id: id,
            tag: "programs", summary: summary, parameters: [.program],
            answers: [
                .ok(
                    "As it is now.",
                    .object([
                        .needed("id", .word), .needed("state", .word), .needed("inside", Self.count),
                        .needed("cancelled", Self.count, "Messages that will not be sent."),
                    ]))
            ],
            problems: [
                403: order == .resume ? ["may_not_send"] : [], 404: ["not_found"],
                409: ["scheduled", "planning", "running", "paused", "finished", "cancelled", "killed"],
            ],
            isRepeatable: true,
            handler: { request in
                APIReply(try await desks.run { try $0.order(order, request["id"], by: request.caller) })
            })
    }

    private func recipients(_ request: APIRequest) async throws -> APIReply {
        let (page, sealer) = try await desks.run { desk in
            var search = DeliverySearch()
            search.launch = try desk.launch(of: request["id"])
            search.state = request.parameters["status"].flatMap { name in
                DeliveryState.allCases.first { $0.name == name }
            }
            return (try desk.deliveries(search, request.page), desk.sealer)
        }
        return APIReply(page) { $0.json(sealer, showsPersonal: request.showsPersonal) }
    }
}

// MARK: Shapes

extension ProgramRoutes {
    fileprivate static let count = Shape.integer(0...(.max))

    private static let head: [Shape.Member] = [
        .needed("id", .word), .needed("kind", .choice(["campaign", "sequence", "rule"])),
        .needed("about", Shape.words.orNull), .needed("purpose", .word),
        .needed("state", .word, "Of its newest launch; `draft` without one."), .needed("since", Shape.instant.orNull),
        .needed("note", Shape.words.orNull, "Why it is paused, or who ended it."),
        .needed("started_by", Shape.words.orNull, "Who answers for it: with their rights it goes on."),
    ]

    fileprivate static let entry = Shape.named("ProgramEntry", .object(head))

    fileprivate static let program = Shape.named(
        "Program",
        .object(
            head + [
                .needed("version", .word, "Of the file as it is now."), .needed("live_version", Shape.words.orNull),
                .needed("file", .words), .needed("source", .text(0...1_100_000)),
            ]))

    fileprivate static let explanation = Shape.named(
        "Explanation",
        .object([
            .needed("id", .word), .needed("title", .words), .needed("about", Shape.words.orNull),
            .needed(
                "chapters",
                .list(
                    .object([
                        .needed("title", .words), .needed("sentences", .list(.members(.anything), most: 100_000)),
                    ]), most: 100)),
        ]))

    fileprivate static let drawing = Shape.named(
        "Drawing",
        .object([
            .needed("id", .word), .needed("version", .word), .needed("nodes", count), .needed("format", .word),
            .needed("graph", .text(0...10_000_000)),
        ]))

    static let checked = Shape.named(
        "Findings",
        .object([
            .needed("diagnostics", .list(.members(.anything), most: 100_000)), .needed("errors", count),
            .needed("warnings", count),
        ]))

    /// Of a campaign the keys of `carillon plan --json`; of a journey who is inside.
    fileprivate static let plan = Shape.named("Plan", .members(.anything))

    fileprivate static let launch = Shape.named(
        "Launch",
        .object([
            .needed("id", .word), .needed("launch", count), .needed("state", states), .needed("channel", .words),
            .needed("version", .word), .needed("created_at", .instant), .needed("starts_at", Shape.instant.orNull),
            .needed("finished_at", Shape.instant.orNull), .needed("note", Shape.words.orNull),
        ]))

    private static let states = Shape.choice(["DRAFT", "SCHEDULED", "RUNNING", "PAUSED", "COMPLETED", "CANCELLED"])

    private static let counts: [Shape.Member] = [
        "audience", "accepted", "rejected", "failed", "cancelled", "expired", "unknown_final", "open", "uncertain",
        "delivered", "read", "opened", "clicked",
    ].map { .optional($0, count) }

    private static let campaignHead: [Shape.Member] = [
        .needed("id", .word), .needed("state", states), .needed("launch", count.orNull),
        .optional("runner_state", .word), .optional("version", .word), .optional("channel", .words),
        .optional("skipped", .members(count)), .optional("held", .members(count)),
        .optional("reasons", .members(count)), .optional("actual_cost", .money),
        .optional("created_at", .instant), .optional("finished_at", Shape.instant.orNull),
        .optional("note", Shape.words.orNull),
    ]

    fileprivate static let campaign = Shape.named("Campaign", .object(campaignHead + counts))
}
