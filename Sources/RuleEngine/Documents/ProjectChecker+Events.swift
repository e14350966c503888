extension ProjectChecker {
    /// The schema's events, and the names that conditions may use everywhere.
    mutating func checkEvents() {
        if let document = documents.first(where: { $0.kind == .schema }) {
            for entry in document.value("events")?.entries ?? [] {
                events[entry.key.text] = event(entry, isSound: document.isSound)
            }
        }
        for event in catalog.events { events[event.id] = event }
        journeyScope.events = events
        journeyScope.openingHours = Set(settings.openingHours.keys)
        for (id, index) in ids[.template] ?? [:] {
            var names = DeclaredLinkNames.all(in: documents[index].node)
            // The links of the blocks that it shows are its own.
            for block in DeclaredLinkNames.blocks(in: documents[index].node) {
                guard let place = ids[.block]?[block] else { continue }
                names.formUnion(DeclaredLinkNames.all(in: documents[place].node))
            }
            journeyScope.templates[id] = names
        }
    }

    private mutating func event(_ entry: SyntaxEntry, isSound: Bool) -> EventSchema {
        var fields: [EventField] = []
        for field in entry.value.entries ?? [] {
            let name = field.key.text
            if let list = field.value.value("list_of") {
                if let type = field.value.entry("type"), isSound {
                    diagnostics.report(.keysApart(type.key.span, "type", "list_of", also: list.span))
                }
                let record = (list.entries ?? []).map { part in
                    EventField(name: part.key.text, type: Self.type(part.value), declaration: part.value.span)
                }
                fields.append(
                    EventField(
                        name: name, type: TypeInfo(.list(.unknown)), record: record, declaration: field.value.span))
                continue
            }
            let typeNode = field.value.scalar == nil ? field.value.value("type") : field.value
            if typeNode == nil, isSound {
                diagnostics.report(.missingKey(field.key.span, "type", in: "`\(name)`"))
            }
            fields.append(
                EventField(
                    name: name, type: typeNode.map { Self.type($0) } ?? TypeInfo(.unknown),
                    isUnique: field.value.text("unique").flatMap { try? Units.flag($0) } ?? false,
                    declaration: typeNode?.span ?? field.key.span))
        }
        return EventSchema(id: entry.key.text, fields: fields, declaration: entry.key.span)
    }

    private static func type(_ node: SyntaxNode) -> TypeInfo {
        node.text.flatMap { try? FieldTypeReader.read($0) } ?? TypeInfo(.unknown)
    }

    /// The event of this name, or a diagnostic.
    mutating func resolveEvent(_ scalar: SyntaxScalar) -> EventSchema? {
        if let event = events[scalar.text] { return event }
        let nearest = NearestName.of(scalar.text, among: events.keys)
        diagnostics.report(.unknownEvent(scalar.span, scalar.text, nearest: nearest))
        return nil
    }

    // MARK: Segments that refer to segments

    /// Each after those that it refers to.
    mutating func checkSegments(_ documents: [Document]) {
        let byID = Dictionary(documents.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        for id in (ids[.segment] ?? [:]).keys { journeyScope.segments[id] = .some(nil) }
        var isDone: Set<String> = []
        var path: [String] = []
        for document in documents { checkSegment(document, byID, &isDone, &path) }
    }

    private mutating func checkSegment(
        _ document: Document, _ byID: [String: Document], _ isDone: inout Set<String>, _ path: inout [String]
    ) {
        guard !isDone.contains(document.id) else { return }
        path.append(document.id)
        defer {
            path.removeLast()
            isDone.insert(document.id)
        }
        for text in document.value("where")?.texts ?? [] {
            for (id, range) in SegmentReferences.all(in: text.text) {
                if let start = path.firstIndex(of: id) {
                    let loop = (path[start...] + [id]).joined(separator: " → ")
                    diagnostics.report(.segmentCycle(text.embedded.span(range), path: loop))
                    return
                }
                // A path as deep as this would be a mistake long before it is a danger to the stack.
                if path.count < 200, let other = byID[id] { checkSegment(other, byID, &isDone, &path) }
            }
        }
        guard let segment = checkSegment(document) else { return }
        segments[document.id] = segment
        guard let first = segment.conditions.first else { return }
        let root =
            segment.conditions.count == 1
            ? first.root
            : TypedNode(
                .and(segment.conditions.map(\.root)), TypeInfo(.bool), span: first.span, range: first.root.range)
        journeyScope.segments[document.id] = .some(root)
    }
}

/// Finds `in_segment("id")` in a condition before it is compiled: the order of the segments follows from it.
enum SegmentReferences {
    static func all(in text: String) -> [(id: String, range: Range<Int>)] {
        let bytes = Array(text.utf8)
        let word = Array("in_segment".utf8)
        var found: [(String, Range<Int>)] = []
        var index = 0
        while index + word.count < bytes.count {
            guard bytes[index] == word[0], bytes[index...].starts(with: word) else {
                index += 1
                continue
            }
            index += word.count
            while index < bytes.count, bytes[index] == 0x20 || bytes[index] == UInt8(ascii: "(") { index += 1 }
            guard index < bytes.count, bytes[index] == UInt8(ascii: "\"") else { continue }
            let start = index + 1
            guard let end = bytes[start...].firstIndex(of: UInt8(ascii: "\"")) else { break }
            found.append((String(decoding: bytes[start..<end], as: UTF8.self), start - 1..<end + 1))
            index = end
        }
        return found
    }
}

/// Finds the names of the links of a template before it is compiled: conditions of segments may ask for them.
enum DeclaredLinkNames {
    static func all(in node: SyntaxNode) -> Set<String> {
        var names: Set<String> = []
        collect(node, into: &names)
        return names
    }

    static func blocks(in node: SyntaxNode) -> Set<String> {
        var names = node.scalar.map { BlockNames.all(in: $0.text) } ?? []
        for entry in node.entries ?? [] { names.formUnion(blocks(in: entry.value)) }
        return names
    }

    private static func collect(_ node: SyntaxNode, into names: inout Set<String>) {
        for entry in node.entries ?? [] { collect(entry.value, into: &names) }
        guard let text = node.scalar?.text, text.utf8.contains(UInt8(ascii: "<")) else { return }
        var rest = text[...]
        while let open = rest.firstRange(of: "<<") {
            rest = rest[open.upperBound...]
            guard rest.hasPrefix("link ") || rest.hasPrefix("short_link ") else { continue }
            let mark = rest.firstRange(of: ">>").map { rest[..<$0.lowerBound] } ?? rest
            guard let word = mark.firstRange(of: " as \"") else { continue }
            names.insert(String(mark[word.upperBound...].prefix { $0 != "\"" }))
        }
    }
}
