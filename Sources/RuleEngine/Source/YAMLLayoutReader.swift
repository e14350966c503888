internal import CSystemYAML

/// Reads a file for the formatter: anchors, aliases and styles included, which mean nothing and therefore are not in
/// the syntax tree.
///
/// Only for files that `YAMLReader` took without an error: its limits hold for them, and nothing is reported here.
struct YAMLLayoutReader {
    private struct Frame {
        let isMapping: Bool
        let isFlow: Bool
        let start: Int
        let anchor: String?
        var entries: [LayoutEntry] = []
        var key: LayoutNode?
        var end: Int
    }

    private let places: YAMLSliceReader
    private var frames: [Frame] = []
    private var documents: [LayoutDocument] = []
    private var documentStart = 0
    private var nextID = 0

    private init(_ bytes: [UInt8]) {
        let scan = SourceScan(bytes)
        places = YAMLSliceReader(
            file: FileID(rawValue: 0),
            bytes: bytes,
            base: scan.start,
            scan: scan,
            limits: ReaderLimits()
        )
    }

    /// Nil where libyaml stops before the end.
    static func read(_ bytes: [UInt8]) -> [LayoutDocument]? {
        var reader = YAMLLayoutReader(bytes)
        return reader.read() ? reader.documents : nil
    }

    private mutating func read() -> Bool {
        let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
        defer { parser.deallocate() }
        let event = UnsafeMutablePointer<yaml_event_t>.allocate(capacity: 1)
        defer { event.deallocate() }
        guard yaml_parser_initialize(parser) == 1 else { preconditionFailure("libyaml found no memory") }
        defer { yaml_parser_delete(parser) }
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        let bytes = places.bytes
        return bytes.withUnsafeBufferPointer { buffer in
            guard let start = buffer.baseAddress else { return true }
            yaml_parser_set_input_string(parser, start + places.base, buffer.count - places.base)
            while true {
                guard yaml_parser_parse(parser, event) == 1 else { return false }
                defer { yaml_event_delete(event) }
                if event.pointee.type == YAML_STREAM_END_EVENT { return true }
                handle(event.pointee)
            }
        }
    }

    private mutating func handle(_ event: yaml_event_t) {
        let start = places.offset(event.start_mark)
        let end = places.offset(event.end_mark)
        switch event.type {
        case YAML_DOCUMENT_START_EVENT:
            documentStart = start
        case YAML_SCALAR_EVENT:
            guard let (scalar, anchor) = scalar(event, start, end) else { return }
            add(
                node(
                    .scalar(scalar),
                    anchor: anchor,
                    start: anchor == nil ? Int(scalar.span.start) : start,
                    end: Int(scalar.span.end)
                )
            )
        case YAML_ALIAS_EVENT:
            add(node(.alias(places.name(event.data.alias.anchor) ?? ""), start: start, end: end))
        case YAML_MAPPING_START_EVENT:
            let data = event.data.mapping_start
            open(isMapping: true, isFlow: data.style == YAML_FLOW_MAPPING_STYLE, start, data.anchor)
        case YAML_SEQUENCE_START_EVENT:
            let data = event.data.sequence_start
            open(isMapping: false, isFlow: data.style == YAML_FLOW_SEQUENCE_STYLE, start, data.anchor)
        case YAML_MAPPING_END_EVENT, YAML_SEQUENCE_END_EVENT:
            guard let frame = frames.popLast() else { return }
            add(
                node(
                    frame.isMapping ? .mapping(frame.entries) : .sequence(frame.entries),
                    anchor: frame.anchor,
                    isFlow: frame.isFlow,
                    start: frame.start,
                    end: frame.isFlow ? end : frame.end
                )
            )
        default:
            break
        }
    }

    private func scalar(_ event: yaml_event_t, _ start: Int, _ end: Int) -> (SyntaxScalar, anchor: String?)? {
        let data = event.data.scalar
        let style = SyntaxScalar.Style(data.style)
        let anchor = places.name(data.anchor)
        let start = anchor == nil ? start : places.skipProperties(from: start, to: end)
        var end = end
        if style == .literal || style == .folded {
            while end > start, places.bytes[end - 1] <= 0x20 { end -= 1 }
        }
        let text = String(decoding: UnsafeBufferPointer(start: data.value, count: data.length), as: UTF8.self)
        let scalar = SyntaxScalar(text: text, style: style, span: places.span(start, end), source: places.bytes)
        return (scalar, anchor)
    }

    private mutating func open(
        isMapping: Bool,
        isFlow: Bool,
        _ start: Int,
        _ anchor: UnsafeMutablePointer<yaml_char_t>?
    ) {
        frames.append(
            Frame(isMapping: isMapping, isFlow: isFlow, start: start, anchor: places.name(anchor), end: start)
        )
    }

    private mutating func node(
        _ content: LayoutNode.Content,
        anchor: String? = nil,
        isFlow: Bool = false,
        start: Int,
        end: Int
    ) -> LayoutNode {
        nextID += 1
        return LayoutNode(id: nextID, content: content, anchor: anchor, isFlow: isFlow, start: start, end: end)
    }

    private mutating func add(_ node: LayoutNode) {
        guard let last = frames.indices.last else {
            documents.append(LayoutDocument(start: documentStart, root: node))
            return
        }
        frames[last].end = max(frames[last].end, node.end)
        guard frames[last].isMapping else {
            // A comma at the end of `[ ]` makes no item.
            if frames[last].isFlow, node.isEmptyScalar, node.anchor == nil { return }
            append(LayoutEntry(id: nextID + 1, key: nil, value: node), to: last)
            return
        }
        if let key = frames[last].key {
            frames[last].key = nil
            append(LayoutEntry(id: nextID + 1, key: key, value: node), to: last)
        } else {
            frames[last].key = node
        }
    }

    private mutating func append(_ entry: LayoutEntry, to frame: Int) {
        nextID += 1
        frames[frame].entries.append(entry)
    }
}

extension SyntaxScalar.Style {
    init(_ style: yaml_scalar_style_t) {
        self =
            switch style {
            case YAML_SINGLE_QUOTED_SCALAR_STYLE: .singleQuoted
            case YAML_DOUBLE_QUOTED_SCALAR_STYLE: .doubleQuoted
            case YAML_LITERAL_SCALAR_STYLE: .literal
            case YAML_FOLDED_SCALAR_STYLE: .folded
            default: .plain
            }
    }
}
