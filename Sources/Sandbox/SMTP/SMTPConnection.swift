import Channels

/// One connection of a mail client: RFC 5321 as far as submission needs it, with PIPELINING, DSN, SIZE and AUTH.
struct SMTPConnection {
    private let server: SandboxServer
    private var stream: SocketStream
    private var isGreeted = false
    private var isLoggedIn = false
    private var sender: String?
    /// What happens behind the final dot.
    private var spoil: FaultDeed?
    private var recipients: [Recipient] = []

    private struct Recipient {
        var address: String
        /// What the client wants to be told, as `NOTIFY` says.
        var notify: String
    }

    private static let lineLimit = 4096
    private static let sizeLimit = 36 << 20

    init(_ descriptor: Int32, _ server: SandboxServer) {
        self.server = server
        stream = SocketStream(descriptor)
    }

    mutating func serve() {
        guard say("220 sandbox.example ESMTP carillon sandbox") else { return }
        while let bytes = stream.read(through: "\r\n", limit: Self.lineLimit) {
            let line = String(decoding: bytes.dropLast(2), as: UTF8.self)
            guard answer(line) else { return }
        }
    }

    private func say(_ text: String) -> Bool { stream.write(text + "\r\n") }

    /// False where the connection ends.
    private mutating func answer(_ line: String) -> Bool {
        let verb = line.prefix { $0 != " " }.uppercased()
        let rest = String(line.dropFirst(verb.utf8.count).drop { $0 == " " })
        switch verb {
        case "EHLO":
            isGreeted = true
            clear()
            return stream.write(
                "250-sandbox.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-DSN\r\n"
                    + "250-ENHANCEDSTATUSCODES\r\n250-SIZE \(Self.sizeLimit)\r\n250 AUTH PLAIN LOGIN\r\n")
        case "HELO":
            isGreeted = true
            clear()
            return say("250 sandbox.example")
        case "AUTH": return authenticate(rest)
        case "MAIL": return mail(rest)
        case "RCPT": return recipient(rest)
        case "DATA": return data()
        case "RSET":
            clear()
            return say("250 2.0.0 OK")
        case "NOOP": return say("250 2.0.0 OK")
        case "QUIT":
            _ = say("221 2.0.0 bye")
            return false
        default: return say("502 5.5.1 unknown command")
        }
    }

    private mutating func clear() {
        sender = nil
        recipients = []
    }

    private mutating func authenticate(_ rest: String) -> Bool {
        let words = rest.split(separator: " ")
        var user = ""
        var password = ""
        switch words.first?.uppercased() {
        case "PLAIN":
            var text = words.count > 1 ? String(words[1]) : ""
            if text.isEmpty {
                guard say("334 "), let line = line() else { return false }
                text = line
            }
            let parts = (Base64Text.decode(text) ?? []).split(separator: 0, omittingEmptySubsequences: false)
            guard parts.count == 3 else { return say("501 5.5.2 malformed") }
            user = String(decoding: parts[1], as: UTF8.self)
            password = String(decoding: parts[2], as: UTF8.self)
        case "LOGIN":
            guard say("334 VXNlcm5hbWU6"), let first = line(), say("334 UGFzc3dvcmQ6"), let second = line() else {
                return false
            }
            user = String(decoding: Base64Text.decode(first) ?? [], as: UTF8.self)
            password = String(decoding: Base64Text.decode(second) ?? [], as: UTF8.self)
        default: return say("504 5.5.4 unknown mechanism")
        }
        guard user == SandboxAccount.mailUser, password == SandboxAccount.mailPassword else {
            return say("535 5.7.8 authentication failed")
        }
        isLoggedIn = true
        return say("235 2.7.0 welcome")
    }

    private mutating func line() -> String? {
        stream.read(through: "\r\n", limit: Self.lineLimit).map { String(decoding: $0.dropLast(2), as: UTF8.self) }
    }

    private mutating func mail(_ rest: String) -> Bool {
        guard isGreeted else { return say("503 5.5.1 say EHLO first") }
        guard isLoggedIn else { return say("530 5.7.0 authentication required") }
        guard let (address, parameters) = Self.path(rest, "FROM:") else { return say("501 5.1.7 malformed sender") }
        if let size = parameters["SIZE"].flatMap({ Int($0) }), size > Self.sizeLimit {
            return say("552 5.3.4 message too large")
        }
        sender = address
        recipients = []
        return say("250 2.1.0 OK")
    }

    private mutating func recipient(_ rest: String) -> Bool {
        guard sender != nil else { return say("503 5.5.1 say MAIL first") }
        guard let (address, parameters) = Self.path(rest, "TO:"), AddressForm.isMail(address) else {
            return say("553 5.1.3 malformed address")
        }
        guard recipients.count < 1000 else { return say("452 4.5.3 too many recipients") }
        let deed = server.faults.fault("smtp", "", to: [address], overHTTP2: false)
        switch deed {
        // No TLS and no HTTP/2 here: these rules are never found.
        case nil, .tls, .http2: break
        case .throttle: return say("452 4.3.1 try again later")
        case .status(let code): return say("\(code) \(code / 100).1.1 refused by the script")
        case .hang:
            stream.waitForEnd()
            return false
        case .resetBeforeBody, .resetAfterBody:
            stream.resetOnClose()
            return false
        case .close:
            _ = say("421 4.3.2 closing")
            return false
        case .acceptAndHang, .acceptAndReset, .acceptAndClose, .malformed, .truncated, .huge, .html, .slow, .error:
            spoil = deed
        }
        recipients.append(Recipient(address: address, notify: parameters["NOTIFY"] ?? "FAILURE"))
        return say("250 2.1.5 OK")
    }

    private mutating func data() -> Bool {
        guard !recipients.isEmpty, let sender else { return say("503 5.5.1 say RCPT first") }
        guard say("354 go ahead") else { return false }
        guard var bytes = readMail() else {
            _ = say("552 5.3.4 message too large")
            return false
        }
        bytes.removeLast(min(bytes.count, 3))
        let mail = MailText(bytes)
        var messages: [SandboxMessage] = []
        let now = server.now()
        for recipient in recipients {
            let call = ProviderCall(
                provider: "smtp", channel: "smtp", http: HTTPCall(), path: "", now: now)
            let number = server.nextNumber()
            let id = mail.header("message-id").filter { $0 != "<" && $0 != ">" }
            var message = SandboxMessage(
                number, call, id: id.isEmpty ? number.hex(24) : id, from: sender, to: recipient.address)
            message.subject = mail.subject
            message.text = mail.text
            message.html = mail.html
            message.reference = mail.header("message-id")
            messages.append(message)
        }
        let isAccepted = server.accept(messages)
        let deed = spoil
        clear()
        spoil = nil
        guard isAccepted else { return say("451 4.3.0 the journal has failed") }
        switch deed {
        case .acceptAndHang?:
            stream.waitForEnd()
            return false
        case .acceptAndReset?:
            stream.resetOnClose()
            return false
        case .acceptAndClose?, .truncated?: return false
        case .malformed?, .html?, .huge?, .slow?, .error?: return say("what?")
        default: return say("250 2.0.0 OK queued as \(messages[0].number.hex(12))")
        }
    }

    /// With the final dot, dots at the begin of lines undone.
    private mutating func readMail() -> [UInt8]? {
        var mail: [UInt8] = []
        while let line = stream.read(through: "\r\n", limit: Self.sizeLimit) {
            if line.count == 3, line.first == 0x2E { return mail + line }
            mail += line.first == 0x2E ? line.dropFirst() : line
            guard mail.count <= Self.sizeLimit else { return nil }
        }
        return nil
    }

    /// `FROM:<a@b.example> SIZE=100`.
    private static func path(_ text: String, _ name: String) -> (address: String, parameters: [String: String])? {
        guard text.uppercased().hasPrefix(name) else { return nil }
        let rest = text.dropFirst(name.utf8.count).drop { $0 == " " }
        guard rest.first == "<", let end = rest.firstIndex(of: ">") else { return nil }
        var parameters: [String: String] = [:]
        for word in rest[rest.index(after: end)...].split(separator: " ") {
            let pair = word.split(separator: "=", maxSplits: 1)
            parameters[pair[0].uppercased()] = pair.count > 1 ? String(pair[1]) : ""
        }
        return (String(rest[rest.index(after: rest.startIndex)..<end]), parameters)
    }
}
