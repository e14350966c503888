/// One thing that was looked at, and what to do where it isn't well.
package struct HealthFinding: Sendable, Equatable {
    package enum Level: String, Sendable, CaseIterable {
        case ok, warning, failure
    }

    /// Stays the same from version to version: `database`, `disk`.
    package let check: String
    package let level: Level
    package let text: String
    package let help: String?

    package init(_ check: String, _ level: Level, _ text: String, help: String? = nil) {
        self.check = check
        self.level = level
        self.text = text
        self.help = help
    }
}
