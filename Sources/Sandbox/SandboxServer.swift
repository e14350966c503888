package import Channels
import Glibc
import Synchronization

/// Every provider's server in one, on this machine: it takes messages as their documents say, writes down what it took,
/// and tells the project what became of them.
package final class SandboxServer: Sendable {
    package struct Options: Sendable {
        /// 0 takes a free one.
        package var port = SandboxAddress.standardPort
        /// 0 takes a free one.
        package var mailPort = SandboxAddress.standardPort + 1
        /// For the same over TLS, with HTTP/2 where the client wants it. 0 takes a free one; nil does without.
        package var securePort: Int?
        /// For the journal and the authority that signs the TLS certificate; must be there.
        package var folder: String
        /// Where the project takes webhooks, such as `http://127.0.0.1:8087`; nil to tell nobody.
        package var webhooks: String?
        /// A Maildir for what comes back about mails taken by SMTP; nil to tell nobody.
        package var mailReports: String?
        package var script = SandboxScript()
        /// Without the documented limits of messages a second.
        package var isUnlimited = false
        /// Seconds since 1970.
        package var now: @Sendable () -> Int = { SystemClock.now }

        package init(folder: String) {
            self.folder = folder
        }
    }

    /// What a request is for.
    enum Door {
        case provider(String, channel: String, path: String)
        case events
        case page
    }

    enum Outcome {
        case reply(HTTPReply)
        case spoiled(FaultDeed, HTTPReply)
    }

    package struct Tally: Sendable, Equatable {
        package var accepted = 0
        package var refused = 0
        package var callbacks = 0
        package var refusedCallbacks = 0
        package var waitingCallbacks = 0
    }

    let faults: FaultSchedule
    let book = PersonBook()
    let now: @Sendable () -> Int
    private let journal: Journal
    private let numbers: MessageNumber.Source
    private let limits: RateLimits
    private let model: BehaviourModel
    private let callbacks: CallbackQueue
    private let accepted = Atomic(0)
    private let refused = Atomic(0)
    /// Answers by the key under which a message came, for the provider that takes a repeated one for one.
    private let answered = Mutex<[String: HTTPReply]>([:])
    private let listeners = Mutex<[SocketListener]>([])
    private let secureAddress = Mutex<SandboxAddress?>(nil)

    var page: SandboxPage {
        SandboxPage(book: book, send: { [self] in hear($0, kind: $1) }, tally: { [self] in tally })
    }

    /// Listens when it returns.
    package init(_ options: Options) throws(ChannelSetupError) {
        let script = options.script
        now = options.now
        model = script.model
        faults = FaultSchedule(script.faults, seed: script.seed)
        journal = try Journal(path: options.folder + "/journal.jsonl")
        numbers = MessageNumber.Source(seed: script.seed, last: journal.earlier)
        let isUnlimited = options.isUnlimited
        limits = RateLimits { provider in
            if let limit = script.limits[provider] { return limit }
            return isUnlimited ? nil : ProviderDesks.all[provider]?.perSecond
        }
        let book = book
        let reports = try options.mailReports.map { folder throws(ChannelSetupError) in
            try MailReports(folder, now: options.now)
        }
        callbacks = try CallbackQueue(
            base: options.webhooks.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 }, seed: script.seed,
            now: options.now
        ) { status, message in
            book.note(status, of: message)
            if message.provider == "smtp" { reports?.tell(status, of: message) }
        }
        let web = try SocketListener(port: options.port) { [weak self] descriptor in
            guard let self else { return }
            var connection = HTTPConnection(SocketStream(descriptor), self)
            connection.serve()
        }
        listeners.withLock { $0.append(web) }
        do throws(ChannelSetupError) {
            let mail = try SocketListener(port: options.mailPort) { [weak self] descriptor in
                guard let self else { return }
                var connection = SMTPConnection(descriptor, self)
                connection.serve()
            }
            listeners.withLock { $0.append(mail) }
            if let port = options.securePort { try listenSecurely(port, options.folder) }
        } catch {
            for listener in listeners.withLock({ $0 }) { listener.stop() }
            throw error
        }
    }

    private func listenSecurely(_ port: Int, _ folder: String) throws(ChannelSetupError) {
        let tls = try SandboxTLS(folder: folder)
        let listener = try SocketListener(port: port) { [weak self] descriptor in
            guard let self, let stream = tls.accept(descriptor, self.faults.handshake()) else { return }
            if stream.isHTTP2 {
                var connection = HTTP2Connection(stream, self)
                connection.serve()
            } else {
                var connection = HTTPConnection(stream, self)
                connection.serve()
            }
        }
        listeners.withLock { $0.append(listener) }
        secureAddress.withLock {
            $0 = SandboxAddress(
                port: listener.port, mailPort: mailPort, isSecure: true,
                authorityFile: folder + "/" + SandboxTLS.authorityName)
        }
    }

    package var port: Int { listeners.withLock { $0[0].port } }
    package var mailPort: Int { listeners.withLock { $0[1].port } }

    package var address: SandboxAddress { SandboxAddress(port: port, mailPort: mailPort) }

    /// Nil without TLS.
    package var secure: SandboxAddress? { secureAddress.withLock { $0 } }

    package var tally: Tally {
        let told = callbacks.counts
        return Tally(
            accepted: accepted.load(ordering: .relaxed), refused: refused.load(ordering: .relaxed),
            callbacks: told.taken, refusedCallbacks: told.refused + told.givenUp,
            waitingCallbacks: told.waiting)
    }

    /// Whether everything that will happen has happened and was told.
    package var isIdle: Bool { callbacks.isIdle }

    /// Other rules from now on.
    package func play(_ rules: [FaultRule]) {
        faults.replace(rules)
    }

    package func stop() {
        for listener in listeners.withLock({ $0 }) { listener.stop() }
        book.close()
        callbacks.stop()
    }

    // MARK: - Requests

    func door(of call: HTTPCall) -> Door {
        if call.path == "/events" { return .events }
        let parts = call.path.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
        // "" before the first slash, the provider, and `channel/rest`.
        guard parts.count == 3, ProviderDesks.all[String(parts[1])] != nil else { return .page }
        let rest = parts[2].split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let channel = rest.first, !channel.isEmpty, channel.utf8.count <= 128 else { return .page }
        return .provider(
            String(parts[1]), channel: String(channel), path: "/" + (rest.count > 1 ? String(rest[1]) : ""))
    }

    func take(_ call: ProviderCall) -> Outcome {
        guard let desk = ProviderDesks.all[call.provider] else { return .reply(HTTPReply(404)) }
        let key = call.provider == "webhook" ? "\(call.channel)/\(call.http.header("webhook-id"))" : nil
        if let key, let earlier = answered.withLock({ $0[key] }) { return .reply(earlier) }
        let answer = desk.take(call, book.facts, numbers)
        let (messages, reply): ([SandboxMessage], HTTPReply)
        switch answer {
        case .refused(let refusal):
            refused.wrappingAdd(1, ordering: .relaxed)
            return .reply(refusal)
        case .told(let reply): return .reply(reply)
        case .accepted(let list, let success): (messages, reply) = (list, success)
        }
        // Only what would have been accepted meets a fault, so that a script plays against sound requests.
        let deed = faults.fault(
            call.provider, call.channel, to: messages.map(\.to), overHTTP2: call.http.isHTTP2)
        if let deed, !deed.accepts {
            refused.wrappingAdd(1, ordering: .relaxed)
            return refusal(deed, desk, call)
        }
        if let wait = limits.take(call.provider, call.channel, now: MonotonicClock.now) {
            refused.wrappingAdd(1, ordering: .relaxed)
            return .reply(desk.throttling(desk.waitForm, wait: wait, now: call.now))
        }
        guard accept(messages) else { return .reply(HTTPReply(503, type: "text/plain", "the journal has failed\n")) }
        if let key { answered.withLock { $0.count < 200_000 ? $0[key] = reply : () } }
        return deed.map { .spoiled($0, reply) } ?? .reply(reply)
    }

    private func refusal(_ deed: FaultDeed, _ desk: any ProviderDesk, _ call: ProviderCall) -> Outcome {
        switch deed {
        case .throttle(let wait, let form):
            .reply(desk.throttling(form ?? desk.waitForm, wait: wait, now: call.now))
        case .error(let code): .reply(desk.refusal(code) ?? HTTPReply(400))
        default: .spoiled(deed, HTTPReply(500))
        }
    }

    /// Writes messages down and lets things happen to them. False where they could not be written.
    func accept(_ messages: [SandboxMessage]) -> Bool {
        var lines: [UInt8] = []
        for message in messages { message.writeLine(to: &lines) }
        guard journal.append(lines) else { return false }
        accepted.wrappingAdd(messages.count, ordering: .relaxed)
        book.add(messages)
        var events: [(event: CallbackQueue.Event, after: Double)] = []
        for message in messages {
            for event in model.events(of: message) { events.append((.status(event.status, message), event.after)) }
            if let reply = model.reply(to: message) {
                let word = PersonsWord(
                    number: MessageNumber(seed: message.number.bits(31), number: message.number.number),
                    provider: message.provider, channel: message.channel, from: message.to, to: message.from,
                    text: reply.text, answered: message, at: now())
                events.append((.word(word), reply.after))
            }
        }
        callbacks.add(events)
        return true
    }

    /// The number of the next message, for what does not come by a desk.
    func nextNumber() -> MessageNumber { numbers.next() }

    func countRefusal() { refused.wrappingAdd(1, ordering: .relaxed) }

    /// Somebody writes, taps a button or follows a link.
    func hear(_ word: PageWord, kind: String) {
        switch word {
        case .text(let text, let message):
            let word = PersonsWord(
                number: numbers.next(), provider: message.provider, channel: message.channel, from: message.to,
                to: message.from, text: text, answered: message, at: now())
            book.add(word, kind: kind)
            callbacks.add([(.word(word), 0)])
        case .tap(let payload, let message):
            callbacks.add([(.status(.clicked(payload), message), 0)])
        }
    }

    /// One byte after the other, for as long as the client listens.
    func trickle(_ bytes: [UInt8], to stream: SocketStream) -> Bool {
        for byte in bytes {
            usleep(20_000)
            guard stream.write([byte]) else { return false }
        }
        return true
    }
}

/// What somebody does on the page, about a message.
enum PageWord: Sendable {
    case text(String, SandboxMessage)
    case tap(String, SandboxMessage)
}
