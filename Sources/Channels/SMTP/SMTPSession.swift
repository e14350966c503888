import Synchronization

/// The door to an `SMTPClient`, which runs on a thread of its own.
final class SMTPSession: ChannelSession {
    final class Control: Sendable {
        /// When the client must be done; `UInt64.max` while no one wants it to end.
        let deadline = Atomic<UInt64>(.max)
    }

    private let inbox: Inbox<ComposedMessage>
    private let control = Control()
    private let worker: WorkerThread

    init(
        _ options: SMTPClient.Options, report: @escaping @Sendable ([SendReport]) -> Void
    ) throws(ChannelSetupError) {
        let inbox = try Inbox<ComposedMessage>()
        let control = control
        self.inbox = inbox
        worker = try WorkerThread {
            do {
                try SMTPClient(options, report: report).run(inbox, control)
            } catch {
                SMTPSession.refuseAll(inbox, control, report)
            }
        }
    }

    func submit(_ messages: [ComposedMessage]) {
        inbox.put(messages)
    }

    func finish(within seconds: Double) {
        control.deadline.store(MonotonicClock.now &+ MonotonicClock.span(seconds), ordering: .releasing)
        inbox.wake()
        worker.join()
    }

    /// libcurl would not start: every message still gets its answer.
    private static func refuseAll(
        _ inbox: Inbox<ComposedMessage>, _ control: Control, _ report: ([SendReport]) -> Void
    ) {
        while true {
            let isFinishing = control.deadline.load(ordering: .acquiring) != .max
            let messages = inbox.take()
            if !messages.isEmpty {
                report(messages.map { SendReport(token: $0.token, outcome: .unavailable(code: "no_libcurl")) })
            } else if isFinishing {
                return
            } else {
                inbox.sleep()
            }
        }
    }
}
