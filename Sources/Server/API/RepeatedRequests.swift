import HTTPTypes
import RuleEngine
import Runner
import Synchronization

/// Requests with an `Idempotency-Key`: what was answered once is answered again, and never done twice.
final class RepeatedRequests: Sendable {
    /// How long an answer is kept, in microseconds, and how often the old ones are taken out.
    private static let memory: Int64 = 24 * 3_600_000_000
    private static let sweep: Int64 = 3_600_000_000

    private let desks: DeskPool
    /// This process, for those whom another one has left in the middle.
    private let holder = KeyToken.name()
    private let sweptAt = Mutex<Int64>(0)

    init(desks: DeskPool) {
        self.desks = desks
    }

    func answer(
        _ request: APIRequest, to route: APIRoute,
        _ work: @Sendable (APIRequest) async throws -> APIReply
    ) async throws -> APIReply {
        let text = request.name ?? ""
        guard Spelling.repeatName.takes(text) else {
            throw Problem(
                status: .badRequest, code: "bad_name", detail: "`Idempotency-Key` is no name",
                help: Spelling.repeatName.help)
        }
        // Two resources of one route are two requests.
        let place = route.parameters.filter { $0.place == .path }.map { "/" + request[$0.name] }.joined()
        let name = RequestName(
            caller: request.caller.caller, route: route.method.rawValue + " " + route.path + place, name: text)
        let digest = RequestDigest.of(request.body)
        let claim = try await desks.run { [holder] desk in
            let now = desk.now
            if self.isSweepDue(now.microseconds) {
                try desk.answers().forget(before: now.advanced(by: -Self.memory))
            }
            return try desk.answers().claim(name, digest: digest, holder: holder, now: now)
        }
        switch claim {
        case .answered(let kept):
            var reply = APIReply(kept.body, type: kept.type)
            reply.status = HTTPResponse.Status(code: kept.status)
            reply.headers[.replayed] = "true"
            return reply
        case .underWay:
            throw Problem(
                status: .conflict, code: "under_way", detail: "a request of this name is being answered now",
                help: "send it again in a second", retryAfter: 1)
        case .otherBody:
            throw Problem(
                status: .unprocessableContent, code: "other_body",
                detail: "this `Idempotency-Key` came with another body before", help: "take a new one")
        case .new: break
        }
        let reply: APIReply
        do {
            var claimed = request
            claimed.claimed = name
            reply = try await work(claimed)
        } catch {
            // Refused, and nothing was done: it may be sent again, mended. What failed in the middle keeps its name, and so
            // does what can't be given back: nobody knows how far it came.
            if Self.isRefusal(error) { try? await desks.run { try $0.answers().release(name) } }
            throw error
        }
        // It is done. Where the answer can't be kept the name stays taken, and nothing is done twice.
        let kept = reply.kept
        try await desks.run { try $0.answers().keep(kept, for: name) }
        return reply
    }

    private static func isRefusal(_ error: any Error) -> Bool {
        if let problem = error as? Problem { return problem.status.kind == .clientError }
        return error is ServiceRefusal || error is BlockingThread.Overloaded
    }

    private func isSweepDue(_ now: Int64) -> Bool {
        sweptAt.withLock { sweptAt in
            guard now - sweptAt >= Self.sweep else { return false }
            sweptAt = now
            return true
        }
    }
}

extension APIReply {
    /// As it is given again.
    var kept: KeptAnswer { KeptAnswer(status: status.code, type: type, body: text) }
}
