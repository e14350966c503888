import HTTPTypes
import RuleEngine
import Runner
import Storage
import Synchronization
import Testing

@testable import Server

/// What every route has in common: how often, how long, and what happens to a request that comes twice.
@Suite struct RequestLimitsTests {
    @Test func `a key that calls too often is told when to come again`() async throws {
        let fixture = try ServiceFixture(requestsPerSecond: 2)
        try await fixture.serve { call in
            let replies = try (0..<40).map { _ in try call("GET", "/runs") }
            let refused = replies.filter { $0.status == 429 }
            #expect(refused.count > 0)
            #expect(refused.allSatisfy { $0.code == "too_many_requests" && $0.headers["retry-after"] == "1" })
            #expect(replies.contains { $0.status == 200 })
        }
    }

    @Test func `a name that came with another body, or is no name, is refused`() async throws {
        let fixture = try ServiceFixture()
        try await fixture.serve { call in
            let one = #"{"target": "a@example.com", "source": "x"}"#
            let two = #"{"target": "b@example.com", "source": "x"}"#
            let name = ["Idempotency-Key": "n-1"]
            let first = try call("POST", "/suppressions", one, headers: name)
            #expect(first.body["entries"]?.integer == 1)
            let again = try call("POST", "/suppressions", one, headers: name)
            #expect(again.text == first.text)
            #expect(again.headers["idempotency-replayed"] == "true")
            let other = try call("POST", "/suppressions", two, headers: name)
            #expect(other.status == 422)
            #expect(other.code == "other_body")
            // Another caller's name is another name.
            let stranger = try call("POST", "/suppressions", two, scopes: [.manageConsent], headers: name)
            #expect(stranger.status == 200)
            #expect(try call("POST", "/suppressions", one, headers: ["Idempotency-Key": "a b"]).code == "bad_name")
            // What was refused has done nothing, and may be sent again, mended.
            let wrong = ["Idempotency-Key": "n-2"]
            #expect(
                try call("POST", "/suppressions", #"{"target": "a@", "source": "x"}"#, headers: wrong).status == 422)
            #expect(try call("POST", "/suppressions", two, headers: wrong).status == 200)
        }
    }

    @Test func `while one is answered, another of its name waits, and a killed process leaves none behind`() throws {
        let fixture = try ServiceFixture()
        let book = try fixture.store.openAnswers()
        let name = RequestName(caller: "k", route: "POST /x", name: "n")
        func claim(_ holder: String, _ digest: [UInt8] = [1]) throws -> RequestClaim {
            try book.claim(name, digest: digest, holder: holder, now: ServiceFixture.now)
        }
        #expect(try claim("first") == .new)
        #expect(try claim("first") == .underWay)
        #expect(try claim("first", [2]) == .otherBody)
        #expect(try claim("next process") == .new)
        #expect(try claim("next process") == .underWay)
        let answer = KeptAnswer(status: 200, type: "application/json", body: "{}")
        try book.keep(answer, for: name)
        #expect(try claim("third") == .answered(answer))
        try book.release(name)
        #expect(try claim("third") == .answered(answer))
        try book.forget(before: ServiceFixture.now.advanced(by: 1))
        #expect(try claim("third") == .new)
        try book.release(name)
        #expect(try claim("third") == .new)
    }

    private final class Count: Sendable {
        let value = Mutex(0)
    }

    /// Answers only when the gate opens.
    private static func ask(
        _ asked: APIRequest, _ route: APIRoute, _ repeats: RepeatedRequests, _ gates: AsyncStream<Void>, _ done: Count
    ) async -> String {
        do {
            let reply = try await repeats.answer(asked, to: route) { _ in
                done.value.withLock { $0 += 1 }
                for await _ in gates { break }
                return APIReply(["done": true])
            }
            return reply.headers[.replayed] == nil ? "done" : "replayed"
        } catch let problem as Problem {
            return problem.code
        } catch {
            return "\(error)"
        }
    }

    @Test func `a hundred requests of one name at once are done once`() async throws {
        let fixture = try ServiceFixture()
        let repeats = RepeatedRequests(desks: DeskPool(open: fixture.openDesk))
        let route = try #require(fixture.routes.first { $0.id == "suppress" })
        let (gates, gate) = AsyncStream<Void>.makeStream()
        let done = Count()
        var request = APIRequest(
            caller: Principal(APIKey(id: "k", name: "k", scopes: [], createdAt: ServiceFixture.now)), id: "r",
            parameters: [:], headers: [:], body: [1])
        request.name = "n"
        let asked = request
        let outcomes = await withTaskGroup(of: String.self) { group in
            for _ in 0..<100 {
                group.addTask { await Self.ask(asked, route, repeats, gates, done) }
            }
            var outcomes: [String] = []
            for await outcome in group {
                outcomes.append(outcome)
                // All others have been told to wait: now the first one may end.
                if outcomes.count == 99 { gate.yield() }
            }
            return outcomes
        }
        #expect(done.value.withLock { $0 } == 1)
        #expect(outcomes.count { $0 == "done" } == 1)
        #expect(outcomes.count { $0 == "under_way" } == 99)
    }

    @Test func `figures of requests are in the form that collectors read`() throws {
        let fixture = try ServiceFixture()
        let metrics = RequestMetrics()
        let route = try #require(fixture.routes.first { $0.id == "findRuns" })
        metrics.count(route, status: 200, .milliseconds(3))
        metrics.count(route, status: 200, .seconds(60))
        metrics.count(route, status: 403, .microseconds(10))
        let lines = metrics.text(isReady: true).split(separator: "\n")
        #expect(lines.contains(#"carillon_http_requests_total{method="GET",route="/runs",status="200"} 2"#))
        #expect(lines.contains(#"carillon_http_request_seconds_bucket{operation="findRuns",le="0.005"} 2"#))
        #expect(lines.contains(#"carillon_http_request_seconds_bucket{operation="findRuns",le="+Inf"} 3"#))
        #expect(lines.contains(#"carillon_http_request_seconds_count{operation="findRuns"} 3"#))
        #expect(lines.contains("carillon_ready 1"))
    }

    @Test func `each request is one line of the log, an object, with ids and nothing else`() async throws {
        let fixture = try ServiceFixture()
        try await fixture.serve { call in
            _ = try call(
                "PUT", "/contacts/c1", #"{"email": "canary@example.com", "plan": "pro"}"#,
                headers: ["X-Request-ID": #"a"}{"#])
            _ = try call("GET", "/contacts/canary@example.com?q=canary")
        }
        let lines = fixture.logged
        #expect(lines.count == 2)
        let objects = lines.map { JSON(reading: Array($0.utf8)) }
        #expect(objects[0]?["request_id"]?.string == #"a"}{"#)
        #expect(objects[0]?["level"]?.string == "info")
        #expect(objects[0]?["route"]?.string == "/contacts/{id}")
        #expect(objects[1]?["status"]?.string == "422")
        #expect(lines.allSatisfy { $0.hasSuffix("\n") && !$0.dropLast().contains("\n") && !$0.contains("canary") })
        #expect(try lines.allSatisfy { try !$0.contains(fixture.key(Set(Scope.allCases)).dropFirst(12)) })
    }
}
