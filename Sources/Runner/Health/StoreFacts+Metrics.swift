package import RuleEngine

extension StoreFacts {
    /// As Prometheus reads it (text format 0.0.4): what the alert rules in `packaging/` ask of.
    package func metrics(now: Timestamp) -> String {
        var text = ""
        func gauge(_ name: String, _ help: String, _ value: Double) {
            let number = value == value.rounded() && abs(value) < 1e15 ? "\(Int64(value))" : "\(value)"
            text += "# HELP carillon_\(name) \(help)\n# TYPE carillon_\(name) gauge\ncarillon_\(name) \(number)\n"
        }
        func age(_ time: Timestamp?) -> Double { max(0, time?.span(to: now) ?? 0) }
        gauge("programs_live", "Launches and versions of programs that are under way.", Double(live))
        gauge("messages_uncertain", "Messages whose outcome nobody knows.", Double(uncertain))
        gauge("messages_stuck", "Messages in sending past their deadline.", Double(stuck))
        gauge("oldest_due_seconds", "For how long the oldest work is late.", age(oldestDue))
        gauge("webhooks_unread", "Requests of providers that nobody has read.", Double(unreadWebhooks.count))
        gauge("webhooks_unread_seconds", "For how long the oldest of them waits.", age(unreadWebhooks.oldest))
        gauge("database_bytes", "Size of the database.", Double(databaseBytes))
        gauge("database_log_bytes", "Size of the database's log.", Double(logBytes))
        gauge("disk_free_bytes", "Free space where the data lies.", Double(freeBytes))
        gauge("restored_copy", "Whether the data is a backup's that may not send yet.", isCopy ? 1 : 0)
        if let backedUpAt { gauge("backup_age_seconds", "Time since the last backup.", age(backedUpAt)) }
        text += "# HELP carillon_channel_down Channels whose account is down.\n# TYPE carillon_channel_down gauge\n"
        // A channel's id is a plain name: nothing of it has to be escaped.
        for channel in down.sorted() { text += "carillon_channel_down{channel=\"\(channel)\"} 1\n" }
        return text
    }
}
