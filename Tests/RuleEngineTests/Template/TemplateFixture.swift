@testable import RuleEngine

/// A small schema, contacts made from literals, and the way from a source to its rendering or its diagnostics.
struct TemplateFixture {
    enum Fact {
        case text(String)
        case int(Int64)
        /// Millionths.
        case decimal(Int64)
        case money(Int64)
        case bool(Bool)
        case date(year: Int, month: Int, day: Int)
        case instant(Int64)
        case list([String])
    }

    static let schema = ContactSchema(
        id: "acme",
        declared: [
            ContactField(name: "first_name", type: TypeInfo(.text, isOptional: true), isPersonal: true),
            ContactField(name: "company", type: TypeInfo(.text)),
            ContactField(name: "website", type: TypeInfo(.text)),
            ContactField(name: "plan", type: TypeInfo(.oneOf(["free", "trial", "pro"]))),
            ContactField(name: "seats", type: TypeInfo(.int)),
            ContactField(name: "orders", type: TypeInfo(.int, isOptional: true)),
            ContactField(name: "score", type: TypeInfo(.decimal)),
            ContactField(name: "balance", type: TypeInfo(.money)),
            ContactField(name: "is_member", type: TypeInfo(.bool)),
            ContactField(name: "birthday", type: TypeInfo(.date)),
            ContactField(name: "renewal", type: TypeInfo(.date, isOptional: true)),
            ContactField(name: "joined_at", type: TypeInfo(.instant)),
        ]
    )

    static let anna: [String: Fact] = [
        "id": .text("c-1"), "email": .text("anna@example.com"), "company": .text("Müller & Söhne"),
        "website": .text("https://example.com/a?b=1&c=2"), "plan": .text("trial"), "seats": .int(3),
        "score": .decimal(1_500_000), "balance": .money(1_234_500_000), "is_member": .bool(true),
        "birthday": .date(year: 1990, month: 3, day: 8), "joined_at": .instant(1_805_360_700_000_000),
        "tags": .list(["vip", "early bird"]), "country": .text("DE"), "first_name": .text("Anna"),
    ]

    var language = "en"
    var currency = "EUR"
    var zone = TimeZoneRules(fixed: TimeZoneRules.Offset(seconds: 3600, isDaylightSaving: false, abbreviation: "CET"))
    var limits = RenderLimits()
    var purpose = Purpose.marketing
    var knownLinks: [DeclaredLink] = []

    func compile(_ source: String, as kind: TextKind = .plain) -> (text: CompiledText?, diagnostics: [Diagnostic]) {
        let bytes = Array(source.utf8)
        let text = EmbeddedText(
            bytes: bytes,
            whole: SourceSpan(file: FileID(rawValue: 0), start: 0, end: Int32(bytes.count)),
            pieces: [EmbeddedText.Piece(contentStart: 0, sourceStart: 0)]
        )
        let scope = TemplateScope(
            expressions: ExpressionScope(
                schema: Self.schema,
                currency: currency,
                roots: TemplateScope.messageRoots
            ),
            purpose: purpose,
            language: language,
            knownLinks: knownLinks
        )
        var bag = DiagnosticBag()
        let compiled = TemplateCompiler.compile(text, as: kind, in: scope, reporting: &bag)
        return (compiled, bag.diagnostics)
    }

    var context: RenderContext {
        RenderContext(
            sender: SenderTexts(
                name: Array("Acme".utf8),
                postalAddress: Array("Hauptstraße 1, Berlin".utf8),
                website: Array("https://acme.example".utf8)
            ),
            unsubscribeLink: Array("https://go.acme.example/u/abc?x=1&y=2".utf8),
            runStartedAt: Timestamp(microseconds: 1_805_360_700_000_000),
            now: Timestamp(microseconds: 1_805_360_700_000_000),
            timeZone: zone,
            limits: limits
        )
    }

    static func page(_ contact: [String: Fact]) -> FactPage {
        var page = FactPage(slotCount: schema.fields.count)
        for (slot, field) in schema.fields.enumerated() {
            guard let fact = contact[field.name] else {
                if case .list = field.type.type {
                    page.columns[slot].append(Int64(bitPattern: page.pack("").bits))
                } else {
                    page.columns[slot].appendMissing()
                }
                continue
            }
            switch fact {
            case .text(let text): page.columns[slot].append(Int64(bitPattern: page.pack(text).bits))
            case .int(let number), .decimal(let number), .money(let number), .instant(let number):
                page.columns[slot].append(number)
            case .bool(let flag): page.columns[slot].append(flag ? 1 : 0)
            case .date(let year, let month, let day):
                page.columns[slot].append(CalendarDate(year: year, month: month, day: day)?.daysSinceEpoch ?? 0)
            case .list(let items):
                let text = items.map { $0 + "\u{1F}" }.joined()
                page.columns[slot].append(Int64(bitPattern: page.pack(text).bits))
            }
        }
        page.finishRow()
        return page
    }

    /// The rendering, or in braces the code of what went wrong.
    func render(
        _ source: String,
        as kind: TextKind = .plain,
        _ changes: [String: Fact] = [:],
        without: [String] = []
    ) -> String {
        let (text, diagnostics) = compile(source, as: kind)
        guard let text else { return "{" + diagnostics.map(\.code).joined(separator: " ") + "}" }
        var contact = Self.anna.merging(changes) { $1 }
        for name in without { contact[name] = nil }
        var buffer: [UInt8] = Array("kept:".utf8)
        do throws(RenderError) {
            try text.render(into: &buffer, facts: Self.page(contact), row: 0, context: context)
        } catch {
            return buffer == Array("kept:".utf8) ? "{\(error.code)}" : "{buffer damaged}"
        }
        return String(decoding: buffer.dropFirst(5), as: UTF8.self)
    }

    /// The source with every diagnostic's place between ⟦ and ⟧, and the codes in the order of their places.
    func marked(_ source: String, as kind: TextKind = .plain) -> (source: String, codes: [String]) {
        let diagnostics = compile(source, as: kind).diagnostics.sorted { $0.primary.span.start < $1.primary.span.start }
        var bytes = Array(source.utf8)
        var marks: [(Int, String)] = []
        for diagnostic in diagnostics {
            marks.append((Int(diagnostic.primary.span.start), "⟦"))
            marks.append((Int(diagnostic.primary.span.end), "⟧"))
        }
        for (offset, mark) in marks.sorted(by: { $0.0 > $1.0 }) {
            bytes.insert(contentsOf: mark.utf8, at: offset)
        }
        return (String(decoding: bytes, as: UTF8.self), diagnostics.map(\.code))
    }
}
