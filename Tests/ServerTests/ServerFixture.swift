import Server
import Synchronization

/// A server on a free port for the time of one test, over a list of valid tokens in memory.
final class ServerFixture: Sendable {
    static let token = "mfrggzdfmztwq2lknnwg23tp"
    /// Of a message that was only tried out.
    static let testToken = "testtesttesttesttesttest"
    static let brokenToken = "brokenbrokenbrokenbroken"

    struct StoreDown: Error {}

    private let unsubscribed = Mutex<[String]>([])
    private let described = Mutex(0)

    /// Each token that a wish was recorded for, in order, repetitions included.
    var recorded: [String] { unsubscribed.withLock { $0 } }
    var descriptions: Int { described.withLock { $0 } }

    var service: UnsubscribeService {
        UnsubscribeService(
            describe: { token in
                self.described.withLock { $0 += 1 }
                return try self.subject(token)
            },
            unsubscribe: { token in
                guard try self.subject(token) != nil else { return nil }
                self.unsubscribed.withLock { $0.append(token) }
                return try self.subject(token)
            }
        )
    }

    private func subject(_ token: String) throws -> UnsubscribeService.Subject? {
        if token == Self.brokenToken { throw StoreDown() }
        if token == Self.testToken {
            return UnsubscribeService.Subject(brand: "", language: "fr", isUnsubscribed: false, isTest: true)
        }
        guard token == Self.token else { return nil }
        return UnsubscribeService.Subject(
            brand: "Acme <Garden> & Söhne",
            language: "de-AT",
            isUnsubscribed: recorded.contains(token)
        )
    }

    /// Runs the body against a running server.
    func serve<Value: Sendable>(_ body: @escaping @Sendable (RawClient) throws -> Value) async throws -> Value {
        try await RunningServer.serve(WebServer(port: 0, unsubscribe: service), body)
    }
}
