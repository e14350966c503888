import Channels
import Glibc

/// What a mail server writes back about mails that it took: a delivery status notification (RFC 3464) for a mailbox that
/// isn't there, a complaint (RFC 5965) for somebody who pressed the button. Each is put into a Maildir, as a mailbox of
/// returned mails would have it.
struct MailReports: Sendable {
    private let folder: String
    private let now: @Sendable () -> Int

    /// Makes the Maildir where it is not there yet.
    init(_ folder: String, now: @escaping @Sendable () -> Int) throws(ChannelSetupError) {
        self.folder = folder
        self.now = now
        for path in [folder, folder + "/tmp", folder + "/new", folder + "/cur"] {
            guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
                throw ChannelSetupError(
                    message: "can't make the folder \(path): \(String(cString: strerror(errno)))",
                    help: "name another with --mail-reports")
            }
        }
    }

    /// Nothing for what a mail server never tells.
    func tell(_ status: MessageStatus, of message: SandboxMessage) {
        let report: String
        switch status {
        case .bounced(let isFinal): report = bounce(message, isFinal: isFinal)
        case .complained: report = complaint(message)
        case .queued, .sent, .delivered, .read, .opened, .clicked, .failed, .unsubscribed: return
        }
        // First whole in `tmp`, then by its name in `new`: who reads finds no half of a mail.
        let name = "\(message.at).\(message.number.hex(16)).\(status.name)"
        let text = report.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n")
        guard let file = fopen(folder + "/tmp/" + name, "w") else { return }
        fputs(text, file)
        fclose(file)
        rename(folder + "/tmp/" + name, folder + "/new/" + name)
    }

    private func bounce(_ message: SandboxMessage, isFinal: Bool) -> String {
        let status = isFinal ? "5.1.1" : "4.2.2"
        let words = isFinal ? "550 5.1.1 there is nobody here by that name" : "452 4.2.2 the mailbox is full"
        return multipart(
            message, subject: "Undelivered Mail Returned to Sender", report: "delivery-status",
            words: "Your mail to \(message.to) could not be delivered: \(words)",
            fields: """
                Reporting-MTA: dns; sandbox.example
                Arrival-Date: \(WaitHeaders.date(message.at, zone: "+0000"))

                Final-Recipient: rfc822; \(message.to)
                Action: failed
                Status: \(status)
                Diagnostic-Code: smtp; \(words)
                """)
    }

    private func complaint(_ message: SandboxMessage) -> String {
        multipart(
            message, subject: "complaint about a message", report: "feedback-report",
            words: "Somebody said that this mail was not wanted.",
            fields: """
                Feedback-Type: abuse
                User-Agent: sandbox
                Version: 1
                Original-Rcpt-To: \(message.to)
                """)
    }

    private func multipart(
        _ message: SandboxMessage, subject: String, report: String, words: String, fields: String
    ) -> String {
        let boundary = "=_sandbox_\(message.number.hex(12))"
        return """
            From: MAILER-DAEMON@sandbox.example
            To: \(message.from)
            Subject: \(subject)
            Date: \(WaitHeaders.date(now(), zone: "+0000"))
            Message-ID: <\(message.number.hex(20))@sandbox.example>
            MIME-Version: 1.0
            Content-Type: multipart/report; report-type=\(report); boundary="\(boundary)"

            --\(boundary)
            Content-Type: text/plain; charset=us-ascii

            \(words)

            --\(boundary)
            Content-Type: message/\(report)

            \(fields)

            --\(boundary)
            Content-Type: text/rfc822-headers

            From: \(message.from)
            To: \(message.to)
            Message-ID: \(message.reference)

            --\(boundary)--

            """
    }
}
