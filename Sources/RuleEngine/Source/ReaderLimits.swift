/// What one file may cost. Every limit is checked while reading, so that a hostile file is refused before it is
/// held in memory.
package struct ReaderLimits: Sendable {
    package var bytes = 1 << 20
    /// libyaml has no limit of its own and turns quadratic: 100,000 brackets take it 44 seconds.
    package var depth = 64
    /// Counted after alias expansion: 304 bytes of nested aliases stand for six million nodes.
    package var nodes = 100_000
    package var anchors = 100
    package var aliases = 100
    package var scalarBytes = 64 << 10
    package var documents = 1000
    /// Reading ends with the file's hundredth syntax error: each needs a fresh parser.
    package var syntaxErrors = 100
    /// Reading ends with the file's thousandth finding: nobody mends a file line by line that is none of ours.
    package var findings = 1000

    package init() {}
}
