import Synchronization
import TestKit

@testable import Channels

/// Collects the results of a transport's requests, and waits for them.
final class HTTPResults: Sendable {
    private let reports = Mutex<[HTTPReport]>([])

    var all: [UInt64: HTTPResult] {
        reports.withLock { reports in
            Dictionary(reports.map { ($0.token, $0.result) }, uniquingKeysWith: { first, _ in first })
        }
    }

    var count: Int { reports.withLock { $0.count } }

    func take(_ batch: [HTTPReport]) {
        reports.withLock { $0 += batch }
    }
}

extension HTTPAccount {
    static func local(_ server: HTTPFaultServer, timeout: Double = 20) throws -> HTTPAccount {
        try local("http://127.0.0.1:\(server.port)/hook", timeout: timeout)
    }

    static func local(_ url: String, timeout: Double = 20) throws -> HTTPAccount {
        var account = HTTPAccount(endpoint: try EgressURL(url), egress: EgressGuard(allowsPrivate: true))
        account.timeout = timeout
        return account
    }

    /// Sends requests, one after another, and gives their results in order.
    func exchange(_ requests: [HTTPRequest]) throws -> [HTTPResult?] {
        var account = self
        account.connections = 1
        let results = HTTPResults()
        let transport = try HTTPTransport(account) { results.take($0) }
        transport.submit(requests)
        transport.finish(within: 60)
        return requests.map { results.all[$0.token] }
    }

    func exchange(body: String = "hello") throws -> HTTPResult? {
        try exchange([HTTPRequest(token: 1, body: Array(body.utf8))]).first ?? nil
    }
}
