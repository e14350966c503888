/// A program as boxes, labels and lines with their places: everything that a picture needs but its colours.
package struct ProgramDrawing: Sendable {
    package struct Box: Sendable {
        package let node: Int
        package let x: Int
        package let y: Int
        package let width: Int
        package let height: Int
        package let lines: [String]
        /// How many of them, from the first, are set in bold.
        package let headings: Int
        let kind: Kind
    }

    /// What decides that a way is taken.
    package struct Label: Sendable {
        package let x: Int
        package let y: Int
        package let width: Int
        package let height: Int
        package let lines: [String]
    }

    struct Line: Sendable {
        let path: String
        let isDashed: Bool
    }

    enum Kind: String, Sendable, CaseIterable {
        case entry, gate, send, wait, question, action, end
    }

    package let id: String
    package let width: Int
    package let height: Int
    package let boxes: [Box]
    package let labels: [Label]
    let lines: [Line]
    /// The bounds of the whole program, below everything else.
    package let caption: [String]
    let captionTop: Int

    package static let fontSize = 13
    package static let labelSize = 12
    static let lineHeight = 18
    static let labelLineHeight = 15
    static let padding = 12
    static let margin = 20

    package init(_ graph: ProgramGraph, of campaign: CheckedCampaign, in project: CheckedProject) {
        let labels = graph.nodes.map { NodeLabel.text($0, campaign: campaign) }
        self.init(
            AnalysedProject.Program(source: .campaign(campaign), graph: graph), in: project, labels: labels,
            blockedGoOn: false)
    }

    package init(_ graph: ProgramGraph, of journey: CheckedJourney, in project: CheckedProject) {
        let labels = graph.nodes.enumerated().map { NodeLabel.text($1, name: graph.names[$0], journey: journey) }
        self.init(
            AnalysedProject.Program(source: .journey(journey), graph: graph), in: project, labels: labels,
            blockedGoOn: true)
    }

    private struct Way {
        let from: Int
        let to: Int
        let label: [String]
        let isDashed: Bool
    }

    private init(
        _ program: AnalysedProject.Program, in project: CheckedProject, labels texts: [String], blockedGoOn: Bool
    ) {
        let graph = program.graph
        var texts = texts.map { Text($0) }
        var kinds = graph.nodes.map { Self.kind(of: $0) }
        var ways = graph.edges(in: project).map {
            Way(from: $0.from, to: $0.to, label: Self.labelLines($0.label), isDashed: false)
        }
        for (index, node) in graph.nodes.enumerated() {
            guard case .gate(_, let send) = node else { continue }
            if blockedGoOn, let behind = graph.nodes[send].successors.first {
                ways.append(Way(from: index, to: behind, label: ["blocked"], isDashed: true))
            } else {
                texts.append(Text("skipped\nwith the reason"))
                kinds.append(.end)
                ways.append(Way(from: index, to: texts.count - 1, label: ["blocked"], isDashed: true))
            }
        }
        // A way back ends at the side of its box: that side has room for it.
        let backs = Set(ways.filter { $0.to <= $0.from }.flatMap { [$0.from, $0.to] })
        let lane = 22
        let sizes = texts.enumerated().map { index, text in
            let size = text.size
            return LayeredGraph.Size(width: size.width + (backs.contains(index) ? 2 * lane : 0), height: size.height)
        }
        let layered = LayeredGraph(
            boxes: sizes,
            edges: ways.map { LayeredGraph.Edge(from: $0.from, to: $0.to, label: Self.labelSize(of: $0.label)) })
        let placement = LayerPlacement(layered)

        func top(_ place: Int) -> Int {
            let layer = layered.places[place].layer
            let height = layered.layers[layer].map { layered.places[$0].size.height }.max() ?? 0
            return Self.margin + placement.top[layer] + (height - layered.places[place].size.height) / 2
        }
        boxes = texts.indices.map { index in
            let inset = backs.contains(index) ? lane : 0
            return Box(
                node: index, x: Self.margin + placement.left[index] + inset, y: top(index),
                width: sizes[index].width - 2 * inset, height: sizes[index].height, lines: texts[index].lines,
                headings: texts[index].headings,
                kind: kinds[index])
        }
        self.labels = ways.indices.compactMap { index in
            guard !ways[index].label.isEmpty, let place = layered.bends[index].first else { return nil }
            let size = layered.places[place].size
            return Label(
                x: Self.margin + placement.left[place], y: top(place), width: size.width, height: size.height,
                lines: ways[index].label)
        }
        let tracing = LineTracing(layered: layered, placement: placement, boxes: boxes)
        lines = ways.enumerated().map { Line(path: tracing.path($0, $1.from, $1.to), isDashed: $1.isDashed) }
        id = graph.id
        width = max(placement.width + 2 * Self.margin, 320)
        let room = width - 2 * Self.margin
        caption = DrawingCaption.lines(program, in: project).flatMap {
            TextLines.wrapped($0, width: room, size: Self.labelSize)
        }
        captionTop = placement.height + 2 * Self.margin
        height = captionTop + (caption.isEmpty ? 0 : caption.count * Self.labelLineHeight + Self.margin)
    }

    // MARK: Texts

    /// By the table that the boxes are made with.
    package static func width(of line: String, isHeading: Bool) -> Int {
        TextWidth.of(line, size: fontSize, isBold: isHeading)
    }

    package static func labelWidth(of line: String) -> Int {
        TextWidth.of(line, size: labelSize)
    }

    private struct Text {
        let lines: [String]
        let headings: Int

        init(_ text: String) {
            let parts = text.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let first = TextLines.wrapped(parts.first ?? "", width: 260, size: fontSize, isBold: true)
            lines = first + (parts.count > 1 ? TextLines.wrapped(parts[1], width: 260, size: fontSize) : [])
            headings = first.count
        }

        var size: LayeredGraph.Size {
            let widths = lines.enumerated().map { TextWidth.of($1, size: fontSize, isBold: $0 < headings) }
            return LayeredGraph.Size(
                width: max(64, (widths.max() ?? 0) + 2 * padding + 6),
                height: lines.count * lineHeight + 2 * padding - 4)
        }
    }

    private static func labelLines(_ label: String?) -> [String] {
        label.map { TextLines.wrapped($0, width: 170, size: labelSize, limit: 6) } ?? []
    }

    private static func labelSize(of lines: [String]) -> LayeredGraph.Size {
        guard !lines.isEmpty else { return .none }
        let widest = lines.map { TextWidth.of($0, size: labelSize) }.max() ?? 0
        return LayeredGraph.Size(width: widest + 10, height: lines.count * labelLineHeight + 4)
    }

    private static func kind(of node: ProgramGraph.Node) -> Kind {
        switch node {
        case .entry: .entry
        case .gate: .gate
        case .send, .deliver: .send
        case .wait, .waitFor, .waitUntil: .wait
        case .choose, .split, .holdout, .loop: .question
        case .set, .tag, .untag, .emit, .call, .start, .handOver: .action
        case .exit: .end
        }
    }
}
