import HTTPTypes
import Hummingbird
import HummingbirdCore
import Runner

/// `POST /events`: one event, a list, lines, or CloudEvents in their three forms. Answered only when what was taken is on
/// disk, so that whoever gets no answer may send again.
struct EventRoutes: Sendable {
    private static let mostEvents = 1_000

    private let desk: GroupingThread<EventPosting, [EventDesk.Outcome]>

    init(service: APIService) {
        desk = GroupingThread(limit: 5_000, groupLimit: 500, work: service.takeEvents)
    }

    var routes: [APIRoute] {
        [
            APIRoute(
                method: .post, path: "/events", access: .scope(.triggerEvents), id: "sendEvents", tag: "events",
                summary: "Write down what happened to contacts.",
                body: .raw(
                    [
                        ("application/json", .either([Self.event, .list(Self.event, most: Self.mostEvents)])),
                        ("application/x-ndjson", .words), ("application/cloudevents+json", Self.cloudEvent),
                        ("application/cloudevents-batch+json", .list(Self.cloudEvent, most: Self.mostEvents)),
                    ], limit: 1 << 20),
                answers: [
                    APIRoute.Answer(
                        status: 202, about: "What became of each, in their order.", shape: Self.outcomes)
                ],
                problems: [
                    400: ["malformed", "no_cloud_event"], 413: ["too_many"],
                    422: EventRefusal.Reason.allCases.map(\.rawValue) + ["all_refused"],
                ],
                handler: { try await take($0) })
        ]
    }

    // MARK: Shapes

    private static let event = Shape.named(
        "Event",
        .object([
            .needed("contact", .word, "The contact's id, or an address."),
            .needed("event", .word, "An event of the schema."),
            .optional("at", .instant, "Without it: now."),
            .optional("id", .word, "The sender's own; what came before is taken once."),
            .optional("fields", .members(.anything)),
        ]))

    private static let cloudEvent = Shape.named(
        "CloudEvent",
        .ruled(
            .members(.anything),
            [
                .having("specversion", "type", "source", "id", "subject"),
                .members([
                    "specversion": ["type": "string", "pattern": "^1\\."], "type": ["type": "string", "minLength": 1],
                    "source": ["type": "string"], "id": ["type": "string"],
                    "subject": ["type": "string", "minLength": 1],
                ]),
            ]))

    private static let outcomes = Shape.named(
        "EventOutcomes",
        .object([
            .needed("appended", .integer(0...1_000)), .needed("repeated", .integer(0...1_000)),
            .needed("refused", .integer(0...1_000)),
            .needed(
                "events",
                .list(
                    .object([
                        .needed("outcome", .choice(["appended", "repeated", "refused"])),
                        .optional("programs", .list(.word, most: 10_000)), .optional("code", .word),
                        .optional("detail", .words), .optional("help", .words),
                    ]), most: mostEvents)),
        ]))

    private func take(_ request: APIRequest) async throws -> APIReply {
        let posting = try posting(of: request)
        guard posting.events.count <= Self.mostEvents else {
            throw Problem(
                status: .contentTooLarge, code: "too_many", detail: "there are more than \(Self.mostEvents) events",
                help: "send them in several requests")
        }
        let outcomes = try await desk.run(posting)
        if posting.isSingle, case .refused(let refusal)? = outcomes.first {
            throw Problem(
                status: .unprocessableContent, code: refusal.reason.rawValue, detail: refusal.message,
                help: refusal.help)
        }
        let counts = EventCounts(outcomes)
        guard counts.appended + counts.repeated > 0 || outcomes.isEmpty else {
            throw Problem(
                status: .unprocessableContent, code: "all_refused", detail: "none of the events was taken",
                help: counts.firstHelp)
        }
        return APIReply(
            status: .accepted,
            [
                "appended": JSON(counts.appended), "repeated": JSON(counts.repeated), "refused": JSON(counts.refused),
                "events": .array(outcomes.map(json)),
            ])
    }

    private func posting(of request: APIRequest) throws(Problem) -> EventPosting {
        var attributes: [String: String] = [:]
        for field in request.headers where field.name.canonicalName.hasPrefix("ce-") {
            attributes[String(field.name.canonicalName.dropFirst(3))] = field.value
        }
        do throws(EventPosting.Fault) {
            return try EventPosting(type: request.contentType, attributes: attributes, body: request.body)
        } catch {
            throw Problem(error)
        }
    }

    private func json(_ outcome: EventDesk.Outcome) -> JSON {
        switch outcome {
        case .appended(let programs): ["outcome": "appended", "programs": JSON(programs)]
        case .repeated: ["outcome": "repeated"]
        case .refused(let refusal):
            [
                "outcome": "refused", "code": .string(refusal.reason.rawValue),
                "detail": .string(Problem.shown(refusal.message)), "help": .string(Problem.shown(refusal.help)),
            ]
        }
    }
}

private struct EventCounts {
    var appended = 0
    var repeated = 0
    var refused = 0
    var firstHelp: String?

    init(_ outcomes: [EventDesk.Outcome]) {
        for outcome in outcomes {
            switch outcome {
            case .appended: appended += 1
            case .repeated: repeated += 1
            case .refused(let refusal):
                refused += 1
                firstHelp = firstHelp ?? "the first: \(refusal.message); \(refusal.help)"
            }
        }
    }
}

extension Problem {
    fileprivate init(_ fault: EventPosting.Fault) {
        switch fault {
        case .unknownType:
            self.init(
                status: .unsupportedMediaType, code: "unknown_type",
                detail: "the content type is none that events come in",
                help: "application/json, application/x-ndjson, application/cloudevents+json, "
                    + "application/cloudevents-batch+json")
        case .malformed: self = .malformed
        case .noBatch:
            self.init(
                status: .badRequest, code: "malformed", detail: "a batch of CloudEvents is a list",
                help: "write `[{…}, {…}]`")
        case .noCloudEvent:
            self.init(
                status: .badRequest, code: "no_cloud_event", detail: "this is no CloudEvent of version 1",
                help: "`specversion`, `id`, `source` and `type` are needed; `subject` names the contact")
        }
    }
}
