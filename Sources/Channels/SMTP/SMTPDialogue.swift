/// The SMTP conversation on one connection, without the connection: answers go in, bytes and outcomes come out.
///
/// With PIPELINING the rest of a body, its dot and the whole envelope of the next message leave together, so a
/// message costs one write and one read. At most two messages are under way: one whose dot waits for its answer, and
/// one whose envelope was sent. A class only because its owner looks at it many times a turn, and a copy costs.
final class SMTPDialogue {
    struct Delivery {
        let message: ComposedMessage
        /// The address in ASCII.
        let recipient: [UInt8]
        /// How often it went back into the queue because a connection ended under it.
        var returns = 0
    }

    private enum Expected {
        case mail, recipient, data, dot, loneDot, reset, quit
    }

    private let sender: [UInt8]
    private let isPipelined: Bool
    private var offersSize: Bool
    private let sizeLimit: Int

    private(set) var out = OutgoingBytes()
    private var expected: [Expected] = []
    private var expectedHead = 0
    private var envelope: Delivery?
    private var envelopeFailure: (stage: SMTPVerdict.Stage, reply: SMTPReply)?
    private var recipientTaken = false
    private var closing: Delivery?
    /// Where in the stream the dot of `closing` stands. From there on the server may have a whole message.
    private var dotOffset = 0

    private(set) var completed = 0
    private(set) var isOver = false
    private(set) var isQuitting = false
    var reports: [SendReport] = []
    /// Messages whose envelope went down with the connection: nothing of them was sent.
    var returned: [Delivery] = []
    /// Set when the server refuses the account rather than a message.
    private(set) var accountFailure: String?

    init(sender: [UInt8], capabilities: [String]) {
        self.sender = sender
        isPipelined = capabilities.contains("PIPELINING")
        let size = capabilities.first { $0 == "SIZE" || $0.hasPrefix("SIZE ") }
        offersSize = size != nil
        sizeLimit = size.flatMap { Int($0.dropFirst(5)) } ?? 0
    }

    var isIdle: Bool { envelope == nil && closing == nil && expectedHead == expected.count && out.isEmpty }
    /// Every byte of the message that is being closed has left: only the server's answer is missing.
    var awaitsDotAnswer: Bool { closing != nil && out.isEmpty }

    var canBegin: Bool {
        guard !isOver, !isQuitting, envelope == nil, !out.isBlocked else {
            return false
        }
        return isPipelined || expectedHead == expected.count
    }

    func begin(_ delivery: Delivery) {
        if sizeLimit > 0, delivery.message.wire.count > sizeLimit {
            reports.append(
                SendReport(
                    token: delivery.message.token, outcome: .rejected(code: "552 5.3.4", suppress: nil)))
            return
        }
        envelope = delivery
        envelopeFailure = nil
        recipientTaken = false
        sendMail(delivery)
        if isPipelined {
            sendRecipient(delivery)
            send("DATA\r\n", expecting: .data)
        }
    }

    func quit() {
        isQuitting = true
        send("QUIT\r\n", expecting: .quit)
    }

    private func sendMail(_ delivery: Delivery) {
        out.append("MAIL FROM:<")
        out.append(sender)
        out.append(">")
        if offersSize {
            out.append(" SIZE=")
            out.append(decimal: delivery.message.wire.count)
        }
        send("\r\n", expecting: .mail)
    }

    private func sendRecipient(_ delivery: Delivery) {
        out.append("RCPT TO:<")
        out.append(delivery.recipient)
        send(">\r\n", expecting: .recipient)
    }

    private func send(_ text: StaticString, expecting: Expected) {
        out.append(text)
        if expectedHead == expected.count {
            expected.removeAll(keepingCapacity: true)
            expectedHead = 0
        }
        expected.append(expecting)
    }

    // MARK: Answers

    /// `reply` is asked for the text only where the text matters.
    func handle(code: Int, _ reply: () -> SMTPReply) {
        guard expectedHead < expected.count else {
            // Nothing was asked. `421` announces the end; anything else is out of step, which ends it too.
            end(code == 421 ? reply().fullCode : "malformed_answer")
            return
        }
        let step = expected[expectedHead]
        expectedHead += 1
        if code == 421, step != .dot {
            end(step == .quit ? "quit" : reply().fullCode)
            return
        }
        switch step {
        case .mail: handleMail(code, reply)
        case .recipient: handleRecipient(code, reply)
        case .data: handleData(code, reply)
        case .dot: handleDot(reply())
        case .loneDot: break
        case .reset:
            if code / 100 != 2 {
                end(reply().fullCode)
            }
        case .quit: end("quit")
        }
    }

    private func handleMail(_ code: Int, _ reply: () -> SMTPReply) {
        if code / 100 != 2 {
            envelopeFailure = (.mail, reply())
        }
        guard !isPipelined, let envelope else {
            return
        }
        if envelopeFailure == nil {
            sendRecipient(envelope)
        } else {
            concludeRefusal()
        }
    }

    private func handleRecipient(_ code: Int, _ reply: () -> SMTPReply) {
        if code / 100 == 2 {
            recipientTaken = true
        } else if envelopeFailure == nil {
            envelopeFailure = (.recipient, reply())
        }
        guard !isPipelined else {
            return
        }
        if envelopeFailure == nil {
            send("DATA\r\n", expecting: .data)
        } else {
            concludeRefusal()
        }
    }

    private func handleData(_ code: Int, _ reply: () -> SMTPReply) {
        guard code == 354 else {
            if envelopeFailure == nil {
                envelopeFailure = (.data, reply())
            }
            concludeRefusal()
            return
        }
        guard envelopeFailure != nil else {
            sendBody()
            return
        }
        if recipientTaken {
            // It refused the sender and took the recipient: whatever we send now might be delivered.
            concludeRefusal(resets: false)
            end("malformed_answer")
            return
        }
        // It waits for a message that no one is to get. A lone dot ends it; the answer doesn't matter.
        send(".\r\n", expecting: .loneDot)
        concludeRefusal()
    }

    private func sendBody() {
        guard let delivery = envelope else {
            return
        }
        let wire = delivery.message.wire
        out.append(wire)
        if !(wire.count >= 2 && wire[wire.count - 1] == 0x0A && wire[wire.count - 2] == 0x0D) {
            out.append("\r\n")
        }
        dotOffset = out.appended
        send(".\r\n", expecting: .dot)
        closing = delivery
        envelope = nil
    }

    private func handleDot(_ reply: SMTPReply) {
        guard let delivery = closing else {
            return
        }
        closing = nil
        completed += 1
        let outcome = SMTPVerdict.outcome(at: .dot, reply)
        report(delivery, outcome)
        if reply.code == 421 {
            end(reply.fullCode)
        } else if case .outcomeUnknown = outcome {
            end("malformed_answer")
        } else if case .unavailable(let code) = outcome {
            accountFailure = code
        }
    }

    /// Settles a message that was refused before its body, and clears the transaction for the next one.
    private func concludeRefusal(resets: Bool = true) {
        guard let delivery = envelope, let (stage, reply) = envelopeFailure else {
            return
        }
        envelope = nil
        envelopeFailure = nil
        if resets {
            send("RSET\r\n", expecting: .reset)
        }
        if stage == .mail, offersSize, reply.code == 555 || reply.code == 455 {
            // It offers SIZE and does not take it. Once more without.
            offersSize = false
            returned.append(delivery)
            return
        }
        completed += 1
        let outcome = SMTPVerdict.outcome(at: stage, reply)
        report(delivery, outcome)
        if case .unavailable(let code) = outcome {
            accountFailure = code
        }
    }

    private func report(_ delivery: Delivery, _ outcome: SendOutcome) {
        reports.append(SendReport(token: delivery.message.token, outcome: outcome))
    }

    // MARK: The end

    /// An answer that can't be read. If it stands where the dot's answer is due, the message may be accepted.
    func handleMalformed() {
        if expectedHead < expected.count, expected[expectedHead] == .dot, let delivery = closing {
            closing = nil
            report(delivery, .outcomeUnknown(phase: .answer, detail: "malformed_answer"))
        }
        end("malformed_answer")
    }

    /// The connection is gone or must go. `mayReturn` sends an untouched message back to the queue.
    func end(_ code: String, mayReturn: Bool = true) {
        guard !isOver else {
            return
        }
        isOver = true
        if let delivery = closing {
            closing = nil
            if out.maybeWritten > dotOffset {
                let isComplete = out.written >= dotOffset + 3
                report(delivery, .outcomeUnknown(phase: isComplete ? .awaitingAnswer : .sending, detail: code))
            } else {
                // The dot has not left, so the server can't have a complete message.
                report(delivery, .unavailable(code: code))
            }
        }
        guard var delivery = envelope else {
            return
        }
        envelope = nil
        // A connection that has done its work may end at any time, often by a limit of the server. One that has not
        // would only pass the fault around.
        if mayReturn, completed > 0, delivery.returns < 3 {
            delivery.returns += 1
            returned.append(delivery)
        } else {
            report(delivery, .unavailable(code: code))
        }
    }

    // MARK: Bytes

    /// Gives the bytes that wait to be sent to `send`, and counts what it took.
    func flush(chunk: Int?, _ send: (UnsafeRawBufferPointer) -> MailConnection.Transfer) -> Bool {
        out.flush(chunk: chunk, send)
    }
}

/// Bytes on their way to a socket, counted from the start of the connection.
struct OutgoingBytes {
    private var bytes: [UInt8] = []
    private var head = 0
    /// Taken by the operating system.
    private(set) var written = 0
    /// May have left: with TLS more than `written`, since a record that was cut short counts as not written.
    private(set) var maybeWritten = 0
    /// The socket took less than there was. Nothing may be appended until it took the rest, because TLS wants the
    /// same bytes again at the same place in memory.
    private(set) var isBlocked = false

    var isEmpty: Bool { head == bytes.count }
    var appended: Int { written + bytes.count - head }

    mutating func append(_ text: StaticString) {
        makeRoom()
        bytes.append(literal: text)
    }

    mutating func append(_ more: [UInt8]) {
        makeRoom()
        bytes.append(contentsOf: more)
    }

    mutating func append(decimal number: Int) {
        bytes.append(decimal: number)
    }

    private mutating func makeRoom() {
        if head == bytes.count, head > 0 {
            bytes.removeAll(keepingCapacity: true)
            head = 0
        }
    }

    /// False when the connection is gone.
    mutating func flush(chunk: Int?, _ send: (UnsafeRawBufferPointer) -> MailConnection.Transfer) -> Bool {
        while head < bytes.count {
            let count = min(chunk ?? Int.max, bytes.count - head)
            if chunk != nil {
                maybeWritten = written + count
            }
            let transfer = bytes.withUnsafeBytes { send(UnsafeRawBufferPointer(rebasing: $0[head..<(head + count)])) }
            switch transfer {
            case .bytes(let taken):
                head += taken
                written += taken
                maybeWritten = max(maybeWritten, written)
            case .wouldBlock:
                isBlocked = true
                return true
            case .closed:
                return false
            }
        }
        isBlocked = false
        // A large message's memory goes back.
        if bytes.capacity > 1 << 20 {
            bytes = []
            head = 0
        }
        return true
    }
}
