import Server

/// A server on a free port, for as long as a body talks to it. The body blocks, so it gets a thread that no Task needs.
enum RunningServer {
    static func serve<Value: Sendable>(
        _ server: WebServer, _ body: @escaping @Sendable (RawClient) throws -> Value
    ) async throws -> Value {
        let (ports, port) = AsyncStream<Int>.makeStream()
        let running = Task {
            defer { port.finish() }
            try await server.run { port.yield($0) }
        }
        defer { running.cancel() }
        for await number in ports {
            return try await OwnThread.run { try body(RawClient(port: number)) }
        }
        try await running.value
        throw RawClient.Failure.noAnswer("the server ended before it began")
    }
}
