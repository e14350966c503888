/// A finding about what somebody wrote: code, message, place and, where we know it, what to write instead.
///
/// The message says what is wrong, in lower case and without blame; only `help` says what to do.
package struct Diagnostic: Sendable {
    package enum Severity: String, Sendable, Comparable {
        case warning
        case error

        package static func < (left: Severity, right: Severity) -> Bool {
            left == .warning && right == .error
        }
    }

    /// A place with a few words about it. The words may be empty.
    package struct Label: Sendable {
        package let span: SourceSpan
        package let text: String

        package init(_ span: SourceSpan, _ text: String = "") {
            self.span = span
            self.text = text
        }
    }

    /// An edit that mends the finding. An unsafe one may change what the file means.
    package struct Fix: Sendable {
        package let edits: [(span: SourceSpan, replacement: String)]
        package let isSafe: Bool

        package init(edits: [(span: SourceSpan, replacement: String)], isSafe: Bool) {
            self.edits = edits
            self.isSafe = isSafe
        }
    }

    /// Permanent: `E01` syntax, `E02` names, `E03` types, `E04` graph, `L` lint.
    package let code: String
    package let severity: Severity
    package let message: String
    /// The smallest span that still makes sense.
    package let primary: Label
    package let secondary: [Label]
    /// The way through a program that leads to the finding, as the names of what decides.
    package let path: [String]
    package let help: String?
    package let fix: Fix?

    package init(
        code: String,
        severity: Severity = .error,
        message: String,
        at primary: Label,
        also secondary: [Label] = [],
        path: [String] = [],
        help: String? = nil,
        fix: Fix? = nil
    ) {
        self.code = code
        self.severity = severity
        self.message = message
        self.primary = primary
        self.secondary = secondary
        self.path = path
        self.help = help
        self.fix = fix
    }

    /// The same with one more place, unless it is the place already.
    func labelled(_ label: Label) -> Diagnostic {
        guard label.span != primary.span else { return self }
        return Diagnostic(
            code: code, severity: severity, message: message, at: primary, also: secondary + [label], path: path,
            help: help, fix: fix)
    }
}

/// What a stage found, in the order in which it found it.
package struct DiagnosticBag: Sendable {
    package private(set) var diagnostics: [Diagnostic] = []

    package init() {}

    package var hasErrors: Bool {
        diagnostics.contains { $0.severity == .error }
    }

    package mutating func report(_ diagnostic: Diagnostic) {
        diagnostics.append(diagnostic)
    }

    /// Adds a place to everything that was reported from there on: where a shared part was used.
    package mutating func addLabel(_ label: Diagnostic.Label, from start: Int) {
        for index in diagnostics.indices.dropFirst(start) {
            diagnostics[index] = diagnostics[index].labelled(label)
        }
    }

    package mutating func report(contentsOf other: DiagnosticBag) {
        diagnostics.append(contentsOf: other.diagnostics)
    }
}
