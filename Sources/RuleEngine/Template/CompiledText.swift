/// One template text, compiled to segments and slots.
package struct CompiledText: Sendable {
    package let kind: TextKind
    /// The schema slots that a page must carry for this text.
    package let slots: Set<Int>
    /// Everything that the text mentions: what a rendering needs.
    package let uses: TemplateUses
    /// What of the contact's past it looks at.
    package let history: HistoryNeeds
    /// What every reader gets to see, whatever the conditions say: an unsubscribe link behind an `if` isn't in here.
    package let always: TemplateUses
    /// In the order of the text.
    package let links: [DeclaredLink]
    let program: TemplateProgram
    let nodes: [CheckedTextNode]
    /// An HTML text that ends inside of a tag can't be put into a layout.
    let endsInText: Bool

    init(
        kind: TextKind,
        slots: Set<Int>,
        uses: TemplateUses,
        history: HistoryNeeds,
        always: TemplateUses,
        links: [DeclaredLink],
        formats: LanguageTables,
        currency: String,
        nodes: [CheckedTextNode],
        endsInText: Bool = true
    ) {
        self.kind = kind
        self.slots = slots
        self.uses = uses
        self.history = history
        self.always = always
        self.links = links
        self.nodes = nodes
        self.endsInText = endsInText
        program = TemplateProgram(nodes, formats: formats, currency: currency)
    }

    /// The text in its layout: what stands in front of it, the text, and what stands behind it.
    func framed(by layout: CompiledText) -> CompiledText {
        let place = layout.nodes.firstIndex { if case .content = $0 { true } else { false } } ?? layout.nodes.endIndex
        var needs = history
        needs.formUnion(layout.history)
        return CompiledText(
            kind: kind, slots: slots.union(layout.slots), uses: uses.union(layout.uses), history: needs,
            always: always.union(layout.always), links: links + layout.links, formats: program.formats,
            currency: program.currency,
            nodes: Array(layout.nodes[..<place]) + nodes + Array(layout.nodes[place...].dropFirst()))
    }

    /// Everything in it that comes from no value, one after the other, of all branches.
    package var constants: [UInt8] { program.constants }

    /// What everybody gets to see, where the text has no marks.
    var constant: [UInt8]? {
        nodes.reduce([] as [UInt8]?) { bytes, node in
            if case .constant(let part) = node { bytes.map { $0 + part } } else { nil }
        }
    }

    /// Writes what the text means: its words, values and conditions, neither spans nor spelling.
    package func writeCanonical(into writer: inout CanonicalWriter) {
        writer.tag("template-text")
        writer.text(kind.rawValue)
        writer.text(program.formats.tag)
        writer.list(nodes) { $1.writeCanonical(into: &$0) }
    }

    /// Appends the text for one row of the page to a buffer that the caller reuses.
    ///
    /// On an error the buffer is as it was before. `facts` must carry the columns of `slots`.
    package func render(
        into buffer: inout [UInt8],
        facts: FactPage,
        row: Int,
        context: RenderContext
    ) throws(RenderError) {
        let start = buffer.count
        let program = program
        do throws(RenderError) {
            let isDone =
                program.isStraight
                ? try program.runStraight(into: &buffer, facts: facts, row: row, context: context) : false
            if !isDone { try program.run(into: &buffer, start: start, facts: facts, row: row, context: context) }
            if kind == .header, buffer[start...].contains(where: { $0 < 0x20 || $0 == 0x7F }) {
                throw .controlCharacterInHeader
            }
        } catch {
            buffer.removeLast(buffer.count - start)
            throw error
        }
    }
}

extension CompiledText {
    /// The words that the text begins with, whoever reads it; nil where it begins with a value.
    var openingText: String? {
        if case .constant(let bytes) = nodes.first { String(decoding: bytes, as: UTF8.self) } else { nil }
    }
}
