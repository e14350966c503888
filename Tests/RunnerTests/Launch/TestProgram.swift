import Channels
import RuleEngine
import Runner

/// A campaign to everybody, built without files.
enum TestProgram {
    static func make(budget: Money? = nil, expect: ClosedRange<Int>? = nil, text: String = "Hello") -> CampaignProgram {
        let settings = ProjectSettings(id: "test")
        let schema = ContactSchema(id: "test", declared: [])
        var project = CheckedProject(settings: settings, schema: schema)
        var sources = SourceMap()
        let file = sources.add(SourceFile(path: "campaigns/news.yaml", bytes: Array("campaign: news".utf8)))
        let span = SourceSpan(file: file, start: 0, end: 14)
        var channel = CheckedChannel(id: "mail", kind: "email", provider: "fake", span: span)
        channel.costPerMessage = Money(micros: 100, currency: "EUR")
        project.channels["mail"] = channel
        let message = CompiledMessage(
            language: "en",
            fields: ["subject": compile("News", .header, schema), "text": compile(text, .plain, schema)], span: span)
        let template = CheckedTemplate(
            id: "news", purpose: .marketing, topic: nil, messages: ["email": ["en": message]], span: span)
        var campaign = CheckedCampaign(
            id: "news", purpose: .marketing,
            audience: CheckedAudience(include: [], exclude: [], conditions: [], expect: expect), via: ["mail"],
            template: template, file: file, span: span)
        campaign.budget = budget
        project.campaigns["news"] = campaign
        guard let program = CampaignProgram(id: "news", in: project, sources: sources, zone: .utc) else {
            preconditionFailure("the test's own campaign is complete")
        }
        return program
    }

    private static func compile(_ text: String, _ kind: TextKind, _ schema: ContactSchema) -> CompiledText {
        var diagnostics = DiagnosticBag()
        let bytes = Array(text.utf8)
        let file = FileID(rawValue: 0)
        let embedded = EmbeddedText(
            bytes: bytes, whole: SourceSpan(file: file, start: 0, end: Int32(bytes.count)),
            pieces: [EmbeddedText.Piece(contentStart: 0, sourceStart: 0)])
        let scope = TemplateScope(
            expressions: ExpressionScope(schema: schema, currency: "EUR", roots: TemplateScope.messageRoots),
            language: "en")
        guard let compiled = TemplateCompiler.compile(embedded, as: kind, in: scope, reporting: &diagnostics) else {
            preconditionFailure("the test's own template compiles")
        }
        return compiled
    }
}
