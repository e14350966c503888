import HTTPTypes
import RuleEngine
import Runner

/// Deliveries, runs and daily figures.
struct LedgerRoutes: Sendable {
    let desks: DeskPool

    var routes: [APIRoute] {
        [
            APIRoute(
                method: .get, path: "/deliveries", access: .scope(.viewReports), id: "findDeliveries",
                tag: "deliveries", summary: "Find messages, sent or not.",
                parameters: [
                    .query("program", .word, "Of this program."), .query("contact", .word, "To this contact."),
                    .query("status", .choice(DeliveryState.allCases.map(\.name)), "In this state of the ledger."),
                    .query("channel", .word, "By this channel."),
                ] + Parameter.paging,
                answers: [.ok("A page of messages.", .page(of: Self.delivery))], problems: [404: ["unknown_contact"]],
                handler: { try await find($0) }),
            APIRoute(
                method: .get, path: "/deliveries/{id}", access: .scope(.viewReports), id: "getDelivery",
                tag: "deliveries", summary: "Show one message.",
                parameters: [.path("id", "As the list gives it.")],
                answers: [.ok("The message.", Self.delivery)], problems: [404: ["unknown_delivery"]],
                handler: { request in
                    let found = try await desks.run { desk in (try Self.delivery(of: request, desk), desk.sealer) }
                    return APIReply(found.0.json(found.1, showsPersonal: request.showsPersonal))
                }),
            APIRoute(
                method: .get, path: "/deliveries/{id}/why", access: .scope(.viewReports), id: "explainDelivery",
                tag: "deliveries", summary: "Tell why it was sent or not, with the values that decided.",
                parameters: [.path("id", "As the list gives it.")], answers: [.ok("The account.", Self.account)],
                problems: [404: ["unknown_delivery"], 503: ["time_zone"]],
                handler: { request in
                    let report = try await desks.run {
                        try $0.why(Self.delivery(of: request, $0), showsPersonal: request.showsPersonal)
                    }
                    return APIReply(report)
                }),
            APIRoute(
                method: .get, path: "/deliveries/{id}/message", access: .scope(.viewPersonalData),
                id: "getDeliveredMessage", tag: "deliveries",
                summary: "Show what the person got, byte for byte, whatever the template and the contact say by now.",
                parameters: [.path("id", "As the list gives it.")],
                answers: [.ok("The message, or why nothing is kept of it.", Self.sentMessage)],
                problems: [404: ["unknown_delivery"]],
                handler: { request in
                    let (message, sealer) = try await desks.run { desk in
                        (try desk.message(of: Self.delivery(of: request, desk)), desk.sealer)
                    }
                    return APIReply(message.json(sealer))
                }),
            APIRoute(
                method: .get, path: "/runs", access: .scope(.viewReports), id: "findRuns", tag: "runs",
                summary: "Find who is, or was, where in sequences and rules.",
                parameters: [
                    .query("program", .word, "Of this program."), .query("contact", .word, "Of this contact."),
                    .query("state", .choice(["open", "ended"]), "Only these."),
                ] + Parameter.paging,
                answers: [.ok("A page of runs.", .page(of: Self.run))], problems: [404: ["unknown_contact"]],
                handler: { request in
                    let state = request.parameters["state"].map { $0 == "open" }
                    let page = try await desks.run {
                        try $0.runs(
                            of: request.parameters["program"], contact: request.parameters["contact"], isOpen: state,
                            request.page)
                    }
                    return APIReply(page) { $0.json }
                }),
            APIRoute(
                method: .get, path: "/communication/stats", access: .scope(.viewReports), id: "getStatistics",
                tag: "statistics", summary: "Figures by day and channel, from the ledger.",
                parameters: [
                    .query("start_date", .day, "The first day; without it 29 days before the last."),
                    .query("end_date", .day, "The last day, on the project's clock; without it today."),
                    .query("channel", .word, "Only this channel."),
                ],
                answers: [.ok("Days with messages, in their order.", Self.statistics)],
                problems: [409: ["errors"], 422: ["bad_days"], 503: ["time_zone"]],
                handler: { try await statistics($0) }),
        ]
    }

    /// Of a program that the caller may ask for.
    private static func delivery(of request: APIRequest, _ desk: ServiceDesk) throws -> FoundDelivery {
        let found = try desk.delivery(request["id"])
        guard request.caller.limits.allows(program: found.program) else { throw Problem(.program(found.program)) }
        return found
    }

    private func find(_ request: APIRequest) async throws -> APIReply {
        let (page, sealer) = try await desks.run { desk in
            var search = DeliverySearch()
            search.program = request.parameters["program"]
            search.contact = try request.parameters["contact"].map { try desk.key(of: $0) }
            search.state = request.parameters["status"].flatMap { name in
                DeliveryState.allCases.first { $0.name == name }
            }
            search.channel = request.parameters["channel"]
            return (try desk.deliveries(search, request.page), desk.sealer)
        }
        return APIReply(page) { $0.json(sealer, showsPersonal: request.showsPersonal) }
    }

    private func statistics(_ request: APIRequest) async throws -> APIReply {
        let channel = request.parameters["channel"]
        let (days, rows) = try await desks.run { desk in
            let last = try request.parameters["end_date"].flatMap { ISODay.read($0) } ?? desk.today()
            let first = request.parameters["start_date"].flatMap { ISODay.read($0) } ?? last - 29
            guard first <= last, last - first < 400 else {
                throw Problem(
                    status: .unprocessableContent, code: "bad_days",
                    detail: "from \(ISODay.text(first)) to \(ISODay.text(last)) are no days in order",
                    help: "`start_date` lies before `end_date`, and at most 400 days before it")
            }
            return (first...last, try desk.channelDays(first...last))
        }
        return APIReply([
            "start_date": .string(ISODay.text(days.lowerBound)), "end_date": .string(ISODay.text(days.upperBound)),
            "days": .array(rows.filter { channel == nil || $0.channel == channel }.map(\.json)),
        ])
    }

    // MARK: Shapes

    private static let count = Shape.integer(0...(.max))

    static let delivery = Shape.named(
        "Delivery",
        .object([
            .needed("id", .word), .needed("program", .word), .needed("launch", count), .needed("contact", .words),
            .needed("channel", .words), .needed("address", Shape.words.orNull, "For keys with `can_view_pii`."),
            .needed("status", .word, "The ledger's own word."),
            .needed(
                "recipient_status",
                .choice(["PENDING", "SENT", "DELIVERED", "READ", "FAILED", "BOUNCED", "SKIPPED"])),
            .needed("reason", Shape.words.orNull), .needed("provider_id", Shape.words.orNull),
            .needed("attempts", count), .needed("cost", .money), .needed("created_at", .instant),
            .needed("accepted_at", Shape.instant.orNull), .needed("not_before", Shape.instant.orNull),
            .needed("told", Shape.list(.word, most: 10).orNull, "What the provider told since."),
        ]))

    private static let sentMessage = Shape.named(
        "KeptMessage",
        .object([
            .needed("id", .word), .needed("program", .word), .needed("contact", .words), .needed("channel", .words),
            .needed("kind", .word), .needed("address", Shape.words.orNull), .needed("status", .word),
            .needed("sent_at", Shape.instant.orNull), .needed("accepted_at", Shape.instant.orNull),
            .needed(
                "kept", .choice(["kept", "not_sent", "older", "removed", "erased", "damaged"]),
                "Whether it is there, or why not."),
            .needed("message", said.orNull, "As it was handed to the channel."),
        ]))

    private static let said = Shape.named(
        "KeptTexts",
        .object([
            .needed("subject", Shape.words.orNull), .needed("text", Shape.words.orNull),
            .needed("html", Shape.words.orNull),
            .needed(
                "media",
                Shape.object([
                    .needed("kind", .word), .needed("url", Shape.words.orNull),
                    .needed("stored_as", Shape.words.orNull), .needed("name", Shape.words.orNull),
                ]).orNull),
            .needed(
                "location",
                Shape.object([
                    .needed("latitude", .number), .needed("longitude", .number),
                    .needed("label", Shape.words.orNull),
                ]).orNull),
            .needed("attachments", .list(.words, most: 100), "Names; what was in them is not kept."),
            .needed(
                "buttons",
                .list(
                    .object([
                        .needed("title", .words), .needed("reply", Shape.words.orNull),
                        .needed("opens", Shape.words.orNull),
                    ]), most: 100)),
            .needed(
                "approved",
                Shape.object([
                    .needed("name", .words), .needed("language", .words),
                    .needed("values", .list(.words, most: 1_000)),
                ]).orNull),
        ]))

    private static let account = Shape.named(
        "Account",
        .object([
            .needed("program", .word), .needed("contact", .words), .needed("outcome", .word),
            .needed("reason", Shape.words.orNull), .needed("summary", .words),
            .needed("steps", .list(.members(.anything), most: 100_000)),
            .needed("would_send_if", Shape.list(.words, most: 100).orNull),
        ]))

    private static let run = Shape.named(
        "Run",
        .object([
            .needed("program", .word), .needed("contact", .words), .needed("run", count), .needed("node", count),
            .needed("state", .choice(["open", "ended"])), .needed("due", Shape.instant.orNull),
            .needed("begun_at", .instant), .needed("ended_at", Shape.instant.orNull),
            .needed("ending", Shape.words.orNull),
        ]))

    private static let statistics = Shape.named(
        "Statistics",
        .object([
            .needed("start_date", .day), .needed("end_date", .day),
            .needed(
                "days",
                .list(
                    .object([
                        .needed("date", .day), .needed("channel", .words), .needed("total", count, "Tried."),
                        .needed("sent", count, "Taken by the provider."), .needed("delivered", count),
                        .needed("failed", count), .needed("read", count), .needed("cost", .money),
                        .needed("engagement_rate", Shape.number.orNull, "Read of delivered."),
                        .needed("unique_recipients", count),
                        .needed("response_time_seconds", Shape.integer(0...(.max)).orNull, "On average."),
                    ]), most: 100_000)),
        ]))
}
