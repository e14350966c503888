/// The front door: text in, a checked project or diagnostics out.
package enum Compiler {
    package struct Result: Sendable {
        package let sources: SourceMap
        /// Sorted by file and place, without repetitions.
        package let diagnostics: [Diagnostic]
        /// Nil where there are errors.
        package let project: CheckedProject?

        package init(sources: SourceMap, diagnostics: [Diagnostic], project: CheckedProject?) {
            self.sources = sources
            self.diagnostics = diagnostics
            self.project = project
        }
    }

    package static func compile(_ files: [SourceFile], catalog: Catalog) -> Result {
        Result(sources: SourceMap(), diagnostics: [], project: nil)
    }
}
