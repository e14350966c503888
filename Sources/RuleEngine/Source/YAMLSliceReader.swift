internal import CSystemYAML

/// Reads from one place in a file to its end or to the first mistake that libyaml can't pass.
struct YAMLSliceReader {
    let file: FileID
    let bytes: [UInt8]
    let base: Int
    let scan: SourceScan
    let limits: ReaderLimits
    var documents: [SyntaxNode] = []
    /// Where reading stopped before the end.
    var stoppedAt: Int?
    /// Set where libyaml could not go on.
    var stop: Recovery.Stop?
    /// What was taken out of the first document.
    var gaps: [Recovery.Gap] = []
    /// The first document's start, and where its first key stands.
    var documentStart: Int?
    var firstKey: Int?
    /// The last text in quotes that goes over several lines: a quote is missing more often than that is meant.
    var openText: Range<Int>?
    var findingLimit = Int.max

    /// An unfinished mapping or sequence.
    private struct Frame {
        let isMapping: Bool
        let isFlow: Bool
        let start: Int
        let anchor: String?
        var entries: [SyntaxEntry] = []
        /// Where each key stands in `entries`. Only kept for long mappings, where a search would turn quadratic.
        var places: [String: Int] = [:]
        var items: [SyntaxNode] = []
        var key: SyntaxScalar?
        /// The key could not be used; its value is read and dropped.
        var dropsValue = false
        /// An entry was reported and dropped. If nothing is left, the whole is known to be wrong already.
        var isBroken = false
        var end: Int
        var nodes = 1

        mutating func place(of key: String) -> Int? {
            if entries.count <= 16 { return entries.firstIndex { $0.key.text == key } }
            for index in places.count..<entries.count { places[entries[index].key.text] = index }
            return places[key]
        }
    }

    private struct Anchored {
        let node: SyntaxNode
        let nodes: Int
    }

    private var frames: [Frame] = []
    private var anchors: [String: Anchored] = [:]
    private var aliasCount = 0
    private var anchorCount = 0
    private var nodeCount = 0

    init(file: FileID, bytes: [UInt8], base: Int, scan: SourceScan, limits: ReaderLimits) {
        self.file = file
        self.bytes = bytes
        self.base = base
        self.scan = scan
        self.limits = limits
    }

    mutating func read(reporting diagnostics: inout DiagnosticBag) {
        // Both are large C structs: on the heap, not on the stack.
        let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
        defer { parser.deallocate() }
        let event = UnsafeMutablePointer<yaml_event_t>.allocate(capacity: 1)
        defer { event.deallocate() }
        guard yaml_parser_initialize(parser) == 1 else { preconditionFailure("libyaml found no memory") }
        defer { yaml_parser_delete(parser) }
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        let bytes = bytes
        bytes.withUnsafeBufferPointer { buffer in
            guard let start = buffer.baseAddress else { return }
            yaml_parser_set_input_string(parser, start + base, buffer.count - base)
            while stoppedAt == nil {
                guard yaml_parser_parse(parser, event) == 1 else {
                    reportSyntaxError(parser.pointee, to: &diagnostics)
                    return
                }
                defer { yaml_event_delete(event) }
                if event.pointee.type == YAML_STREAM_END_EVENT { return }
                handle(event.pointee, reporting: &diagnostics)
                if diagnostics.diagnostics.count >= findingLimit { stoppedAt = buffer.count }
            }
        }
    }

    private mutating func handle(_ event: yaml_event_t, reporting diagnostics: inout DiagnosticBag) {
        switch event.type {
        case YAML_DOCUMENT_START_EVENT:
            frames.removeAll()
            anchors.removeAll()
            if documentStart != nil { gaps = [] }
            (documentStart, firstKey, openText) = (offset(event.start_mark), nil, nil)
            (aliasCount, anchorCount, nodeCount) = (0, 0, 0)
            if documents.count >= limits.documents {
                let start = offset(event.start_mark)
                diagnostics.report(.tooManyDocuments(span(start, start + 3), limit: limits.documents))
                stoppedAt = bytes.count
            }
            let start = event.data.document_start
            if start.version_directive != nil || start.tag_directives.start != start.tag_directives.end {
                diagnostics.report(.directive(lineSpan(offset(event.start_mark))))
            }
        case YAML_SCALAR_EVENT:
            scalar(event, reporting: &diagnostics)
        case YAML_ALIAS_EVENT:
            alias(event, reporting: &diagnostics)
        case YAML_MAPPING_START_EVENT:
            let data = event.data.mapping_start
            open(
                event,
                isMapping: true,
                isFlow: data.style == YAML_FLOW_MAPPING_STYLE,
                anchor: data.anchor,
                tag: data.tag,
                reporting: &diagnostics
            )
        case YAML_SEQUENCE_START_EVENT:
            let data = event.data.sequence_start
            open(
                event,
                isMapping: false,
                isFlow: data.style == YAML_FLOW_SEQUENCE_STYLE,
                anchor: data.anchor,
                tag: data.tag,
                reporting: &diagnostics
            )
        case YAML_MAPPING_END_EVENT, YAML_SEQUENCE_END_EVENT:
            close(end: offset(event.end_mark), reporting: &diagnostics)
        default:
            break
        }
    }

    // MARK: Nodes

    private mutating func scalar(_ event: yaml_event_t, reporting diagnostics: inout DiagnosticBag) {
        let data = event.data.scalar
        let style = SyntaxScalar.Style(data.style)
        var start = offset(event.start_mark)
        var end = offset(event.end_mark)
        if data.tag != nil {
            diagnostics.report(.tag(span(start, endOfWord(start))))
        }
        let anchor = name(data.anchor)
        if anchor != nil || data.tag != nil { start = skipProperties(from: start, to: end) }
        if style == .literal || style == .folded {
            while end > start, bytes[end - 1] <= 0x20 { end -= 1 }
        }
        let place = span(start, end)
        guard data.length <= limits.scalarBytes else {
            diagnostics.report(.scalarTooLong(span(start, min(end, start + 1)), limit: limits.scalarBytes))
            add(SyntaxNode(.invalid, span: place), nodes: 1, reporting: &diagnostics)
            return
        }
        let text = String(decoding: UnsafeBufferPointer(start: data.value, count: data.length), as: UTF8.self)
        let scalar = SyntaxScalar(text: text, style: style, span: place, source: bytes)
        if firstKey == nil { firstKey = start }
        if style == .singleQuoted || style == .doubleQuoted, bytes[start..<end].contains(0x0A) {
            openText = start..<end
        }
        if scalar.isEmptyPlain, isGap(start) {
            add(SyntaxNode(.invalid, span: place), nodes: 1, reporting: &diagnostics)
            return
        }
        if style == .plain, !text.isEmpty { lookForCutText(after: end, reporting: &diagnostics) }
        let node = SyntaxNode(.scalar(scalar), span: place)
        remember(node, as: anchor, nodes: 1, at: start, reporting: &diagnostics)
        add(node, nodes: 1, reporting: &diagnostics)
    }

    /// Whether a value that was here, or below, was taken out: nothing but blanks is left of it.
    private func isGap(_ offset: Int) -> Bool {
        gaps.contains { gap in
            offset <= gap.range.upperBound
                && (gap.range.lowerBound <= offset || bytes[offset..<gap.range.lowerBound].allSatisfy { $0 <= 0x20 })
        }
    }

    /// Whether a whole line was taken out of a collection, or right above its first. A block's end mark lies at what
    /// follows it.
    private func hasGap(_ frame: Frame, end: Int) -> Bool {
        gaps.contains { gap in
            let line = gap.range.lowerBound
            if gap.keepsKey { return false }
            if frame.start <= line { return line <= end }
            return bytes[line..<frame.start].allSatisfy { $0 <= 0x20 }
        }
    }

    /// Where the outermost `{` or `[` that is open was opened.
    var openBracket: Int? { frames.first(where: \.isFlow)?.start }

    private mutating func open(
        _ event: yaml_event_t,
        isMapping: Bool,
        isFlow: Bool,
        anchor: UnsafeMutablePointer<yaml_char_t>?,
        tag: UnsafeMutablePointer<yaml_char_t>?,
        reporting diagnostics: inout DiagnosticBag
    ) {
        var start = offset(event.start_mark)
        if tag != nil { diagnostics.report(.tag(span(start, endOfWord(start)))) }
        if anchor != nil || tag != nil { start = skipProperties(from: start, to: offset(event.end_mark)) }
        guard frames.count < limits.depth else {
            diagnostics.report(.tooDeep(span(start, start + 1), limit: limits.depth))
            stoppedAt = start
            return
        }
        frames.append(
            Frame(isMapping: isMapping, isFlow: isFlow, start: start, anchor: name(anchor), end: start)
        )
    }

    private mutating func close(end: Int, reporting diagnostics: inout DiagnosticBag) {
        guard let frame = frames.popLast() else { return }
        // A block's end mark lies at the next token, behind blank lines and comments.
        let content: SyntaxNode.Content =
            if frame.isBroken, frame.entries.isEmpty {
                .invalid
            } else {
                frame.isMapping ? .mapping(frame.entries) : .sequence(frame.items)
            }
        let node = SyntaxNode(
            content,
            span: span(frame.start, frame.isFlow ? end : frame.end),
            hasGap: hasGap(frame, end: end)
        )
        remember(node, as: frame.anchor, nodes: frame.nodes, at: frame.start, reporting: &diagnostics)
        add(node, nodes: frame.nodes, isOwnFrame: true, reporting: &diagnostics)
    }

    private mutating func alias(_ event: yaml_event_t, reporting diagnostics: inout DiagnosticBag) {
        let place = span(offset(event.start_mark), offset(event.end_mark))
        aliasCount += 1
        guard aliasCount <= limits.aliases else {
            diagnostics.report(.tooManyAliases(place, limit: limits.aliases))
            stoppedAt = Int(place.end)
            return
        }
        let name = name(event.data.alias.anchor) ?? ""
        guard let anchored = anchors[name] else {
            let isOpen = frames.contains { $0.anchor == name }
            diagnostics.report(isOpen ? .aliasInsideItself(place, name) : .unknownAnchor(place, name))
            add(SyntaxNode(.invalid, span: place), nodes: 1, reporting: &diagnostics)
            return
        }
        add(anchored.node, nodes: anchored.nodes, at: place, reporting: &diagnostics)
    }

    private mutating func remember(
        _ node: SyntaxNode,
        as anchor: String?,
        nodes: Int,
        at start: Int,
        reporting diagnostics: inout DiagnosticBag
    ) {
        guard let anchor else { return }
        anchorCount += 1
        if anchorCount == limits.anchors + 1 {
            diagnostics.report(.tooManyAnchors(span(start, start + 1), limit: limits.anchors))
            stoppedAt = start
            return
        }
        anchors[anchor] = Anchored(node: node, nodes: nodes)
    }

    /// Puts a finished node where it belongs: under the waiting key, into the list, or at the top.
    ///
    /// - Parameter place: for an alias, where it stands.
    private mutating func add(
        _ node: SyntaxNode,
        nodes: Int,
        isOwnFrame: Bool = false,
        at place: SourceSpan? = nil,
        reporting diagnostics: inout DiagnosticBag
    ) {
        // A frame's children were counted when they were added.
        nodeCount += isOwnFrame ? 1 : nodes
        guard nodeCount <= limits.nodes else {
            diagnostics.report(
                .tooManyNodes(place ?? span(Int(node.span.start), Int(node.span.start) + 1), limit: limits.nodes)
            )
            stoppedAt = Int((place ?? node.span).end)
            return
        }
        guard let last = frames.indices.last else {
            documents.append(node)
            return
        }
        let end = Int((place ?? node.span).end)
        frames[last].nodes += nodes
        frames[last].end = max(frames[last].end, end)
        guard frames[last].isMapping else {
            if frames[last].isFlow, node.isEmptyValue { return }
            frames[last].items.append(node)
            return
        }
        if let key = frames[last].key {
            frames[last].key = nil
            finishEntry(key, node, in: last, reporting: &diagnostics)
        } else if frames[last].dropsValue {
            frames[last].dropsValue = false
        } else if let key = node.scalar, place == nil || key.style != .literal {
            frames[last].key = key
        } else {
            frames[last].dropsValue = true
            frames[last].isBroken = true
            reportOddKey(node, in: frames[last], reporting: &diagnostics)
        }
    }

    private mutating func finishEntry(
        _ key: SyntaxScalar,
        _ value: SyntaxNode,
        in frame: Int,
        reporting diagnostics: inout DiagnosticBag
    ) {
        if key.text == "<<", key.style == .plain {
            diagnostics.report(.mergeKey(key.span))
            frames[frame].isBroken = true
            return
        }
        if let mark = Self.unclosedMark(in: key), !frames[frame].isFlow {
            diagnostics.report(cutTemplate(from: Int(mark), colon: Int(key.span.end)))
            // The whole mapping is what is left of one text.
            frames[frame].isBroken = true
            return
        }
        if frames[frame].isFlow, value.isEmptyValue, !hasColon(after: Int(key.span.end)) {
            if !isInnerBrace(frame) { diagnostics.report(.emptyFlowKey(key.span, key.text)) }
            frames[frame].isBroken = true
            return
        }
        if let first = frames[frame].place(of: key.text) {
            let place = frames[frame].entries[first].key.span
            diagnostics.report(.duplicateKey(key.span, key.text, first: place))
            frames[frame].isBroken = true
            return
        }
        frames[frame].entries.append(SyntaxEntry(key: key, value: value))
    }

    private func reportOddKey(_ key: SyntaxNode, in frame: Frame, reporting diagnostics: inout DiagnosticBag) {
        let start = Int(key.span.start)
        // `{{ x }}` is, to YAML, a mapping whose key is a mapping.
        if frame.isFlow, start == frame.start + 1, bytes[start] == UInt8(ascii: "{") {
            var end = Int(key.span.end)
            if end < bytes.count, bytes[end] == UInt8(ascii: "}") { end += 1 }
            diagnostics.report(
                .doubleBraces(span(frame.start, end), text: slice(frame.start, end), source: bytes)
            )
        } else if !key.isInvalid {
            diagnostics.report(.keyIsNotText(key.span))
        }
    }

    /// Whether the frame's mapping is the inner half of `{{ x }}`, which is reported as a whole.
    private func isInnerBrace(_ frame: Int) -> Bool {
        guard frame > 0 else { return false }
        let outer = frames[frame - 1]
        return outer.isMapping && outer.isFlow && outer.key == nil && outer.start + 1 == frames[frame].start
    }
}
