import Synchronization

/// Sends messages over several connections from one thread.
///
/// Everything here belongs to the session's thread; `SMTPSession` is the door to it.
final class SMTPClient {
    struct Options: Sendable {
        var endpoint: MailEndpoint
        var sender: [UInt8]
        var connections: Int
        var answerTimeout: Double
        var idleTimeout: Double
        var messagesPerConnection: Int
    }

    private final class Line {
        let connection: MailConnection
        var dialogue: SMTPDialogue?
        var reader = SMTPReplyReader()
        var lastProgress: UInt64

        init(_ connection: MailConnection, now: UInt64) {
            self.connection = connection
            lastProgress = now
        }
    }

    private let options: Options
    private let connector: MailConnector
    private let report: @Sendable ([SendReport]) -> Void
    private var lines: [Line] = []
    private var queue = DeliveryQueue()
    private var reports: [SendReport] = []
    /// When they must be handed over at the latest. Each hand-over wakes a thread, so they go in groups.
    private var reportsDue: UInt64 = .max
    private var interests: [MailConnector.Interest] = []
    /// The connections behind `interests`, from the second on.
    private var listening: [Line] = []
    /// Before this no connection can be overdue.
    private var nextDeadline: UInt64 = 0
    private let spans: (quit: UInt64, idle: UInt64, answer: UInt64, command: UInt64, report: UInt64)
    private let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 8)
    private var now = MonotonicClock.now
    /// After a refused extra connection: how many to hold, and when to try for more.
    private var allowance: Int
    private var triesMoreAt: UInt64 = 0
    /// The account is refused: nothing is tried until then, so that a wrong password locks nobody out.
    private var refusal: (code: String, until: UInt64)?

    init(_ options: Options, report: @escaping @Sendable ([SendReport]) -> Void) throws(ChannelSetupError) {
        self.options = options
        self.report = report
        connector = try MailConnector(options.endpoint)
        allowance = options.connections
        spans = (
            MonotonicClock.span(2), MonotonicClock.span(options.idleTimeout),
            MonotonicClock.span(options.answerTimeout),
            MonotonicClock.span(min(options.answerTimeout, 180)), MonotonicClock.span(0.002)
        )
    }

    deinit {
        room.deallocate()
    }

    func run(_ inbox: Inbox<ComposedMessage>, _ control: SMTPSession.Control) {
        while true {
            now = MonotonicClock.now
            // Read before the inbox: what was submitted before `finish` is then in the queue.
            let deadline = control.deadline.load(ordering: .acquiring)
            while true {
                let messages = inbox.take()
                if messages.isEmpty {
                    break
                }
                messages.forEach(accept)
            }
            let isFinishing = deadline != .max
            if isFinishing, now >= deadline {
                abandon()
                break
            }
            closeIdle(isFinishing: isFinishing)
            serve()
            openConnections()
            deliverDueReports()
            if isFinishing, lines.isEmpty, queue.isEmpty {
                deliverReports()
                break
            }
            wait(inbox, deadline: deadline)
        }
    }

    private func accept(_ message: ComposedMessage) {
        guard let recipient = MailAddress.ascii(Array(message.address.utf8)) else {
            reports.append(SendReport(token: message.token, outcome: .rejected(code: "bad_address", suppress: nil)))
            return
        }
        queue.append(SMTPDialogue.Delivery(message: message, recipient: recipient))
    }

    // MARK: Connections

    private func openConnections() {
        if let refusal {
            if now < refusal.until {
                refuseQueue(refusal.code)
                return
            }
            self.refusal = nil
        }
        if now >= triesMoreAt {
            allowance = options.connections
        }
        guard !queue.isEmpty || lines.contains(where: { $0.dialogue == nil }) else {
            return
        }
        var opening = lines.reduce(0) { $0 + ($1.dialogue == nil ? 1 : 0) }
        while lines.count < allowance, opening < queue.count {
            guard let connection = try? connector.begin() else {
                connectionFailed("no_handle")
                return
            }
            lines.append(Line(connection, now: now))
            opening += 1
        }
        if opening > 0 {
            connector.advance()
            settleOpenings()
        }
    }

    private func settleOpenings() {
        for line in lines where line.dialogue == nil {
            switch line.connection.opening {
            case .pending: break
            case .open:
                line.dialogue = SMTPDialogue(sender: options.sender, capabilities: line.connection.capabilities)
                line.lastProgress = now
                feed(line)
            case .failed(let code):
                drop(line)
                connectionFailed(code)
            }
        }
    }

    /// With other connections alive, or still being opened, do with those for a while. With none, nobody can send.
    private func connectionFailed(_ code: String) {
        if code.hasPrefix("53") || code == "login_refused" || code == "login_not_offered" {
            refusal = (code, now &+ MonotonicClock.span(60))
        }
        if lines.isEmpty {
            allowance = options.connections
            refuseQueue(code)
        } else {
            allowance = lines.count
            triesMoreAt = now &+ MonotonicClock.span(5)
        }
    }

    private func refuseQueue(_ code: String) {
        while let delivery = queue.next() {
            reports.append(SendReport(token: delivery.message.token, outcome: .unavailable(code: code)))
        }
    }

    private func drop(_ line: Line) {
        connector.close(line.connection)
        lines.removeAll { $0 === line }
    }

    private func closeIdle(isFinishing: Bool) {
        guard isFinishing || now >= nextDeadline else {
            return
        }
        for line in lines {
            guard let dialogue = line.dialogue else {
                if isFinishing, queue.isEmpty {
                    drop(line)
                }
                continue
            }
            if dialogue.isIdle, !dialogue.isOver {
                if isFinishing && queue.isEmpty || now &- line.lastProgress >= span(dialogue) {
                    quit(line)
                }
            } else if now &- line.lastProgress >= span(dialogue) {
                dialogue.end("timeout")
                settle(line)
            }
        }
    }

    private func quit(_ line: Line) {
        line.dialogue?.quit()
        line.lastProgress = now
        flush(line)
        settle(line)
    }

    /// How long a connection may show no progress.
    private func span(_ dialogue: SMTPDialogue) -> UInt64 {
        if dialogue.isQuitting {
            return spans.quit
        }
        if dialogue.isIdle {
            return spans.idle
        }
        return dialogue.awaitsDotAnswer ? spans.answer : spans.command
    }

    // MARK: Traffic

    /// Gives what was submitted to connections that have room for it.
    private func serve() {
        guard !queue.isEmpty else {
            return
        }
        for line in lines where line.dialogue?.canBegin == true {
            feed(line)
        }
    }

    /// Gives a connection its next message and writes what it has, in one go.
    private func feed(_ line: Line) {
        guard let dialogue = line.dialogue else {
            return
        }
        while dialogue.canBegin, !queue.isEmpty {
            if dialogue.completed >= options.messagesPerConnection {
                if dialogue.isIdle {
                    dialogue.quit()
                    line.lastProgress = now
                }
                break
            }
            guard let delivery = queue.next() else {
                break
            }
            if dialogue.isIdle {
                line.lastProgress = now
            }
            dialogue.begin(delivery)
        }
        flush(line)
        settle(line)
    }

    private func flush(_ line: Line) {
        guard let dialogue = line.dialogue, !dialogue.out.isEmpty, !dialogue.isOver else {
            return
        }
        let connection = line.connection
        let before = dialogue.out.written
        // A TLS record holds 16 KB; writing one at a time keeps the unknown part small.
        let isOpen = dialogue.flush(chunk: connection.isSecure ? 16_384 : nil) { connection.send($0) }
        if dialogue.out.written != before {
            line.lastProgress = now
        }
        if !isOpen {
            // The reason may lie in the socket already: a 421 that came before the connection was closed.
            read(line)
            dialogue.end("connection_lost")
        }
    }

    private func read(_ line: Line) {
        guard let dialogue = line.dialogue else {
            return
        }
        while !dialogue.isOver {
            switch line.connection.receive(into: room) {
            case .bytes(let count):
                line.lastProgress = now
                line.reader.append(UnsafeRawBufferPointer(rebasing: room[..<count]))
                handleReplies(line, dialogue)
                // A short read has emptied the socket. TLS may hold decrypted bytes that no poll shows.
                if count < room.count, !line.connection.isSecure {
                    return
                }
            case .wouldBlock:
                return
            case .closed:
                dialogue.end("connection_lost")
                return
            }
        }
    }

    private func handleReplies(_ line: Line, _ dialogue: SMTPDialogue) {
        while !dialogue.isOver {
            switch line.reader.next() {
            case .reply(let code):
                dialogue.handle(code: code) { line.reader.reply(code: code) }
            case .malformed:
                dialogue.handleMalformed()
            case .incomplete:
                return
            }
        }
    }

    /// Takes over what a dialogue decided, and closes a connection that is over.
    private func settle(_ line: Line) {
        guard let dialogue = line.dialogue else {
            return
        }
        if !dialogue.reports.isEmpty {
            reports.append(contentsOf: dialogue.reports)
            dialogue.reports.removeAll(keepingCapacity: true)
        }
        if !dialogue.returned.isEmpty {
            dialogue.returned.forEach { queue.prepend($0) }
            dialogue.returned.removeAll(keepingCapacity: true)
        }
        if let failure = dialogue.accountFailure, refusal == nil {
            refusal = (failure, now &+ MonotonicClock.span(60))
        }
        if dialogue.isOver {
            drop(line)
        }
    }

    private func abandon() {
        for line in lines {
            line.dialogue?.end("stopped", mayReturn: false)
            settle(line)
        }
        for line in lines {
            drop(line)
        }
        refuseQueue("not_begun")
        deliverReports()
    }

    /// With nothing left to send, somebody may be waiting for these before giving more.
    private func deliverDueReports() {
        if reports.count >= 64 || queue.isEmpty || now >= reportsDue {
            deliverReports()
        } else if !reports.isEmpty, reportsDue == .max {
            reportsDue = now &+ spans.report
        }
    }

    private func deliverReports() {
        if !reports.isEmpty {
            report(reports)
            reports.removeAll(keepingCapacity: true)
        }
        reportsDue = .max
    }

    private func wait(_ inbox: Inbox<ComposedMessage>, deadline: UInt64) {
        interests.removeAll(keepingCapacity: true)
        listening.removeAll(keepingCapacity: true)
        interests.append(.init(descriptor: inbox.descriptor, wantsWrite: false))
        nextDeadline = .max
        // Connections that are still being opened have no socket of ours yet.
        for line in lines {
            guard let dialogue = line.dialogue else {
                continue
            }
            interests.append(.init(descriptor: line.connection.socket, wantsWrite: dialogue.out.isBlocked))
            listening.append(line)
            nextDeadline = min(nextDeadline, line.lastProgress &+ span(dialogue))
        }
        var until = min(deadline, nextDeadline, reportsDue)
        if !queue.isEmpty {
            // The last connection has just gone: open another at once. Or more are due after a refusal.
            until = lines.isEmpty ? now : triesMoreAt > now ? min(until, triesMoreAt) : until
        }
        let milliseconds = until > now ? Int32(min((until - now) / 1_000_000 + 1, 1_000_000)) : 0
        connector.wait(&interests, milliseconds: milliseconds)
        now = MonotonicClock.now
        if interests[0].isReady {
            inbox.drainWakeUps()
        }
        for (index, line) in listening.enumerated() where interests[index + 1].isReady {
            flush(line)
            read(line)
            feed(line)
        }
    }
}

/// Messages in order, with cheap ends.
struct DeliveryQueue {
    private var front: [SMTPDialogue.Delivery] = []
    private var back: [SMTPDialogue.Delivery] = []
    private var head = 0

    var count: Int { front.count + back.count - head }
    var isEmpty: Bool { count == 0 }

    mutating func append(_ delivery: SMTPDialogue.Delivery) {
        back.append(delivery)
    }

    mutating func prepend(_ delivery: SMTPDialogue.Delivery) {
        front.append(delivery)
    }

    mutating func next() -> SMTPDialogue.Delivery? {
        if let delivery = front.popLast() {
            return delivery
        }
        guard head < back.count else {
            return nil
        }
        defer {
            head += 1
            if head == back.count {
                back.removeAll(keepingCapacity: true)
                head = 0
            } else if head >= 4096 {
                back.removeFirst(head)
                head = 0
            }
        }
        return back[head]
    }
}
