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
    private var interests: [MailConnector.Interest] = []
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
            deliverReports()
            if isFinishing, lines.isEmpty, queue.isEmpty {
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
        for line in lines {
            guard let dialogue = line.dialogue else {
                if isFinishing, queue.isEmpty {
                    drop(line)
                }
                continue
            }
            if dialogue.isIdle, !dialogue.isOver {
                let idle = now &- line.lastProgress
                if isFinishing && queue.isEmpty || idle > MonotonicClock.span(options.idleTimeout) {
                    quit(line)
                }
            } else if now &- line.lastProgress > timeout(dialogue) {
                line.dialogue?.end("timeout")
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

    private func timeout(_ dialogue: SMTPDialogue) -> UInt64 {
        if dialogue.isQuitting {
            return MonotonicClock.span(2)
        }
        return MonotonicClock.span(dialogue.awaitsDotAnswer ? options.answerTimeout : min(options.answerTimeout, 180))
    }

    // MARK: Traffic

    private func serve() {
        for line in lines where line.dialogue != nil {
            feed(line)
        }
    }

    /// Gives a connection its next message and writes what it has, in one go.
    private func feed(_ line: Line) {
        while let delivery = queue.first, line.dialogue?.canBegin == true {
            if line.dialogue?.completed ?? 0 >= options.messagesPerConnection {
                if line.dialogue?.isIdle == true {
                    quit(line)
                }
                return
            }
            queue.removeFirst()
            if line.dialogue?.isIdle == true {
                line.lastProgress = now
            }
            line.dialogue?.begin(delivery)
        }
        flush(line)
        settle(line)
    }

    private func flush(_ line: Line) {
        guard line.dialogue?.out.isEmpty == false, line.dialogue?.isOver == false else {
            return
        }
        let connection = line.connection
        let before = line.dialogue?.out.written
        // A TLS record holds 16 KB; writing one at a time keeps the unknown part small.
        let isOpen = line.dialogue?.flush(chunk: connection.isSecure ? 16_384 : nil) { connection.send($0) } ?? true
        if line.dialogue?.out.written != before {
            line.lastProgress = now
        }
        if !isOpen {
            // The reason may lie in the socket already: a 421 that came before the connection was closed.
            read(line)
            line.dialogue?.end("connection_lost")
        }
    }

    private func read(_ line: Line) {
        while line.dialogue?.isOver == false {
            switch line.connection.receive(into: room) {
            case .bytes(let count):
                line.lastProgress = now
                line.reader.append(UnsafeRawBufferPointer(rebasing: room[..<count]))
                handleReplies(line)
                // A short read has emptied the socket. TLS may hold decrypted bytes that no poll shows.
                if count < room.count, !line.connection.isSecure {
                    return
                }
            case .wouldBlock:
                return
            case .closed:
                line.dialogue?.end("connection_lost")
                return
            }
        }
    }

    private func handleReplies(_ line: Line) {
        while line.dialogue?.isOver == false {
            switch line.reader.next() {
            case .reply(let code):
                line.dialogue?.handle(code: code) { line.reader.reply(code: code) }
            case .malformed:
                line.dialogue?.handleMalformed()
            case .incomplete:
                return
            }
        }
    }

    /// Takes over what a dialogue decided, and closes a connection that is over.
    private func settle(_ line: Line) {
        guard var dialogue = line.dialogue else {
            return
        }
        if !dialogue.reports.isEmpty {
            reports.append(contentsOf: dialogue.reports)
        }
        let returned = dialogue.returned
        let isOver = dialogue.isOver
        let failure = dialogue.accountFailure
        if !dialogue.reports.isEmpty || !returned.isEmpty {
            line.dialogue = nil
            dialogue.reports.removeAll(keepingCapacity: true)
            dialogue.returned.removeAll(keepingCapacity: true)
            line.dialogue = dialogue
        }
        for delivery in returned {
            queue.prepend(delivery)
        }
        if let failure, refusal == nil {
            refusal = (failure, now &+ MonotonicClock.span(60))
        }
        if isOver {
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

    private func deliverReports() {
        if !reports.isEmpty {
            report(reports)
            reports.removeAll(keepingCapacity: true)
        }
    }

    private func wait(_ inbox: Inbox<ComposedMessage>, deadline: UInt64) {
        interests.removeAll(keepingCapacity: true)
        interests.append(.init(descriptor: inbox.descriptor, wantsWrite: false))
        var until = min(deadline, now &+ MonotonicClock.span(1000))
        if !queue.isEmpty {
            // The last connection has just gone: open another at once. Or more are due after a refusal.
            until = lines.isEmpty ? now : triesMoreAt > now ? min(until, triesMoreAt) : until
        }
        for line in lines {
            guard let dialogue = line.dialogue else {
                continue
            }
            interests.append(.init(descriptor: line.connection.socket, wantsWrite: dialogue.out.isBlocked))
            let span = dialogue.isIdle ? MonotonicClock.span(options.idleTimeout) : timeout(dialogue)
            until = min(until, line.lastProgress &+ span)
        }
        let current = now
        let milliseconds = until > current ? Int32(min((until - current) / 1_000_000 + 1, 1_000_000)) : 0
        // Openings in the list have no socket yet, so the lines are remembered in the order of the interests.
        let listening = lines.filter { $0.dialogue != nil }
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
    var first: SMTPDialogue.Delivery? { front.last ?? (head < back.count ? back[head] : nil) }

    mutating func append(_ delivery: SMTPDialogue.Delivery) {
        back.append(delivery)
    }

    mutating func prepend(_ delivery: SMTPDialogue.Delivery) {
        front.append(delivery)
    }

    mutating func removeFirst() {
        _ = next()
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
