import RuleEngine

/// Goes through a document by its key tables and collects where it names something. Total: what does not fit the tables is
/// passed over.
struct OccurrenceWalk {
    private let document: Document
    private let project: IncrementalCompiler
    private(set) var found: [Occurrence] = []
    /// The event that `event.` and `entry.` mean; nil where the document does not say.
    private var event: String?
    private let entry: String?
    private var stepNames: Set<String> = []

    init(_ document: Document, in project: IncrementalCompiler) {
        self.document = document
        self.project = project
        let begin = document.value("enter") ?? document.value("trigger")
        entry = begin?.value("event")?.scalar?.text ?? begin?.value("webhook")?.scalar?.text
    }

    mutating func walk() {
        guard let entries = document.node.entries, let first = entries.first else { return }
        if document.kind != .test, let id = first.value.scalar {
            add(.document(document.kind, document.id), id, isDefinition: true)
        }
        if let steps = document.value("steps") { stepNames = Self.names(in: steps) }
        switch document.kind {
        case .schema: schema()
        case .project, .segment, .policy, .channel, .route, .template, .fragment, .campaign, .sequence, .rule, .test:
            mapping(document.node, document.kind.keys)
        }
    }

    // MARK: Adding

    private mutating func add(_ symbol: Symbol, _ scalar: SyntaxScalar, isDefinition: Bool = false) {
        if let input = input(scalar) {
            let text = scalar.embedded
            return add(.input(fragment: document.id, input), text.span(6..<text.bytes.count))
        }
        let text = scalar.embedded
        add(symbol, text.span(0..<text.bytes.count), isDefinition: isDefinition)
    }

    private mutating func add(_ symbol: Symbol, _ span: SourceSpan, isDefinition: Bool = false) {
        found.append(Occurrence(symbol: symbol, span: span, isDefinition: isDefinition))
    }

    /// In a fragment, `input.gap` may stand for a name or a value.
    private func input(_ scalar: SyntaxScalar) -> String? {
        guard document.kind == .fragment, scalar.text.hasPrefix("input."), scalar.text.utf8.count > 6 else {
            return nil
        }
        return String(scalar.text.dropFirst(6))
    }

    // MARK: Shapes

    private mutating func mapping(_ node: SyntaxNode, _ keys: [Key]) {
        let outside = event
        defer { event = outside }
        if let name = (node.value("event") ?? node.value("webhook") ?? node.value("wait_for"))?.scalar?.text {
            event = name
        }
        for entry in node.entries ?? [] {
            guard let key = keys.first(where: { $0.name == entry.key.text }) else { continue }
            if !special(entry, in: node) { value(entry.value, key.shape) }
        }
    }

    private mutating func value(_ node: SyntaxNode, _ shape: Shape) {
        switch shape {
        case .mapping(let keys): mapping(node, keys)
        case .map(_, let values): for entry in node.entries ?? [] { value(entry.value, values) }
        case .keyed(let name, let keys, let other):
            if node.value(name) == nil { value(node, other) } else { mapping(node, keys) }
        case .list(let element): for item in node.items ?? [] { value(item, element) }
        case .scalarOr(let short, let long): value(node, node.scalar == nil ? long : short)
        case .steps: for item in node.items ?? [] { step(item) }
        case .condition, .expression:
            for text in node.scalar.map({ [$0] }) ?? node.items?.compactMap(\.scalar) ?? [] { expression(text) }
        case .template: if let text = node.scalar { template(text) }
        case .reference(let kind): if let name = node.scalar { add(.document(kind, name.text), name) }
        case .event: if let name = node.scalar { add(.event(name.text), name) }
        case .call: if let name = node.scalar { add(.call(name.text), name) }
        case .program: if let name = node.scalar { program(name) }
        case .text, .headerText, .id, .word, .flag, .integer, .range, .money, .rate, .url, .mailbox, .timeZone,
            .currency,
            .language, .filePattern, .fieldType, .inputType, .duration, .share, .clock, .hours, .days, .date, .dateTime,
            .zone, .cron, .allowance, .attempts, .again, .moment, .growth, .frequency, .contactCount, .span, .generated,
            .any:
            if let scalar = node.scalar, let name = input(scalar) { add(.input(fragment: document.id, name), scalar) }
        }
    }

    /// `sequence win-back`.
    private mutating func program(_ scalar: SyntaxScalar) {
        let text = scalar.embedded
        let words = text.text.split(separator: " ")
        guard words.count == 2, let kind = DocumentKind(rawValue: String(words[0])) else { return }
        let start = text.bytes.count - words[1].utf8.count
        add(.document(kind, String(words[1])), text.span(start..<text.bytes.count))
    }

    // MARK: Keys whose meaning the tables leave to a check

    /// True where the entry needs nothing more.
    private mutating func special(_ entry: SyntaxEntry, in node: SyntaxNode) -> Bool {
        let (id, event) = (document.id, event)
        switch (document.kind, entry.key.text) {
        case (.project, "brands"): define(entry.value) { .brand($0) }
        case (.project, "opening_hours"): define(entry.value) { .openingHours($0) }
        case (.project, "teams"):
            for team in entry.value.items?.compactMap(\.scalar) ?? [] {
                add(.team(team.text), team, isDefinition: true)
            }
        case (.project, "endpoints"):
            for endpoint in entry.value.entries ?? [] {
                define(endpoint.value.value("calls")) { .call(endpoint.key.text + "." + $0) }
            }
        case (.fragment, "inputs"):
            define(entry.value) { .input(fragment: id, $0) }
            for input in entry.value.entries ?? [] {
                if let standard = input.value.value("default")?.scalar { refer(standard, as: input.value) }
            }
        case (.test, "for"): if let scalar = entry.value.scalar { program(scalar) }
        case (.test, "contact"): refer(entry.value) { .contactField($0) }
        case (.test, "with"): if let event { refer(entry.value) { .eventField(event: event, $0) } }
        case (_, "brand"): if let name = entry.value.scalar { add(.brand(name.text), name) }
        case (_, "via"):
            guard let name = entry.value.scalar else { return false }
            if name.text != "reply" { add(.document(.route, name.text), name) }
        case (_, "move"):
            for move in entry.value.entries ?? [] {
                if let name = move.value.scalar { add(step(named: name.text), name) }
            }
        default: return false
        }
        return true
    }

    private mutating func define(_ node: SyntaxNode?, _ symbol: (String) -> Symbol) {
        for entry in node?.entries ?? [] { add(symbol(entry.key.text), entry.key, isDefinition: true) }
    }

    private mutating func refer(_ node: SyntaxNode?, _ symbol: (String) -> Symbol) {
        for entry in node?.entries ?? [] { add(symbol(entry.key.text), entry.key) }
    }

    private mutating func schema() {
        define(document.value("contact")) { .contactField($0) }
        define(document.value("events")) { .event($0) }
        for event in document.value("events")?.entries ?? [] {
            define(event.value) { .eventField(event: event.key.text, $0) }
        }
    }

    // MARK: Steps

    /// Names that `name:` gives. A send without one goes by its template's id, so that is the template's name.
    private static func names(in node: SyntaxNode) -> Set<String> {
        var names: Set<String> = []
        for item in node.items ?? [] {
            if let name = item.value("name")?.scalar?.text { names.insert(name) }
            names.formUnion(Self.names(in: item))
        }
        for entry in node.entries ?? [] where entry.value.scalar == nil { names.formUnion(Self.names(in: entry.value)) }
        return names
    }

    private func step(named name: String) -> Symbol {
        stepNames.contains(name)
            ? .step(document.kind, program: document.id, name) : .document(.template, name)
    }

    private mutating func step(_ node: SyntaxNode) {
        guard let entries = node.entries else { return }
        let verb = entries.lazy.compactMap { entry in StepVerb(rawValue: entry.key.text).map { ($0, entry) } }.first
        guard let (verb, own) = verb else { return }
        if let name = node.value("name")?.scalar {
            add(.step(document.kind, program: document.id, name.text), name, isDefinition: true)
        }
        let given = node.entry("with") ?? own.value.entry("with")
        var keys = [verb.key] + verb.modifiers
        switch verb {
        case .send:
            if let name = own.value.scalar, name.text != "message", name.text != "text" {
                add(.document(.template, name.text), name)
            }
            keys.removeFirst()
        case .hand_over:
            if let name = own.value.scalar { add(.team(name.text), name) }
            keys.removeFirst()
        case .set: refer(own.value) { .contactField($0) }
        case .emit:
            if let name = (own.value.scalar ?? own.value.value("event")?.scalar)?.text {
                refer(given?.value) { .eventField(event: name, $0) }
            }
        case .start:
            if let name = own.value.scalar.flatMap({ startedEvent($0.text) }) {
                refer(given?.value) { .eventField(event: name, $0) }
            }
        case .use: use(own, given?.value)
        case .wait, .wait_for, .wait_until, .if, .choose, .split, .repeat, .tag, .untag, .call, .exit: break
        }
        mapping(node, keys)
    }

    private func startedEvent(_ text: String) -> String? {
        let words = text.split(separator: " ").map(String.init)
        guard words.count == 2, let kind = DocumentKind(rawValue: words[0]) else { return nil }
        let begin = project.document(kind, words[1]).flatMap { $0.value("enter") ?? $0.value("trigger") }
        return (begin?.value("event") ?? begin?.value("webhook"))?.scalar?.text
    }

    /// The values of a fragment's inputs are names of what the inputs are.
    private mutating func use(_ own: SyntaxEntry, _ given: SyntaxNode?) {
        guard let id = own.value.scalar?.text else { return }
        let inputs = project.document(.fragment, id)?.value("inputs")
        for entry in given?.entries ?? [] {
            add(.input(fragment: id, entry.key.text), entry.key)
            guard let declared = inputs?.value(entry.key.text), let name = entry.value.scalar else { continue }
            refer(name, as: declared)
        }
    }

    /// A value for an input that was declared so.
    private mutating func refer(_ name: SyntaxScalar, as declared: SyntaxNode) {
        switch (declared.scalar ?? declared.value("type")?.scalar)?.text {
        case "event": add(.event(name.text), name)
        case "template": add(.document(.template, name.text), name)
        case "channel": add(.document(.channel, name.text), name)
        case "segment": add(.document(.segment, name.text), name)
        case "team": add(.team(name.text), name)
        default: break
        }
    }

    // MARK: Texts

    private mutating func expression(_ scalar: SyntaxScalar) {
        let text = scalar.embedded
        add(ExpressionNames(expression: text.bytes, 0..<text.bytes.count), of: text)
    }

    private mutating func template(_ scalar: SyntaxScalar) {
        let text = scalar.embedded
        add(ExpressionNames(template: text.bytes), of: text)
    }

    private mutating func add(_ names: ExpressionNames, of text: EmbeddedText) {
        for (name, range) in names.found {
            if let symbol = symbol(name) { add(symbol, text.span(range)) }
        }
    }

    private func symbol(_ name: ExpressionNames.Name) -> Symbol? {
        switch name {
        case .field(root: "contact", let field): .contactField(field)
        case .field(root: "event", let field): event.map { .eventField(event: $0, field) }
        case .field(root: "entry", let field): entry.map { .eventField(event: $0, field) }
        case .field(root: "input", let input): .input(fragment: document.id, input)
        case .field: nil
        case .fieldOf(let event, let field): .eventField(event: event, field)
        case .event(let event): .event(event)
        case .sent(let name): step(named: name)
        case .argument(of: "in_segment", let id): .document(.segment, id)
        case .argument(of: "open_now", let id), .argument(of: "opens_next", let id): .openingHours(id)
        case .argument: nil
        }
    }
}
