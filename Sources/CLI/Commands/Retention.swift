import ArgumentParser
import RuleEngine
import Runner
import Storage

struct Retention: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "How long things are kept. What has no rule is kept for good.",
        discussion: "Kinds: "
            + RetentionRule.Kind.allCases.map { "\($0.rawValue) (\($0.about))" }.joined(separator: ", ") + ".",
        subcommands: [List.self, Set.self, Run.self], defaultSubcommand: List.self
    )

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "All rules.")

        @OptionGroup var options: CommonOptions

        func run() throws {
            let store = try Workspace(options).openSQLite()
            let rules = try withStore { () throws(StoreError) in try store.openRetention().rules() }
            if options.json {
                return Terminal.output.write((["rules": .array(rules.map(\.json))] as JSON).text)
            }
            guard !rules.isEmpty else { return Terminal.output.line("no rules: everything is kept") }
            var table = Table(.left, .left, .right)
            for rule in rules {
                table.add(
                    rule.kind.rawValue, rule.channel ?? "all others", Figures.count(rule.days, "day", plural: "days"))
            }
            Terminal.output.write(table.text)
        }
    }

    struct Set: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Set a rule, or take it back with `forever`.")

        @Argument(help: "The kind.")
        var kind: String

        @Argument(help: "90d, or forever.")
        var time: String

        @Option(help: "For this channel, in the place of the rule for all.")
        var channel: String?

        @OptionGroup var options: CommonOptions

        func validate() throws {
            guard let kind = RetentionRule.Kind(rawValue: kind) else {
                let known = RetentionRule.Kind.allCases.map(\.rawValue).joined(separator: ", ")
                throw ValidationError("there is no kind \(kind); kinds are \(known)")
            }
            guard channel == nil || kind.isOfChannels else {
                throw ValidationError("\(kind.rawValue) belongs to no channel")
            }
            guard time == "forever" || days != nil else {
                throw ValidationError("a time is whole days like 90d, or forever; not \(time)")
            }
        }

        private var days: Int? {
            guard let length = TestReader.duration(time), length % 86_400_000_000 == 0 else { return nil }
            let days = Int(length / 86_400_000_000)
            return (1...RetentionRule.longest).contains(days) ? days : nil
        }

        func run() throws {
            let workspace = try Workspace(options)
            guard let kind = RetentionRule.Kind(rawValue: kind) else { return }
            let store = try workspace.openSQLite()
            try withStore { () throws(StoreError) in
                let rules = try store.openRetention()
                if let days {
                    try rules.set(RetentionRule(kind: kind, channel: channel, days: days))
                } else {
                    _ = try rules.remove(kind, channel: channel)
                }
            }
            try workspace.audit("setRetention", "privacy:" + kind.rawValue)
            Terminal.output.line(
                options.json
                    ? (["kind": .string(kind.rawValue), "days": JSON(days)] as JSON).compactText
                    : "\(kind.about): \(days.map { "kept for \($0) days" } ?? "kept for good")")
        }
    }

    struct Run: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take away now what is too old. `carillon serve` does so every hour.")

        @OptionGroup var options: CommonOptions

        func run() throws {
            let workspace = try Workspace(options)
            let store = try workspace.openSQLite()
            let now = workspace.environment.now()
            let counts = try withStore { () throws(StoreError) in try store.openRetention().sweepAll(now: now) }
            try workspace.audit("runRetention", "")
            let rows = RetentionRule.Kind.allCases.map { ($0, counts[$0] ?? 0) }
            if options.json {
                let members = rows.map { JSON.Entry(key: $0.0.rawValue, value: JSON($0.1)) }
                return Terminal.output.write(JSON.object(members).text)
            }
            let some = rows.filter { $0.1 > 0 }
            guard !some.isEmpty else { return Terminal.output.line("nothing is too old") }
            for (kind, count) in some {
                Terminal.output.line("\(kind.about): \(Figures.count(count, "row", plural: "rows"))")
            }
        }
    }
}
