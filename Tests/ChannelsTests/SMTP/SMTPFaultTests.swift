import Channels
import TestKit
import Testing

@Suite struct SMTPFaultTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let fault: SMTPFault
        let outcome: SendOutcome
        var testDescription: String { "\(fault)" }
    }

    static let cases: [Case] = {
        var cases: [Case] = []
        for phase in SMTPFault.Phase.allCases {
            let isDot = phase == .dot
            cases += [
                Case(fault: .answer(phase, "451 4.3.0 later"), outcome: .throttled(code: "451 4.3.0", retryAfter: nil)),
                Case(fault: .answer(phase, "452 full"), outcome: .throttled(code: "452", retryAfter: nil)),
                Case(fault: .answer(phase, "554 5.7.1 spam"), outcome: .rejected(code: "554 5.7.1", suppress: nil)),
                Case(fault: .answer(phase, "552 5.3.4 too big"), outcome: .rejected(code: "552 5.3.4", suppress: nil)),
                Case(
                    fault: .answer(phase, "421 4.3.2 closing"),
                    outcome: isDot
                        ? .throttled(code: "421 4.3.2", retryAfter: nil) : .unavailable(code: "421 4.3.2")),
                Case(fault: .answer(phase, "530 5.7.0 login first"), outcome: .unavailable(code: "530 5.7.0")),
                Case(fault: .answer(phase, "550 5.1.8 bad sender"), outcome: .unavailable(code: "550 5.1.8")),
                Case(
                    fault: .answer(phase, "what? no"),
                    outcome: isDot
                        ? .outcomeUnknown(phase: .answer, detail: "malformed_answer")
                        : .unavailable(code: "malformed_answer")),
                Case(
                    fault: .hang(phase),
                    outcome: isDot
                        ? .outcomeUnknown(phase: .awaitingAnswer, detail: "timeout") : .unavailable(code: "timeout")),
                Case(
                    fault: .drop(phase),
                    outcome: isDot
                        ? .outcomeUnknown(phase: .awaitingAnswer, detail: "connection_lost")
                        : .unavailable(code: "connection_lost")),
            ]
        }
        return cases + [
            Case(
                fault: .answer(.recipient, "550 5.1.1 no such user"),
                outcome: .rejected(code: "550 5.1.1", suppress: .bounce)),
            Case(
                fault: .answer(.recipient, "550 User unknown here"), outcome: .rejected(code: "550", suppress: .bounce)),
            Case(fault: .answer(.recipient, "550 not today"), outcome: .rejected(code: "550", suppress: nil)),
            Case(
                fault: .answer(.dot, "550 5.1.1 no such user"), outcome: .rejected(code: "550 5.1.1", suppress: .bounce)
            ),
            Case(fault: .answer(.mail, "550 5.1.1 who?"), outcome: .rejected(code: "550 5.1.1", suppress: nil)),
            Case(fault: .answer(.dot, "354 more?"), outcome: .outcomeUnknown(phase: .answer, detail: "354")),
            Case(fault: .trickle, outcome: .accepted(providerID: "F17A")),
            Case(fault: .answer(.dot, "250-2.0.0 Ok:\r\n250 2.0.0 queued as 7F"), outcome: .accepted(providerID: "7F")),
        ]
    }()

    @Test("each fault has its outcome, with and without pipelining", arguments: cases, [true, false])
    func outcome(of fault: Case, isPipelining: Bool) throws {
        var options = SMTPFaultServer.Options()
        options.isPipelining = isPipelining
        let server = try SMTPFaultServer(options) { $0 == 1 ? fault.fault : .none }
        defer { server.stop() }
        let channel = try Mailing.channel(port: server.port, settings: ["answer_timeout": "0.3"])
        let outcomes = try Mailing.outcomes(channel, [Mailing.message(1)])
        #expect(outcomes == [1: [fault.outcome]])
    }

    @Test("after each fault the next messages arrive once", arguments: cases, [true, false])
    func goesOn(after fault: Case, isPipelining: Bool) throws {
        if case .unavailable(let code) = fault.outcome, code.hasPrefix("53") || code.hasPrefix("550") {
            return  // The account is refused: nothing more is tried.
        }
        var options = SMTPFaultServer.Options()
        options.isPipelining = isPipelining
        let server = try SMTPFaultServer(options) { $0 == 2 ? fault.fault : .none }
        defer { server.stop() }
        let channel = try Mailing.channel(port: server.port, settings: ["answer_timeout": "0.3"])
        let outcomes = try Mailing.outcomes(channel, (1...4).map { Mailing.message($0) })
        #expect(outcomes.values.allSatisfy { $0.count == 1 } && outcomes.count == 4)
        for token in [UInt64(1), 3, 4] {
            #expect(outcomes[token] == [.accepted(providerID: "F17A")])
            #expect(server.accepted["user\(token)@example.com"] == 1)
        }
    }

    @Test("a connection lost before the dot left is provably not accepted", arguments: [true, false])
    func resetInBody(isPipelining: Bool) throws {
        var options = SMTPFaultServer.Options()
        options.isPipelining = isPipelining
        let server = try SMTPFaultServer(options) { _ in .resetInBody(after: 1000) }
        defer { server.stop() }
        let line = String(repeating: "x", count: 76) + "\r\n"
        let large = "Subject: large\r\n\r\n" + String(repeating: line, count: 300_000)
        let outcomes = try Mailing.outcomes(try Mailing.channel(port: server.port), [Mailing.message(1, body: large)])
        #expect(outcomes == [1: [.unavailable(code: "connection_lost")]])
        #expect(server.accepted.isEmpty)
    }

    @Test("a refused recipient costs no connection", arguments: [true, false], [true, false])
    func keepsConnection(isPipelining: Bool, takesDataForNobody: Bool) throws {
        var options = SMTPFaultServer.Options()
        options.isPipelining = isPipelining
        options.takesDataForNobody = takesDataForNobody
        let server = try SMTPFaultServer(options) { number in
            switch number % 3 {
            case 0: .answer(.recipient, "550 5.1.1 no such user")
            case 1: .answer(.mail, "451 4.7.1 later")
            default: .none
            }
        }
        defer { server.stop() }
        let channel = try Mailing.channel(port: server.port)
        let outcomes = try Mailing.outcomes(channel, (1...90).map { Mailing.message($0) })
        #expect(outcomes.count == 90)
        #expect(outcomes.values.filter { $0 == [.rejected(code: "550 5.1.1", suppress: .bounce)] }.count == 30)
        #expect(outcomes.values.filter { $0 == [.throttled(code: "451 4.7.1", retryAfter: nil)] }.count == 30)
        #expect(server.accepted.count == 30)
        #expect(server.connections == 1)
    }

    @Test("a server that takes few messages per connection loses none")
    func limitedConnections() throws {
        let server = try SMTPFaultServer { $0 % 4 == 0 ? .answer(.mail, "421 4.7.0 too many") : .none }
        defer { server.stop() }
        let channel = try Mailing.channel(port: server.port)
        let outcomes = try Mailing.outcomes(channel, (1...40).map { Mailing.message($0) })
        #expect(outcomes.count == 40)
        #expect(
            outcomes.values.allSatisfy {
                $0 == [.accepted(providerID: "F17A")] || $0 == [.accepted(providerID: "F18A")]
            })
        #expect(server.accepted.count == 40)
    }

    @Test("a connection that has sent its share is closed, and the next one goes on", arguments: [true, false])
    func messagesPerConnection(isPipelining: Bool) throws {
        var options = SMTPFaultServer.Options()
        options.isPipelining = isPipelining
        let server = try SMTPFaultServer(options)
        defer { server.stop() }
        let settings = ["messages_per_connection": "5", "connections": "2", "answer_timeout": "2"]
        let channel = try Mailing.channel(port: server.port, settings: settings)
        let outcomes = try Mailing.outcomes(channel, (1...40).map { Mailing.message($0) }, within: 10)
        #expect(outcomes.count == 40)
        #expect(
            outcomes.values.allSatisfy {
                $0 == [.accepted(providerID: "F17A")] || $0 == [.accepted(providerID: "F18A")]
            })
        #expect(server.accepted.count == 40)
        // Eight when all is even; a pipelined one has one more under way when the last of its share is answered.
        #expect((6...12).contains(server.connections))
    }

    @Test("every message has one outcome that agrees with the server, whatever happens", arguments: [UInt64(1), 2, 3])
    func storm(seed: UInt64) throws {
        let faults = Self.cases.map(\.fault).filter { fault in
            if case .answer(_, let text) = fault {
                return !text.hasPrefix("53") && !text.hasPrefix("550 5.1.8")
            }
            if case .hang = fault {
                return false
            }
            return true
        }
        let server = try SMTPFaultServer { number in
            // A third of the messages meets a fault; which one, the number and the seed say.
            var mixed = (UInt64(number) &+ seed) &* 0x9E37_79B9_7F4A_7C15
            mixed ^= mixed >> 29
            mixed &*= 0xBF58_476D_1CE4_E5B9
            mixed ^= mixed >> 32
            return mixed % 3 == 0 ? faults[Int(mixed / 3 % UInt64(faults.count))] : .none
        }
        defer { server.stop() }
        let channel = try Mailing.channel(port: server.port, settings: ["connections": "4", "answer_timeout": "5"])
        let outcomes = try Mailing.outcomes(channel, (1...400).map { Mailing.message($0) })
        #expect(outcomes.count == 400)
        for (token, list) in outcomes {
            #expect(list.count == 1)
            let count = server.accepted["user\(token)@example.com"] ?? 0
            switch list[0] {
            case .accepted: #expect(count == 1)
            case .outcomeUnknown: #expect(count <= 1)
            default: #expect(count == 0, "\(token): \(list[0])")
            }
        }
    }

    @Test("a greeting that refuses makes every message unavailable, with the server's code")
    func refusedGreeting() throws {
        var options = SMTPFaultServer.Options()
        options.greeting = { _ in "554 5.7.1 not you" }
        let server = try SMTPFaultServer(options)
        defer { server.stop() }
        let outcomes = try Mailing.outcomes(try Mailing.channel(port: server.port), (1...3).map { Mailing.message($0) })
        #expect(outcomes.values.allSatisfy { $0 == [.unavailable(code: "554 5.7.1")] } && outcomes.count == 3)
    }

    @Test("a server that takes only some connections gets the messages on those")
    func fewConnections() throws {
        var options = SMTPFaultServer.Options()
        options.greeting = { $0 <= 2 ? "220 fault" : "421 4.7.0 too many connections" }
        let server = try SMTPFaultServer(options)
        defer { server.stop() }
        let channel = try Mailing.channel(port: server.port, settings: ["connections": "8"])
        let outcomes = try Mailing.outcomes(channel, (1...60).map { Mailing.message($0) })
        let accepted = outcomes.values.filter { list in
            if case .accepted = list.first {
                return true
            }
            return false
        }
        #expect(accepted.count == 60)
        #expect(server.accepted.count == 60)
    }

    @Test("nobody listens")
    func refusedConnection() throws {
        let server = try SMTPFaultServer()
        server.stop()
        let outcomes = try Mailing.outcomes(try Mailing.channel(port: server.port), [Mailing.message(1)])
        #expect(outcomes == [1: [.unavailable(code: "connection_refused")]])
    }

    @Test("finish reports what is still under way, and what was never begun")
    func finishes() throws {
        let server = try SMTPFaultServer { $0 == 1 ? .hang(.dot) : .none }
        defer { server.stop() }
        let outcomes = try Mailing.outcomes(
            try Mailing.channel(port: server.port), (1...3).map { Mailing.message($0) }, within: 0.3)
        #expect(outcomes[1] == [.outcomeUnknown(phase: .awaitingAnswer, detail: "stopped")])
        #expect(outcomes[2] == [.unavailable(code: "stopped")])
        #expect(outcomes[3] == [.unavailable(code: "not_begun")])
    }

    @Test("a message larger than the server's SIZE is refused here")
    func sizeLimit() throws {
        var options = SMTPFaultServer.Options()
        options.size = 100
        let server = try SMTPFaultServer(options)
        defer { server.stop() }
        let large = "Subject: large\r\n\r\n" + String(repeating: "x\r\n", count: 100)
        let outcomes = try Mailing.outcomes(
            try Mailing.channel(port: server.port), [Mailing.message(1, body: large), Mailing.message(2)])
        #expect(outcomes == [1: [.rejected(code: "552 5.3.4", suppress: nil)], 2: [.accepted(providerID: "F17A")]])
    }

    @Test("SIZE is sent only where it is offered, and dropped where it is refused")
    func sizeParameter() throws {
        var options = SMTPFaultServer.Options()
        options.size = nil
        let plain = try SMTPFaultServer(options)
        defer { plain.stop() }
        _ = try Mailing.outcomes(try Mailing.channel(port: plain.port), [Mailing.message(1)])
        #expect(plain.commands.contains("MAIL FROM:<news@shop.example>"))

        let refusing = try SMTPFaultServer { $0 == 1 ? .answer(.mail, "555 5.5.4 unknown parameter") : .none }
        defer { refusing.stop() }
        let outcomes = try Mailing.outcomes(try Mailing.channel(port: refusing.port), [Mailing.message(1)])
        #expect(outcomes == [1: [.accepted(providerID: "F17A")]])
        #expect(refusing.commands.filter { $0.hasPrefix("MAIL") }.count == 2)
    }

    @Test("an address that is none never reaches the server")
    func badAddress() throws {
        let server = try SMTPFaultServer()
        defer { server.stop() }
        let messages = ["a@b.example>\r\nRCPT TO:<x@y.example", "no-at", "ü@example.com", "a b@example.com"]
            .enumerated()
            .map { ComposedMessage(token: UInt64($0), address: $1, wire: Array("Subject: x\r\n\r\nx\r\n".utf8)) }
        let outcomes = try Mailing.outcomes(try Mailing.channel(port: server.port), messages)
        #expect(outcomes.values.allSatisfy { $0 == [.rejected(code: "bad_address", suppress: nil)] })
        #expect(outcomes.count == messages.count)
        #expect(server.accepted.isEmpty)
    }
}
