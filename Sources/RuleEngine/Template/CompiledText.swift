/// One template text, compiled to segments and slots.
package struct CompiledText: Sendable {
    package let kind: TextKind
    /// The schema slots that a page must carry for this text.
    package let slots: Set<Int>
    package let uses: TemplateUses
    /// In the order of the text.
    package let links: [DeclaredLink]
    private let constants: [UInt8]

    init(kind: TextKind, slots: Set<Int>, uses: TemplateUses, links: [DeclaredLink], constants: [UInt8]) {
        self.kind = kind
        self.slots = slots
        self.uses = uses
        self.links = links
        self.constants = constants
    }

    /// Writes what the text means: its words and its conditions, neither spans nor spelling.
    package func writeCanonical(into writer: inout CanonicalWriter) {
        writer.text(String(decoding: constants, as: UTF8.self))
    }

    /// Appends the text for one row of the page to a buffer that the caller reuses.
    ///
    /// On an error the buffer is as it was before.
    package func render(
        into buffer: inout [UInt8], facts: FactPage, row: Int, context: RenderContext
    ) throws(RenderError) {
        guard constants.count <= context.limits.bytes else { throw .tooLong(limit: context.limits.bytes) }
        buffer.append(contentsOf: constants)
    }
}
