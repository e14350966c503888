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
                method: .post, path: "/events", access: .scope(.triggerEvents),
                about: APIRoute.Documentation(
                    id: "sendEvents", summary: "Write down what happened to contacts.",
                    request: [
                        ("application/json", ["oneOf": .array([OpenAPI.event, OpenAPI.list(of: OpenAPI.event)])]),
                        ("application/x-ndjson", ["type": "string"]),
                        ("application/cloudevents+json", OpenAPI.cloudEvent),
                        ("application/cloudevents-batch+json", OpenAPI.list(of: OpenAPI.cloudEvent)),
                    ],
                    responses: [
                        (202, "What became of each, in their order.", OpenAPI.eventOutcomes),
                        (400, "The body can't be read.", OpenAPI.problem),
                        (415, "The content type is none of these.", OpenAPI.problem),
                        (422, "None was taken.", OpenAPI.problem),
                    ]),
                handler: { try await take($0) })
        ]
    }

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
            body: [
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
                "outcome": "refused", "code": .string(refusal.reason.rawValue), "detail": .string(refusal.message),
                "help": .string(refusal.help),
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
