/// How long a text can become at most, for the limits of channels, the number of parts of a text message, and its price.
package struct LongestRendering: Sendable, Hashable {
    package enum Encoding: String, Sendable {
        case gsm7 = "GSM-7"
        case ucs2 = "UCS-2"
    }

    /// What is taken for the longest value of a text that nobody has limited.
    package enum Assumption: Sendable, Hashable {
        /// Nothing at all: the least that the longest rendering can be.
        case empty
        /// 40 characters of the small alphabet, as they are written; numbers below ten million; lists of five.
        case usual
        /// 40 characters of any kind.
        case anyCharacter

        /// Characters of a text without a `max_length`.
        package static let characters = 40
        package static let listItems = 5
        package static let itemCharacters = 20
    }

    /// Unicode scalars.
    package let characters: Int
    package let bytes: Int
    package let utf16: Int
    /// What the longest rendering needs as a text message: some rendering has a character outside of the small alphabet.
    package let encoding: Encoding
    /// Septets, or UTF-16 units.
    package let units: Int
    package let segments: Int
    /// The values whose length is assumed, as they are written, each once.
    package let assumed: [String]

    init(_ length: TextLength, assumed: [String]) {
        characters = length.scalars
        bytes = length.bytes
        utf16 = length.units
        encoding = length.unicodeUnits == nil ? .gsm7 : .ucs2
        units = length.unicodeUnits ?? length.septets ?? 0
        segments = length.segments
        self.assumed = assumed
    }
}

/// What a project says about the values that texts show.
package struct RenderingFacts: Sendable {
    let schema: ContactSchema
    let brands: [Brand]
    let publicURL: String?

    package init(schema: ContactSchema, settings: ProjectSettings) {
        self.schema = schema
        brands = settings.brands.sorted { $0.key < $1.key }.map(\.value)
        publicURL = settings.publicURL
    }

    package init(_ project: CheckedProject) {
        self.init(schema: project.schema, settings: project.settings)
    }

    /// Characters that a link's sealed reference has at most, behind `/u/`.
    package static let referenceLength = 128
    /// What it has in practice: the launch's, contact's and step's numbers and their code.
    static let usualReferenceLength = 40
}

extension CompiledText {
    /// The longest that this text can be for anybody.
    package func longest(_ facts: RenderingFacts, assuming assumption: LongestRendering.Assumption) -> LongestRendering
    {
        var analysis = LengthAnalysis(facts, assumption, formats: program.formats, currency: program.currency)
        let length = analysis.length(of: nodes)
        return LongestRendering(length, assumed: analysis.assumed)
    }
}
