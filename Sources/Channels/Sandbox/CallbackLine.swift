/// Posts what a sandbox has to tell to a server on this machine, over the same transport as everything else.
package final class CallbackLine: Sendable {
    package struct Post: Sendable {
        package var token: UInt64
        /// Path and query.
        package var target: String
        /// `name: value`.
        package var headers: [String]
        package var body: [UInt8]

        package init(token: UInt64, target: String, headers: [String], body: [UInt8]) {
            self.token = token
            self.target = target
            self.headers = headers
            self.body = body
        }
    }

    private let transport: HTTPTransport

    /// - Parameters:
    ///   - base: an address on this machine, such as `http://127.0.0.1:8087`.
    ///   - report: gets the token of each post and its status; nil where no answer came.
    package init(
        to base: String,
        connections: Int,
        report: @escaping @Sendable ([(token: UInt64, status: Int?)]) -> Void
    ) throws(ChannelSetupError) {
        let address = try SandboxAddress(base)
        let endpoint: EgressURL
        do throws(EgressURL.Fault) {
            endpoint = try EgressURL("http://\(address.host):\(address.port)/")
        } catch {
            throw ChannelSetupError(message: "`\(base)` \(error.rawValue)")
        }
        var account = HTTPAccount(endpoint: endpoint, egress: EgressGuard(allowsPrivate: true))
        account.timeout = 20
        account.connectTimeout = 5
        account.connections = connections
        transport = try HTTPTransport(account) { reports in
            report(
                reports.map { report in
                    guard case .answered(let answer) = report.result else { return (report.token, nil) }
                    return (report.token, answer.status)
                }
            )
        }
    }

    package func send(_ posts: [Post]) {
        transport.submit(
            posts.map { HTTPRequest(token: $0.token, target: $0.target, headers: $0.headers, body: $0.body) }
        )
    }

    package func finish(within seconds: Double) {
        transport.finish(within: seconds)
    }
}
