import Synchronization

/// The door to an `HTTPLoop`, which runs on a thread of its own.
final class HTTPTransport: Sendable {
    final class Control: Sendable {
        /// When the loop must be done; `UInt64.max` while no one wants it to end.
        let deadline = Atomic<UInt64>(.max)
    }

    private let inbox: Inbox<HTTPLoop.Event>
    private let control = Control()
    private let worker: WorkerThread

    /// `report` is called on the thread, with one entry for each request, exactly once each.
    init(
        _ account: HTTPAccount,
        report: @escaping @Sendable ([HTTPReport]) -> Void
    ) throws(ChannelSetupError) {
        let inbox = try Inbox<HTTPLoop.Event>()
        let control = control
        self.inbox = inbox
        worker = try WorkerThread {
            do {
                try HTTPLoop(account, inbox: inbox, report: report).run(control)
            } catch {
                HTTPTransport.refuseAll(inbox, control, report)
            }
        }
    }

    func submit(_ requests: some Sequence<HTTPRequest>) {
        inbox.put(requests.map { .request($0) })
    }

    func finish(within seconds: Double) {
        control.deadline.store(MonotonicClock.now &+ MonotonicClock.span(seconds), ordering: .releasing)
        inbox.wake()
        worker.join()
    }

    /// libcurl would not start: every request still gets its answer.
    private static func refuseAll(
        _ inbox: Inbox<HTTPLoop.Event>,
        _ control: Control,
        _ report: ([HTTPReport]) -> Void
    ) {
        while true {
            let isFinishing = control.deadline.load(ordering: .acquiring) != .max
            let events = inbox.take()
            let reports = events.compactMap { event -> HTTPReport? in
                guard case .request(let request) = event else {
                    return nil
                }
                return HTTPReport(request, .notSent(code: "no_libcurl"))
            }
            if !reports.isEmpty {
                report(reports)
            } else if isFinishing {
                return
            } else {
                inbox.sleep()
            }
        }
    }
}
