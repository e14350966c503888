import Channels
import Glibc
import Synchronization

/// What goes wrong with one message.
package enum SMTPFault: Sendable, Equatable {
    package enum Phase: String, Sendable, CaseIterable {
        case mail, recipient, data, dot
    }

    case none
    /// Answers with this line; a `421` closes the connection behind it.
    case answer(Phase, String)
    /// Never answers, and leaves the connection open.
    case hang(Phase)
    /// Closes the connection instead of answering.
    case drop(Phase)
    /// Resets the connection when so many bytes of the body have come.
    case resetInBody(after: Int)
    /// Answers the dot one byte at a time.
    case trickle
}

/// A mail server on 127.0.0.1 that does what a test says, and remembers what it accepted.
///
/// Each connection has a thread; the script is asked once for every MAIL command, with its number from one.
package final class SMTPFaultServer: Sendable {
    package typealias Script = @Sendable (_ message: Int) -> SMTPFault

    package struct Options: Sendable {
        package var isPipelining = true
        /// Answers DATA with 354 even where no recipient was taken.
        package var takesDataForNobody = false
        /// nil offers none.
        package var size: Int? = 33_554_432
        /// The greeting of the n-th connection, from one; nil closes it.
        package var greeting: @Sendable (Int) -> String? = { _ in "220 fault ESMTP" }

        package init() {}
    }

    private struct Journal {
        var accepted: [String: Int] = [:]
        var bodies: [[UInt8]] = []
        var commands: [String] = []
        var messages = 0
        var connections = 0
        var open: Set<Int32> = []
        var threads: [WorkerThread] = []
        var isStopping = false
    }

    package let port: Int
    private let listener: Int32
    private let options: Options
    private let script: Script
    private let journal = Mutex(Journal())
    private let acceptor = Mutex<WorkerThread?>(nil)

    package init(_ options: Options = Options(), script: @escaping Script = { _ in .none }) throws {
        self.options = options
        self.script = script
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        // Small, so that a large body can't hide in the system's buffers whole.
        var small: Int32 = 16_384
        setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &small, 4)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = listener
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(descriptor, generic, length) == 0 && listen(descriptor, 256) == 0
                    && getsockname(descriptor, generic, &length) == 0
            }
        }
        port = Int(UInt16(bigEndian: address.sin_port))
        guard isListening else {
            throw ChannelSetupError(message: "the fault server can't listen (error \(errno))")
        }
        let thread = try WorkerThread { [self] in
            while true {
                let connection = accept(descriptor, nil, nil)
                if connection < 0 {
                    if errno == EINTR || errno == ECONNABORTED {
                        continue
                    }
                    return
                }
                begin(connection)
            }
        }
        acceptor.withLock { $0 = thread }
    }

    /// Recipient → messages that were answered with 250.
    package var accepted: [String: Int] { journal.withLock { $0.accepted } }
    /// The accepted messages, as they came over the wire, without the terminating dot.
    package var bodies: [[UInt8]] { journal.withLock { $0.bodies } }
    package var commands: [String] { journal.withLock { $0.commands } }
    package var connections: Int { journal.withLock { $0.connections } }

    /// Ends all connections and waits for the threads.
    package func stop() {
        let open = journal.withLock { journal in
            journal.isStopping = true
            return journal.open
        }
        shutdown(listener, Int32(SHUT_RDWR))
        open.forEach { shutdown($0, Int32(SHUT_RDWR)) }
        acceptor.withLock { thread in
            thread?.join()
            thread = nil
        }
        let threads = journal.withLock { journal in
            defer { journal.threads = [] }
            return journal.threads
        }
        threads.forEach { $0.join() }
        close(listener)
    }

    private func begin(_ connection: Int32) {
        let number: Int? = journal.withLock { journal in
            guard !journal.isStopping else {
                return nil
            }
            journal.connections += 1
            journal.open.insert(connection)
            return journal.connections
        }
        guard let number else {
            close(connection)
            return
        }
        let thread = try? WorkerThread { [self] in
            converse(SMTPFaultLine(connection), number: number)
            // Taken out of the set before it is closed, so that `stop` never shuts down someone else's descriptor.
            journal.withLock { _ = $0.open.remove(connection) }
            close(connection)
        }
        journal.withLock { journal in
            if let thread {
                journal.threads.append(thread)
            }
        }
    }

    private func converse(_ line: SMTPFaultLine, number: Int) {
        guard let greeting = options.greeting(number) else {
            return
        }
        line.send(greeting)
        if greeting.hasPrefix("4") || greeting.hasPrefix("5") {
            return
        }
        var fault = SMTPFault.none
        var isOpen = false
        var recipient: String?
        while let command = line.readLine() {
            journal.withLock { $0.commands.append(command) }
            let verb = command.prefix(4).uppercased()
            switch verb {
            case "EHLO":
                var lines = ["250-fault"]
                if options.isPipelining {
                    lines.append("250-PIPELINING")
                }
                if let size = options.size {
                    lines.append("250-SIZE \(size)")
                }
                lines.append("250 ENHANCEDSTATUSCODES")
                lines.forEach(line.send)
            case "MAIL":
                let message = journal.withLock { journal in
                    journal.messages += 1
                    return journal.messages
                }
                fault = script(message)
                recipient = nil
                guard let isTaken = answer(.mail, fault, line, "250 2.1.0 Ok") else {
                    return
                }
                isOpen = isTaken
            case "RCPT" where !isOpen: line.send("503 5.5.1 MAIL first")
            case "RCPT":
                guard let isTaken = answer(.recipient, fault, line, "250 2.1.5 Ok") else {
                    return
                }
                if isTaken, let open = command.firstIndex(of: "<"), let end = command.lastIndex(of: ">"), open < end {
                    recipient = String(command[command.index(after: open)..<end])
                }
            case "DATA" where recipient == nil && !options.takesDataForNobody:
                line.send("554 5.5.1 no valid recipients")
            case "DATA":
                guard let isTaken = answer(.data, fault, line, "354 go on") else {
                    return
                }
                guard isTaken else {
                    continue
                }
                guard readMessage(line, fault, recipient) else {
                    return
                }
                isOpen = false
            case "RSET":
                isOpen = false
                recipient = nil
                line.send("250 2.0.0 Ok")
            case "QUIT":
                line.send("221 2.0.0 bye")
                return
            default: line.send("500 5.5.1 what")
            }
        }
    }

    /// Whether the command was taken; nil ends the connection.
    private func answer(_ phase: SMTPFault.Phase, _ fault: SMTPFault, _ line: SMTPFaultLine, _ normal: String) -> Bool?
    {
        switch fault {
        case .answer(phase, let text):
            line.send(text)
            return text.hasPrefix("421") ? nil : text.hasPrefix("2")
        case .hang(phase):
            line.awaitEnd()
            return nil
        case .drop(phase):
            return nil
        case .trickle where phase == .dot:
            line.trickle(normal)
            return true
        default:
            line.send(normal)
            return true
        }
    }

    private func readMessage(_ line: SMTPFaultLine, _ fault: SMTPFault, _ recipient: String?) -> Bool {
        if case .resetInBody(let count) = fault {
            line.readBytes(count)
            line.reset()
            return false
        }
        guard let body = line.readBody() else {
            return false
        }
        guard let recipient else {
            line.send("554 5.5.1 no valid recipients")
            return true
        }
        // Remembered before the answer: who reads the answer may ask at once.
        if !isFaulty(fault) {
            journal.withLock { journal in
                journal.accepted[recipient, default: 0] += 1
                journal.bodies.append(body)
            }
        }
        return answer(.dot, fault, line, "250 2.0.0 Ok: queued as F\(recipient.count)A") != nil
    }

    /// A server that answers the dot with a refusal has not accepted. One that hangs or drops may have: here it has.
    private func isFaulty(_ fault: SMTPFault) -> Bool {
        if case .answer(.dot, let text) = fault {
            return text.hasPrefix("4") || text.hasPrefix("5")
        }
        return false
    }
}

/// One connection of the fault server, read and written by blocking calls on its own thread.
private final class SMTPFaultLine {
    private let descriptor: Int32
    private var bytes: [UInt8] = []

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
    }

    func send(_ text: String) {
        send(Array((text + "\r\n").utf8))
    }

    private func send(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count <= 0 {
                return
            }
            rest = rest.dropFirst(count)
        }
    }

    func trickle(_ text: String) {
        for byte in Array((text + "\r\n").utf8) {
            send([byte])
            sched_yield()
        }
    }

    private func readMore() -> Bool {
        var room = [UInt8](repeating: 0, count: 32_768)
        let count = read(descriptor, &room, room.count)
        guard count > 0 else {
            return false
        }
        bytes.append(contentsOf: room[..<count])
        return true
    }

    func readLine() -> String? {
        while true {
            if let end = bytes.firstIndex(of: 0x0A) {
                let line = String(decoding: bytes[..<end].filter { $0 != 0x0D }, as: UTF8.self)
                bytes.removeFirst(end + 1)
                return line
            }
            if !readMore() {
                return nil
            }
        }
    }

    func readBytes(_ count: Int) {
        while bytes.count < count, readMore() {}
    }

    /// Up to the line that holds only a dot.
    func readBody() -> [UInt8]? {
        let end: [UInt8] = [0x0D, 0x0A, 0x2E, 0x0D, 0x0A]
        var from = 0
        while true {
            if bytes.starts(with: end.dropFirst(2)) {
                bytes.removeFirst(3)
                return []
            }
            var at = from
            while at + end.count <= bytes.count {
                if bytes[at] == 0x0D, bytes[at..<(at + end.count)].elementsEqual(end) {
                    let body = Array(bytes[..<(at + 2)])
                    bytes.removeFirst(at + end.count)
                    return body
                }
                at += 1
            }
            from = max(0, bytes.count - end.count)
            if !readMore() {
                return nil
            }
        }
    }

    func awaitEnd() {
        while readMore() {
            bytes.removeAll(keepingCapacity: true)
        }
    }

    /// Closing will send a reset instead of an orderly end.
    func reset() {
        var setting = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &setting, socklen_t(MemoryLayout<linger>.size))
    }
}
