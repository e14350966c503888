import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import Runner

/// `/api/v1`: asks for the key, its scope and the body, and gives every answer one form.
struct APIRoutes: Sendable {
    static let base = "/api/v1"
    private static let bodyLimit = 1 << 20
    private static let bodyTimeout = Duration.seconds(20)

    private let service: APIService
    private let routes: [APIRoute]
    private let keyThread = BlockingThread(limit: 100)
    private let logger: Logger

    init(service: APIService, logger: Logger) {
        self.service = service
        self.logger = logger
        routes = EventRoutes(service: service).routes
    }

    func add(to router: Router<ServerContext>) {
        let document = OpenAPI.document(of: routes, below: Self.base).text
        router.get("/openapi.json") { _, _ in
            Answer.response(.ok, document, type: "application/json")
        }
        for route in routes {
            router.on(RouterPath(Self.base + route.path), method: route.method) { request, context in
                var response = await answer(route, request, context)
                response.headers[.requestID] = Self.requestID(request)
                return response
            }
        }
    }

    private func answer(_ route: APIRoute, _ request: Request, _ context: ServerContext) async -> Response {
        do {
            try await admit(request, to: route)
            let reply = try await route.handler(
                APIRequest(
                    parameters: Dictionary(
                        context.parameters.map { (String($0.key), String($0.value)) }, uniquingKeysWith: { $1 }),
                    headers: request.headers, body: try await body(of: request)))
            return Answer.response(reply.status, reply.body.text, type: "application/json")
        } catch let problem as Problem {
            return problem.response
        } catch is BlockingThread.Overloaded {
            return Problem.overloaded.response
        } catch {
            logger.error("a request could not be served", metadata: ["route": "\(route.path)", "error": "\(error)"])
            return Problem(
                status: .serviceUnavailable, code: "store", detail: "the data folder could not be written or read",
                help: "send it again: nothing of it was taken"
            ).response
        }
    }

    private func admit(_ request: Request, to route: APIRoute) async throws {
        guard case .scope(let scope) = route.access else { return }
        let words = (request.headers[.authorization] ?? "").split(separator: " ", maxSplits: 1)
        guard words.count == 2, words[0].lowercased() == "bearer" else { throw Problem.noKey }
        if service.keys.isStale { try await keyThread.run { try service.refreshKeys() } }
        switch service.keys.answer(words[1]) {
        case .unknown: throw Problem.unknownKey
        case .expired: throw Problem.expiredKey
        case .known(let key):
            guard key.scopes.contains(scope) else { throw Problem.forbidden(scope) }
        }
    }

    private func body(of request: Request) async throws -> [UInt8] {
        do {
            let buffer = try await Deadline.within(Self.bodyTimeout) {
                try await request.body.collect(upTo: Self.bodyLimit)
            }
            return Array(buffer: buffer)
        } catch is Deadline.Passed {
            throw Problem.tooSlow
        } catch {
            throw Problem.tooLarge
        }
    }

    /// The caller's own, where it is one that can stand in a log.
    private static func requestID(_ request: Request) -> String {
        let given = request.headers[.requestID] ?? ""
        let isFit = (1...128).contains(given.utf8.count) && given.utf8.allSatisfy { (0x21...0x7E).contains($0) }
        return isFit ? given : KeyToken.name()
    }
}

extension HTTPField.Name {
    fileprivate static var requestID: HTTPField.Name {
        guard let name = HTTPField.Name("X-Request-ID") else { preconditionFailure("X-Request-ID is a name") }
        return name
    }
}
