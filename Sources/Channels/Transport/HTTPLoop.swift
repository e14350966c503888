import CCurlShim
import Glibc
import Synchronization

/// Runs the requests of one account side by side on one thread.
final class HTTPLoop {
    enum Event: Sendable {
        case request(HTTPRequest)
        case looked(EgressResolver.Answer)
    }

    /// How long a name's checked addresses are used before it is looked up again.
    private static let pinSpan = MonotonicClock.span(60)

    private let account: HTTPAccount
    private let inbox: Inbox<Event>
    private let report: ([HTTPReport]) -> Void
    private let multi: UnsafeMutableRawPointer
    private let resolver: EgressResolver?
    private var idle: [HTTPTransfer] = []
    private var active: [UnsafeMutableRawPointer: HTTPTransfer] = [:]
    private var waiting: [HTTPRequest] = []
    /// Requests before this one have begun.
    private var nextWaiting = 0
    private var reports: [HTTPReport] = []
    /// The checked addresses of the account's host.
    private var pin: HTTPPin?
    private var pinnedAt: UInt64 = 0
    private var isLooking = false
    /// A lookup that isn't over by then fails what waits for it; its answer is used if it still comes.
    private var lookingUntil = UInt64.max

    init(
        _ account: HTTPAccount,
        inbox: Inbox<Event>,
        report: @escaping ([HTTPReport]) -> Void
    ) throws(ChannelSetupError) {
        curl_global_init(Int(CURL_GLOBAL_ALL))
        if account.endpoint.literal == nil {
            resolver = try EgressResolver(lookup: account.lookup) { inbox.put([.looked($0)]) }
        } else {
            resolver = nil
        }
        guard let multi = curl_multi_init() else {
            resolver?.end()
            throw ChannelSetupError(message: "libcurl can't be started")
        }
        self.account = account
        self.inbox = inbox
        self.report = report
        self.multi = multi
        carillon_multi_set_long(multi, CURLMOPT_MAX_HOST_CONNECTIONS, account.connections)
        carillon_multi_set_long(multi, CURLMOPT_MAXCONNECTS, account.connections)
    }

    deinit {
        resolver?.end()
        for transfer in active.values {
            curl_multi_remove_handle(multi, transfer.handle)
        }
        curl_multi_cleanup(multi)
    }

    /// Until the control asks for the end and all is answered, or its time is over.
    func run(_ control: HTTPTransport.Control) {
        while true {
            let deadline = control.deadline.load(ordering: .acquiring)
            let events = inbox.take()
            events.forEach(take)
            begin()
            advance()
            if isWaitingForAddress, MonotonicClock.now >= lookingUntil {
                refuseWaiting("lookup_timeout")
            }
            // Whoever hears a report may answer it with a new request.
            let hasReported = deliver()
            if deadline != .max {
                let isDone = events.isEmpty && !hasReported && active.isEmpty && nextWaiting == waiting.count
                if isDone || MonotonicClock.now >= deadline {
                    break
                }
            }
            let next = isWaitingForAddress ? min(deadline, lookingUntil) : deadline
            wait(events.isEmpty && !hasReported ? milliseconds(until: next) : 0)
        }
        endAll()
    }

    private var isWaitingForAddress: Bool {
        isLooking && pin == nil && nextWaiting < waiting.count
    }

    private func take(_ event: Event) {
        switch event {
        case .request(let request): waiting.append(request)
        case .looked(let answer): looked(answer)
        }
    }

    private func looked(_ answer: EgressResolver.Answer) {
        isLooking = false
        switch answer {
        case .addresses(let addresses):
            guard (try? account.egress.check(addresses, for: account.endpoint)) != nil else {
                pin = nil
                refuseWaiting("address_refused")
                return
            }
            pin = HTTPPin(account.endpoint, addresses)
            pinnedAt = MonotonicClock.now
        case .failed(let code):
            // While the name server is away the addresses it gave before still hold.
            if pin == nil {
                refuseWaiting(code)
            } else {
                pinnedAt = MonotonicClock.now
            }
        }
    }

    private func refuseWaiting(_ code: String) {
        for request in waiting[nextWaiting...] {
            reports.append(HTTPReport(request, .notSent(code: code)))
        }
        waiting.removeAll(keepingCapacity: true)
        nextWaiting = 0
    }

    private func begin() {
        guard nextWaiting < waiting.count else {
            return
        }
        if let resolver, !isLooking, pin == nil || MonotonicClock.now &- pinnedAt > HTTPLoop.pinSpan {
            isLooking = true
            lookingUntil = MonotonicClock.now &+ MonotonicClock.span(account.connectTimeout)
            resolver.ask(account.endpoint.host)
        }
        guard resolver == nil || pin != nil else {
            return
        }
        while nextWaiting < waiting.count, active.count < account.connections {
            let request = waiting[nextWaiting]
            nextWaiting += 1
            begin(request)
        }
        if nextWaiting == waiting.count {
            waiting.removeAll(keepingCapacity: true)
            nextWaiting = 0
        } else if nextWaiting > 1024, nextWaiting * 2 > waiting.count {
            waiting.removeFirst(nextWaiting)
            nextWaiting = 0
        }
    }

    private func begin(_ request: HTTPRequest) {
        guard let transfer = idle.popLast() ?? HTTPTransfer(account) else {
            reports.append(HTTPReport(request, .notSent(code: "no_libcurl")))
            return
        }
        guard transfer.prepare(request, pin: pin), curl_multi_add_handle(multi, transfer.handle) == CURLM_OK else {
            reports.append(HTTPReport(request, .notSent(code: "unsafe_header")))
            idle.append(transfer)
            return
        }
        active[transfer.handle] = transfer
    }

    private func advance() {
        guard !active.isEmpty else {
            return
        }
        var running: Int32 = 0
        curl_multi_perform(multi, &running)
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let handle = message.pointee.easy_handle,
                let transfer = active.removeValue(forKey: handle)
            else {
                continue
            }
            // Read before the handle leaves: the message goes with it.
            let code = carillon_message_result(message)
            reports.append(HTTPReport(transfer.request, transfer.result(code)))
            curl_multi_remove_handle(multi, handle)
            transfer.reset()
            idle.append(transfer)
        }
        begin()
    }

    /// Whether there was anything to report.
    @discardableResult
    private func deliver() -> Bool {
        guard !reports.isEmpty else {
            return false
        }
        let batch = reports
        reports = []
        report(batch)
        return true
    }

    private func milliseconds(until deadline: UInt64) -> Int32 {
        guard deadline != .max else {
            return 60_000
        }
        let now = MonotonicClock.now
        return now >= deadline ? 0 : Int32(min(60_000, (deadline - now) / 1_000_000 + 1))
    }

    private func wait(_ milliseconds: Int32) {
        var wake = curl_waitfd(fd: inbox.descriptor, events: Int16(CURL_WAIT_POLLIN), revents: 0)
        curl_multi_poll(multi, &wake, 1, milliseconds, nil)
        if wake.revents != 0 {
            inbox.drainWakeUps()
        }
    }

    /// The time is over: what was begun is unknown, and what was not begun was not sent.
    private func endAll() {
        for event in inbox.take() {
            take(event)
        }
        for transfer in active.values {
            let result = transfer.phase.map { HTTPResult.lost($0, detail: "stopped") } ?? .notSent(code: "not_begun")
            reports.append(HTTPReport(transfer.request, result))
        }
        refuseWaiting("not_begun")
        deliver()
    }
}
