import HTTPTypes
import RuleEngine
import Runner

/// Messages that come at times: once, daily, weekly, monthly.
struct ScheduleRoutes: Sendable {
    let messages: MessageRoutes
    let desk: DeskPool

    private static let base = "/scheduled-messages"
    private static let id = Parameter.path("id", "What `scheduleMessage` gave.")
    private static let missing = [404: ["unknown_scheduled_message", "unknown_channel"], 409: ["errors", "ended"]]

    var routes: [APIRoute] {
        [
            APIRoute(
                method: .post, path: Self.base, access: .sending, id: "scheduleMessage", tag: "messages",
                summary: "Let a message come at a time, or again and again.", body: .json(Self.request),
                answers: [APIRoute.Answer(status: 201, about: "The scheduled message.", shape: Self.scheduled)],
                problems: [
                    404: ["unknown_channel", "unknown_template", "unknown_contact", "unknown_lead"],
                    409: ["errors", "other_person"],
                    422: [
                        "bad_schedule", "bad_message", "bad_address", "bad_time", "refused", "unused_variable",
                        "no_text",
                        "bad_delimiters",
                    ],
                    503: ["time_zone"],
                ],
                isRepeatable: true, handler: { try await schedule($0) }),
            APIRoute(
                method: .get, path: Self.base, access: .scope(.viewReports), id: "listScheduledMessages",
                tag: "messages", summary: "Messages that come at times, the newest first.",
                parameters: [
                    .query("contact", .word, "Only to this one."),
                    .query("state", .choice(ScheduledMessage.State.allCases.map(\.rawValue)), "Only in this state."),
                ] + Parameter.paging,
                answers: [.ok("A page of them.", .page(of: Self.scheduled))], problems: [404: ["unknown_contact"]],
                handler: { request in
                    let state = request.parameters["state"].flatMap { ScheduledMessage.State(rawValue: $0) }
                    let page = try await desk.run {
                        try MessageDesk($0).scheduled(
                            contact: request.parameters["contact"], state: state, request.page)
                    }
                    return APIReply(page, \.json)
                }),
            APIRoute(
                method: .get, path: Self.base + "/{id}", access: .scope(.viewReports), id: "getScheduledMessage",
                tag: "messages", summary: "Show one of them.", parameters: [Self.id],
                answers: [.ok("The scheduled message.", Self.scheduled)],
                problems: [404: ["unknown_scheduled_message"]],
                handler: { request in
                    APIReply(try await desk.run { try MessageDesk($0).scheduled(request["id"]).json })
                }),
            order("pause", "pauseScheduledMessage", "Let it rest until it is resumed.", .paused),
            order("resume", "resumeScheduledMessage", "Let it go on; what it missed does not come after all.", .active),
            order("end", "endScheduledMessage", "End it, for good.", .ended),
        ]
    }

    private func order(
        _ word: String, _ id: String, _ summary: String, _ state: ScheduledMessage.State
    ) -> APIRoute {
        APIRoute(
            method: .post, path: Self.base + "/{id}/" + word, access: .sending, id: id, tag: "messages",
            summary: summary, parameters: [Self.id], answers: [.ok("The scheduled message.", Self.scheduled)],
            problems: Self.missing.merging([422: ["bad_schedule"]]) { $1 }, isRepeatable: true,
            handler: { request in
                let found = try await desk.run { try MessageDesk($0).scheduled(request["id"]) }
                try await messages.allow(request, on: found.request.channel)
                return APIReply(
                    try await desk.run { try MessageDesk($0).set(state, of: request["id"], by: request.caller).json })
            })
    }

    // MARK: Shapes

    private static let rhythm = Shape.object([
        .needed("rhythm", .choice(MessageRhythm.Kind.allCases.map(\.rawValue))),
        .needed("time", .text(4...5), "`09:30`."),
        .optional("days", .text(3...40), "With `weekly`: `mon-fri`, `sat, sun`."),
        .optional("day", .integer(1...31), "With `monthly`; a shorter month takes its last day."),
        .optional("date", .day, "With `once`."), .needed("zone", .text(1...64), "`Europe/Berlin`."),
        .optional("until", .day, "The last day."),
    ])

    private static let request = Shape.named(
        "ScheduledMessageRequest",
        .object([
            .needed("schedule", rhythm),
            .needed("message", MessageRoutes.untimed, "As `sendMessage` takes it, without `scheduled_at`."),
        ]))

    private static let scheduled = Shape.named(
        "ScheduledMessage",
        .object([
            .needed("id", .word), .needed("state", .choice(ScheduledMessage.State.allCases.map(\.rawValue))),
            .needed("schedule", .members(.anything)), .needed("channel", .word), .needed("contact", Shape.words.orNull),
            .needed("lead", Shape.words.orNull), .needed("template", Shape.words.orNull), .needed("type", .word),
            .needed("next_at", Shape.instant.orNull), .needed("last_at", Shape.instant.orNull),
            .needed("sent", .integer(0...(.max))),
            .needed("problem", Shape.words.orNull, "Why the last one was not sent."),
            .needed("created_at", .instant), .needed("asked_by", .words),
        ]))

    private func schedule(_ request: APIRequest) async throws -> APIReply {
        let body = request.document
        let message = body["message"] ?? .null
        let wanted = try MessageRoutes.read(message, actor: request.actor)
        try await messages.allow(request, on: wanted.channel)
        let rhythm = Self.rhythm(of: body["schedule"] ?? .null)
        let answer: @Sendable (ScheduledMessage) -> APIReply = { APIReply(status: .created, $0.json) }
        let name = request.claimed
        return answer(
            try await desk.run { desk in
                try MessageDesk(desk).schedule(
                    wanted, rhythm, answering: name.map { name in (name: name, answer: { answer($0).kept }) })
            })
    }

    private static func rhythm(of json: JSON) -> MessageRhythm {
        var rhythm = MessageRhythm(
            kind: json["rhythm"]?.string.flatMap { MessageRhythm.Kind(rawValue: $0) } ?? .once,
            time: json["time"]?.string ?? "", zone: json["zone"]?.string ?? "")
        rhythm.days = json["days"]?.string
        rhythm.day = json["day"]?.integer.map { Int($0) }
        rhythm.date = json["date"]?.string
        rhythm.until = json["until"]?.string
        return rhythm
    }
}
