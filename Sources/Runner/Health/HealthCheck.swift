package import RuleEngine

/// Judges what was found: which figure is well, and what to do about one that isn't. It looks at nothing itself.
package struct HealthCheck: Sendable {
    private let now: Timestamp

    private static let day = 86_400.0
    private static let megabyte: Int64 = 1 << 20

    package init(now: Timestamp) {
        self.now = now
    }

    package func project(errors: Int, warnings: Int, files: Int) -> HealthFinding {
        if errors > 0 {
            return HealthFinding(
                "project", .failure, "\(Self.counted(errors, "error")) in the project's files", help: "carillon check")
        }
        let told = warnings > 0 ? ", \(Self.counted(warnings, "warning"))" : ""
        return HealthFinding("project", .ok, "\(Self.counted(files, "file")) compile\(told)")
    }

    /// - Parameter runner: the process that sends, as a text; nil where there is none.
    package func store(_ facts: StoreFacts, runner: String?) -> [HealthFinding] {
        var findings = [database(facts), tables(facts), disk(facts), clock(facts)]
        if facts.version == facts.newestVersion {
            findings += [copy(facts), self.runner(facts, runner), due(facts, runner), doubt(facts)]
            findings += [webhooks(facts), backup(facts)].compactMap(\.self)
        }
        return findings
    }

    private func database(_ facts: StoreFacts) -> HealthFinding {
        if let fault = facts.faults?.first {
            return HealthFinding(
                "database", .failure, "it is damaged: \(fault)",
                help: "stop everything that uses it, keep a copy of the folder, and restore the last backup")
        }
        guard facts.hasItsKey else {
            return HealthFinding(
                "database", .failure, "the key beside it is another database's, or none",
                help: "put the file `key` back that belongs to it; it is in every backup")
        }
        let size = "\(Self.size(facts.databaseBytes)), its log \(Self.size(facts.logBytes))"
        guard facts.logBytes < 256 * Self.megabyte else {
            return HealthFinding(
                "database", .warning, size,
                help: "something has been reading for very long and keeps the log from being written back: end it")
        }
        return HealthFinding("database", .ok, size + (facts.faults == nil ? "" : ", sound"))
    }

    private func tables(_ facts: StoreFacts) -> HealthFinding {
        if facts.version > facts.newestVersion {
            return HealthFinding(
                "tables", .failure, "version \(facts.version); this program knows \(facts.newestVersion)",
                help: "run the newer program that wrote them")
        }
        if facts.version < facts.newestVersion {
            return HealthFinding(
                "tables", .warning, "version \(facts.version), this program's are \(facts.newestVersion)",
                help: "back up, then: carillon migrate (the first command that opens them does the same)")
        }
        return HealthFinding("tables", .ok, "version \(facts.version)")
    }

    private func disk(_ facts: StoreFacts) -> HealthFinding {
        let text = "\(Self.size(facts.freeBytes)) free of \(Self.size(facts.diskBytes))"
        if facts.freeBytes < 200 * Self.megabyte {
            return HealthFinding(
                "disk", .failure, text, help: "make room: without it nothing can be written, so nothing is sent")
        }
        if facts.freeBytes < max(1024 * Self.megabyte, facts.databaseBytes / 2) {
            return HealthFinding("disk", .warning, text, help: "make room before campaigns of any size")
        }
        return HealthFinding("disk", .ok, text)
    }

    package func clock(_ facts: StoreFacts) -> HealthFinding {
        let told = ISOInstant.text(now)
        // Nothing is older than the program: a machine without a battery wakes up in 1970.
        guard now >= Self.built else {
            return HealthFinding(
                "clock", .failure, "\(told) is before this program was made", help: "set the clock, then start again")
        }
        if let newest = facts.newestInstant, newest > now.adding(seconds: 300) {
            return HealthFinding(
                "clock", .failure, "\(told), and the database holds what happened at \(ISOInstant.text(newest))",
                help: "the clock went back, or was wrong then: set it (chrony or systemd-timesyncd keep it right)")
        }
        guard now <= Self.built.adding(seconds: 366 * 86_400) else {
            return HealthFinding(
                "clock", .warning, "\(told) is more than a year after this program was made",
                help:
                    "where the clock is right, take a newer program: rules of time zones and of countries have changed since"
            )
        }
        return HealthFinding("clock", .ok, told)
    }

    /// 2026-11-01.
    private static let built = Timestamp(microseconds: 1_793_491_200_000_000)

    private func copy(_ facts: StoreFacts) -> HealthFinding {
        facts.isCopy
            ? HealthFinding(
                "copy", .failure, "restored from a backup, and sends nothing yet",
                help: "stop the original, look at `carillon status`, then: carillon restore --confirm")
            : HealthFinding("copy", .ok, facts.isSandbox ? "a sandbox's data" : "the original")
    }

    private func runner(_ facts: StoreFacts, _ runner: String?) -> HealthFinding {
        if let runner { return HealthFinding("runner", .ok, "\(runner) sends") }
        guard facts.live > 0 else { return HealthFinding("runner", .ok, "nobody sends, and nothing is under way") }
        return HealthFinding(
            "runner", .failure,
            "nobody sends, and \(facts.live) \(facts.live == 1 ? "program is" : "programs are") under way",
            help: "carillon serve (or `carillon run`); its unit tells why it ended: journalctl -u carillon")
    }

    private func due(_ facts: StoreFacts, _ runner: String?) -> HealthFinding {
        guard let oldest = facts.oldestDue else { return HealthFinding("work", .ok, "nothing is late") }
        let late = oldest.span(to: now)
        let counts = [(facts.dueRuns, "run"), (facts.dueRetries, "message"), (facts.causes, "event")]
            .filter { $0.0.count > 0 }.map { Self.counted($0.0.count, $0.1) }.joined(separator: ", ")
        let text = "\(counts) due, the oldest for \(Self.span(late))"
        guard late > 60 else { return HealthFinding("work", .ok, text) }
        let help =
            runner == nil
            ? "nobody sends: see `runner`"
            : "the runner is behind or stands still: look at its log, and at the channels' states below"
        return HealthFinding("work", late > 900 ? .failure : .warning, text, help: help)
    }

    private func doubt(_ facts: StoreFacts) -> HealthFinding {
        if facts.stuck > 0 {
            return HealthFinding(
                "leases", .failure,
                "\(Self.counted(facts.stuck, "message")) in sending past the deadline: whoever sent is gone",
                help: "the next runner makes them uncertain when it begins: carillon serve, or carillon run")
        }
        guard facts.uncertain > 0 else { return HealthFinding("leases", .ok, "no message is in doubt") }
        return HealthFinding(
            "leases", .warning, "\(Self.counted(facts.uncertain, "message")) whose outcome nobody knows",
            help: "carillon uncertain lists them, `ask` asks the providers, `settle` decides")
    }

    private func webhooks(_ facts: StoreFacts) -> HealthFinding? {
        guard let oldest = facts.unreadWebhooks.oldest else { return nil }
        let late = oldest.span(to: now)
        let text = "\(Self.counted(facts.unreadWebhooks.count, "request")) unread, the oldest for \(Self.span(late))"
        return late > 300
            ? HealthFinding("webhooks", .failure, text, help: "`carillon serve` reads them: is it running?")
            : HealthFinding("webhooks", .ok, text)
    }

    private func backup(_ facts: StoreFacts) -> HealthFinding? {
        guard !facts.isSandbox else { return nil }
        guard let at = facts.backedUpAt else {
            return HealthFinding("backup", .warning, "none was ever made", help: "carillon backup FOLDER")
        }
        let text = "the last was made \(Self.span(at.span(to: now))) ago"
        return at.span(to: now) > 2 * Self.day
            ? HealthFinding("backup", .warning, text, help: "carillon backup FOLDER, every day by a timer")
            : HealthFinding("backup", .ok, text)
    }

    // MARK: Beside the store

    /// - Parameter release: such as `2026f`.
    package func zones(release: String) -> HealthFinding {
        let year = Int(release.prefix(4)) ?? 0
        let this = CalendarDate(daysSinceEpoch: now.microseconds / 86_400_000_000).year
        guard year >= this - 1 else {
            return HealthFinding(
                "zones", .warning, "time zones of release \(release)",
                help: "install a newer tzdata: clocks may have been changed somewhere since")
        }
        return HealthFinding("zones", .ok, "time zones of release \(release)")
    }

    package func audit(_ verdict: AuditVerdict, _ checkpoints: CheckpointVerdict) -> HealthFinding {
        switch (verdict, checkpoints) {
        case (.broken(let number), _):
            HealthFinding(
                "audit", .failure, "the log is not as it was written, from entry \(number) on",
                help: "compare it with a backup of the data folder: carillon audit verify")
        case (_, .lost(let number, _)):
            HealthFinding(
                "audit", .failure, "entry \(number) is not the one that a checkpoint knows",
                help: "entries were cut off or written anew: carillon audit verify")
        case (_, .unreadable(let line)), (_, .foreign(let line)):
            HealthFinding(
                "audit", .warning, "line \(line) of audit-checkpoints is none of this data folder's",
                help: "compare it with the log of `carillon serve`, and take the line away")
        case (.whole(let entries, _), .held(let count)):
            HealthFinding(
                "audit", .ok,
                "\(entries) \(entries == 1 ? "entry" : "entries"), \(Self.counted(count, "checkpoint"))")
        }
    }

    /// - Parameter mode: of the file or folder, with the permission bits alone.
    package func secrecy(_ path: String, mode: UInt32) -> HealthFinding? {
        guard mode & 0o077 != 0 else { return nil }
        let text = "others than its owner can use \(path) (mode \(String(mode, radix: 8)))"
        return HealthFinding("secrets", .failure, text, help: "chmod go= \(path)")
    }

    /// - Parameter isHeardOf: whether the provider tells what becomes of messages.
    package func channel(
        _ id: String, _ record: ChannelRecord?, missing secret: String?, isHeardOf: Bool
    ) -> HealthFinding {
        let name = "channel \(id)"
        if let secret {
            return HealthFinding(
                name, .failure, "its secret `\(secret)` can't be read",
                help: "carillon channels test \(id) says where it is looked for")
        }
        guard let record else { return HealthFinding(name, .ok, "unused") }
        if let trouble = record.trouble {
            let next = trouble.until > now ? "tried again at \(ISOInstant.text(trouble.until))" : "tried next"
            return HealthFinding(
                name, .failure, "down since \(ISOInstant.text(trouble.since)) with \(trouble.code), \(next)",
                help: "carillon channels test \(id)")
        }
        if record.unreadable > 0 {
            return HealthFinding(
                name, .warning, "\(Self.counted(record.unreadable, "request")) of its provider couldn't be read",
                help: "is it the provider that the file names? carillon channels test \(id)")
        }
        guard let accepted = record.acceptedAt else { return HealthFinding(name, .ok, "nothing accepted yet") }
        guard isHeardOf else { return HealthFinding(name, .ok, "last accepted \(ISOInstant.text(accepted))") }
        // What was accepted an hour ago has been heard of by now, unless nobody calls us.
        let told = record.heardAt.map { "last heard of \(ISOInstant.text($0))" } ?? "never heard of"
        let isSilent = record.heardAt.map { $0 < accepted } ?? true
        if isSilent, accepted.span(to: now) > 3600 {
            return HealthFinding(
                name, .warning, "last accepted \(ISOInstant.text(accepted)), \(told)",
                help: "is its webhook address set with the provider? carillon channels test \(id)")
        }
        return HealthFinding(name, .ok, "last accepted \(ISOInstant.text(accepted)), \(told)")
    }

    // MARK: Words

    static func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

    package static func size(_ bytes: Int64) -> String {
        for (unit, name) in [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")] as [(Int64, String)]
        where bytes >= unit {
            let tenths = bytes * 10 / unit
            return tenths % 10 == 0 || tenths >= 1000
                ? "\(tenths / 10) \(name)" : "\(tenths / 10).\(tenths % 10) \(name)"
        }
        return "\(bytes) bytes"
    }

    static func span(_ seconds: Double) -> String {
        switch seconds {
        case ..<120: "\(Int(max(0, seconds))) s"
        case ..<7200: "\(Int(seconds / 60)) min"
        case ..<(2 * day): "\(Int(seconds / 3600)) h"
        default: "\(Int(seconds / day)) days"
        }
    }
}

extension Timestamp {
    /// Seconds to a later instant.
    func span(to later: Timestamp) -> Double { Double(later.microseconds - microseconds) / 1_000_000 }
}
