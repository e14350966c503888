/// Opens a connection, secures it and logs in, and says goodbye.
extension SMTPChannel: AccountDesk {
    func checkAccount() throws(ChannelSetupError) -> AccountAnswer {
        let connector = try MailConnector(options.endpoint)
        let connection = try connector.begin()
        defer { connector.close(connection) }
        // The opening has a time limit of its own; this one is for a library that forgets it.
        let deadline = MonotonicClock.now &+ MonotonicClock.span(options.endpoint.openTimeout + 5)
        while MonotonicClock.now < deadline {
            connector.advance()
            switch connection.opening {
            case .pending: break
            case .failed(let code):
                let isRefusal = code.hasPrefix("53") || code == "login_refused" || code == "login_not_offered"
                return isRefusal ? .refused(code: code) : .unreachable(code: code)
            case .open:
                let words = connection.capabilities.map { $0.split(separator: " ").first.map(String.init) ?? "" }
                return .fine([
                    .init("encrypted", connection.isSecure ? "yes" : "no"),
                    .init("logged in", options.endpoint.user == nil ? "no: the channel has no secret" : "yes"),
                    .init("pipelining", words.contains("PIPELINING") ? "yes" : "no"),
                ])
            }
            var nobody: [MailConnector.Interest] = []
            connector.wait(&nobody, milliseconds: 200)
        }
        return .unreachable(code: "timeout")
    }

    func lookUp(_ question: LookupQuestion) -> LookupAnswer? { nil }
}
