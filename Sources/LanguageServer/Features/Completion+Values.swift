import RuleEngine

extension CompletionWriter {
    mutating func value(_ shape: Shape) {
        if context.kind == .fragment { inputs(for: shape) }
        if special() { return }
        switch shape {
        case .word(let words): offer(words, .keyword)
        case .flag: offer(["true", "false"], .keyword)
        case .reference(let kind): documents(kind)
        case .event:
            for (name, event) in project.events.sorted(by: { $0.key < $1.key }) {
                offer([name], .event, Wording.fields(event))
            }
        case .condition, .expression: expression(context.written)
        case .template: template()
        case .fieldType: offer(LanguageWords.fieldTypes, .keyword)
        case .inputType: offer(LanguageWords.inputTypes, .keyword)
        case .zone: whole(); offer(["contact_zone", project.settings.timeZone], .value)
        case .timeZone: whole(); offer([project.settings.timeZone], .value)
        case .days: offer(["mon", "tue", "wed", "thu", "fri", "sat", "sun", "mon-fri", "holidays"], .value)
        case .again: whole(); offer(["never", "always", "after 180d"], .value)
        case .call: whole(); offer(project.settings.calls.keys.sorted(), .reference)
        case .program:
            whole()
            for document in project.documents where document.kind == .sequence || document.kind == .rule {
                offer(["\(document.kind.rawValue) \(document.id)"], .reference, Wording.about(document))
            }
        case .scalarOr(let short, let long):
            value(short)
            if case .list(let element) = long, context.path.last == .item([]) { value(element) }
        case .list(let element):
            // `[` is still missing, or `- `: what may stand in the list helps all the same.
            if case .reference = element { value(element) }
        case .text, .headerText, .approvedText, .id, .integer, .range, .money, .rate, .url, .mailbox, .currency,
            .language,
            .filePattern,
            .duration, .share, .clock, .hours, .date, .dateTime, .cron, .allowance, .attempts, .steps, .mapping, .map,
            .moment, .growth, .frequency, .contactCount, .span, .generated, .keyed, .any:
            break
        }
    }

    /// The suggestion takes the place of the whole value: it has more than one word.
    private mutating func whole() {
        var start = context.offset
        while start > 0,
            CompletionWriter.isNamePart(inquiry.bytes[start - 1])
                || [0x20, 0x2E, 0x2F].contains(inquiry.bytes[start - 1])
        {
            start -= 1
        }
        let end = replaced.upperBound
        while start < end, inquiry.bytes[start] == 0x20 { start += 1 }
        replace(start..<end)
    }

    private mutating func documents(_ kind: DocumentKind) {
        for document in project.documents where document.kind == kind {
            offer([document.id], .reference, Wording.about(document))
        }
    }

    private mutating func inputs(for shape: Shape) {
        for (path, value) in context.scalars.sorted(by: { $0.key < $1.key }) where path.hasPrefix("inputs/") {
            let parts = path.split(separator: "/")
            guard parts.count == 2 else { continue }
            let type = context.scalars[path + "/type"] ?? value
            let fits =
                switch shape {
                case .reference(let kind): type == kind.rawValue
                case .event, .duration: type == shape.typeWord
                default: context.path.last == .key("send") && type == "template"
                }
            if fits { offer(["input.\(parts[1])"], .reference, type) }
        }
    }

    /// Keys whose meaning the tables leave to a check. True where there is nothing more to offer.
    private mutating func special() -> Bool {
        let key = context.path.reversed().lazy.compactMap { step -> String? in
            if case .key(let key) = step { key } else { nil }
        }.first
        switch (context.kind, key) {
        case (_, "via") where context.path.last == .key("via"):
            documents(.route)
            if context.kind != .campaign {
                offer(["reply"], .keyword, "answers by the channel of the person's message")
            }
            return true
        case (_, "via"): documents(.channel)
        case (.campaign, "send"): documents(.template)
        case (_, "send"):
            documents(.template)
            offer(["message", "text"], .keyword)
        case (_, "hand_over"): offer(project.settings.teams, .reference)
        case (_, "brand"): offer(project.settings.brands.keys.sorted(), .reference)
        case (.channel, "provider"): offer(project.catalog.providers.map(\.name), .value)
        case (.policy, "packs"): offer(project.catalog.packs.map(\.id), .value)
        case (.test, "for"):
            whole()
            for document in project.documents where [.sequence, .rule, .campaign].contains(document.kind) {
                offer(["\(document.kind.rawValue) \(document.id)"], .reference, Wording.about(document))
            }
            offer(["all"], .keyword)
        case (_, .some) where isMove: steps()
        case (_, let key?) where context.path.dropLast().last == .key("with") && inputType(of: key) != nil:
            switch inputType(of: key) {
            case "event": offer(project.events.keys.sorted(), .event)
            case "team": offer(project.settings.teams, .reference)
            case let kind?: if let kind = DocumentKind(rawValue: kind) { documents(kind) }
            case nil: break
            }
        default: return false
        }
        return true
    }

    private var isMove: Bool { context.path.dropLast().last == .key("move") }

    private func inputType(of name: String) -> String? {
        let inputs = context.enclosing("use").flatMap { project.document(.fragment, $0) }?.value("inputs")
        guard let declared = inputs?.value(name) else { return nil }
        return (declared.scalar ?? declared.value("type")?.scalar)?.text
    }

    // MARK: Expressions and templates

    private mutating func template() {
        let marks = TemplateMarks.all(in: context.written)
        guard let mark = marks.last, !mark.isClosed else { return }
        let inside = Array(context.written[mark.content])
        if let pipe = Self.lastPipe(inside), !inside[pipe...].contains(UInt8(ascii: ":")) {
            for filter in LanguageWords.filters { offer([filter.name], .function, filter.usage) }
            return
        }
        expression(Array(context.written[mark.expression]))
        let isAtStart = inside.allSatisfy { $0 == 0x20 || CompletionWriter.isNamePart($0) }
        if isAtStart {
            offer(["sender.", "unsubscribe.link", "preferences.link", "browser.link"], .value)
            offer(["if", "else", "else if", "for", "end", "link", "short_link"], .keyword)
        }
    }

    private static func lastPipe(_ bytes: [UInt8]) -> Int? {
        var isInText = false
        var found: Int?
        for (index, byte) in bytes.enumerated() {
            if byte == UInt8(ascii: "\"") { isInText.toggle() }
            if byte == UInt8(ascii: "|"), !isInText { found = index }
        }
        return found
    }

    /// - Parameter written: the expression up to the cursor.
    private mutating func expression(_ written: [UInt8]) {
        var start = written.count
        while start > 0, CompletionWriter.isNamePart(written[start - 1]) { start -= 1 }
        let before = written[..<start]
        let head = String(decoding: before, as: UTF8.self)
        if head.hasSuffix(".") {
            fields(of: ExpressionHead.lastWord(head.dropLast()), head)
        } else if let function = ExpressionHead.openText(head) {
            switch function {
            case "in_segment": documents(.segment)
            case "open_now", "opens_next": offer(project.settings.openingHours.keys.sorted(), .reference)
            case "link": offer(links(head), .value)
            default: break
            }
        } else if let function = ExpressionHead.openCall(head), ExpressionNames.aboutEvents.contains(function) {
            offer(project.events.keys.sorted(), .event)
        } else if let function = ExpressionHead.openCall(head), ExpressionNames.aboutMessages.contains(function) {
            steps()
        } else {
            roots()
        }
    }

    private mutating func roots() {
        offer(["contact."], .keyword, "the contact's fields")
        if event(in: "") != nil { offer(["event."], .keyword, "the event's fields") }
        if [.sequence, .rule, .fragment, .template].contains(context.kind) {
            offer(["entry."], .keyword, "the event that the run began with")
        }
        if context.kind == .fragment { offer(["input."], .keyword, "what the use of the fragment gives") }
        if context.kind == .route { offer(["channel."], .keyword) }
        offer(["now"], .keyword)
        for function in LanguageWords.functions {
            suggestions.append(
                Suggestion(text: function.name, kind: .function, detail: function.usage, inserted: function.name + "("))
        }
        offer(
            ["and", "or", "not", "in", "contains", "starts_with", "ends_with", "matches", "is known", "is missing"],
            .keyword)
    }

    private mutating func fields(of root: String, _ head: String) {
        func of(_ event: String) {
            for field in project.events[event]?.fields ?? [] { offer([field.name], .field, Wording.type(field.type)) }
        }
        switch root {
        case "contact": for field in project.schema.fields { offer([field.name], .field, Wording.type(field.type)) }
        case "event": if let event = event(in: head) { of(event) }
        case "entry":
            if let event = context.entryEvent { return of(event) }
            // Which event a template or fragment begins with follows from who uses it: any event's fields may be meant.
            guard context.kind == .template || context.kind == .fragment else { return }
            var seen: Set<String> = []
            for event in project.events.values.sorted(by: { $0.id < $1.id }) {
                for field in event.fields where seen.insert(field.name).inserted {
                    offer([field.name], .field, "\(Wording.type(field.type)), of `\(event.id)`")
                }
            }
        case "input":
            for (path, type) in context.scalars.sorted(by: { $0.key < $1.key }) where path.hasPrefix("inputs/") {
                let parts = path.split(separator: "/")
                if parts.count == 2 { offer([String(parts[1])], .field, context.scalars[path + "/type"] ?? type) }
            }
        case "run": offer(["id", "started_at"], .field)
        case "conversation": offer(["id"], .field)
        case "sender": offer(["name", "postal_address", "website"], .field)
        case "unsubscribe", "preferences": offer(["link"], .field)
        case "channel": offer(["kind", "cost", "healthy", "capacity_left", "session_open"], .field)
        default: of(root)
        }
    }

    /// The event that `event.` means at the cursor.
    private func event(in head: String) -> String? {
        ExpressionHead.historyEvent(head) ?? context.enclosing("event", "webhook", "wait_for")
    }

    private mutating func steps() {
        var names: [String] = []
        for document in project.documents where document.kind == context.kind && document.id == context.id {
            for occurrence in project.occurrences(in: document) {
                switch occurrence.symbol {
                case .step(_, _, let name) where occurrence.isDefinition: names.append(name)
                case .document(.template, let name): names.append(name)
                default: break
                }
            }
        }
        var seen: Set<String> = []
        offer(names.filter { seen.insert($0).inserted }, .reference, "a step of this program")
        for document in project.documents where document.kind == .template && seen.insert(document.id).inserted {
            offer([document.id], .reference, Wording.about(document))
        }
    }

    /// The links of the template or step that `clicked(` names.
    private func links(_ head: String) -> [String] {
        guard let open = head.range(ofLast: "clicked("), let comma = head[open...].firstIndex(of: ",") else {
            return []
        }
        let name = String(head[open..<comma]).filter { $0 != "\"" && $0 != " " }
        return LanguageWords.links(of: project.document(.template, name)).sorted()
    }
}
