/// What a rendered text will become, which decides how values are written into it.
package enum TextKind: String, Sendable {
    /// A header value such as a subject: one line, nothing escaped, control characters refused.
    case header
    /// Plain text: nothing escaped.
    case plain
    /// An HTML body: every value is escaped for the place it stands in.
    case html
}
