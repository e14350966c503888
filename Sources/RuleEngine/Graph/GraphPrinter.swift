/// Draws a program: as Mermaid for documents and reviews, as DOT for Graphviz.
package struct GraphPrinter: Sendable {
    /// What people read in a node, by index.
    private let labels: [String]
    private let graph: ProgramGraph
    /// A campaign ends with its send, so that whoever is blocked is out; elsewhere they go on behind it.
    private let blockedGoOn: Bool
    private let edges: [ProgramGraph.Edge]

    /// Without a campaign the labels fall back to what the graph itself says.
    ///
    /// - Parameter project: with it the ways say how long they take.
    package init(_ graph: ProgramGraph, of campaign: CheckedCampaign? = nil, in project: CheckedProject? = nil) {
        self.graph = graph
        edges = project.map { graph.edges(in: $0) } ?? graph.edges
        labels = graph.nodes.map { NodeLabel.text($0, campaign: campaign) }
        blockedGoOn = false
    }

    package init(_ graph: ProgramGraph, of journey: CheckedJourney, in project: CheckedProject? = nil) {
        self.graph = graph
        edges = project.map { graph.edges(in: $0) } ?? graph.edges
        labels = graph.nodes.enumerated().map { NodeLabel.text($1, name: graph.names[$0], journey: journey) }
        blockedGoOn = true
    }

    package static func mermaid(_ graph: ProgramGraph, of campaign: CheckedCampaign? = nil) -> String {
        GraphPrinter(graph, of: campaign).mermaid()
    }

    package static func dot(_ graph: ProgramGraph, of campaign: CheckedCampaign? = nil) -> String {
        GraphPrinter(graph, of: campaign).dot()
    }

    package func mermaid() -> String {
        var lines = ["flowchart TD"]
        for (index, node) in graph.nodes.enumerated() {
            let shape: (open: String, close: String) =
                switch NodeLabel.form(of: node) {
                case .round: ("([\"", "\"])")
                case .hexagon: ("{{\"", "\"}}")
                case .box: ("[\"", "\"]")
                case .question: ("{\"", "\"}")
                case .clock: ("[/\"", "\"/]")
                case .end: ("((\"", "\"))")
                }
            lines.append("    n\(index)\(shape.open)\(Self.escapedForMermaid(labels[index]))\(shape.close)")
        }
        for edge in edges {
            let label = edge.label.map { "|\(Self.edgeLabel($0))|" } ?? ""
            lines.append("    n\(edge.from) -->" + label + " n\(edge.to)")
        }
        for (gate, behind) in blocked {
            lines.append(
                behind.map { "    n\(gate) -.->|blocked| n\($0)" }
                    ?? "    n\(gate) -.->|blocked| skipped\(gate)[\"skipped, with the reason\"]")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    package func dot() -> String {
        var lines = [
            "digraph \"\(Self.escapedForDOT(graph.id))\" {", "    rankdir=TB;", "    node [fontname=\"sans-serif\"];",
        ]
        for (index, node) in graph.nodes.enumerated() {
            let shape =
                switch NodeLabel.form(of: node) {
                case .round: "oval"
                case .hexagon: "hexagon"
                case .box: "box"
                case .question: "diamond"
                case .clock: "parallelogram"
                case .end: "doublecircle"
                }
            lines.append("    n\(index) [shape=\(shape), label=\"\(Self.escapedForDOT(labels[index]))\"];")
        }
        for edge in edges {
            let label = edge.label.map { " [label=\"\(Self.escapedForDOT($0))\"]" } ?? ""
            lines.append("    n\(edge.from) -> n\(edge.to)" + label + ";")
        }
        for (gate, behind) in blocked {
            if let behind {
                lines.append("    n\(gate) -> n\(behind) [style=dashed, label=\"blocked\"];")
            } else {
                lines.append("    skipped\(gate) [shape=box, style=dashed, label=\"skipped, with the reason\"];")
                lines.append("    n\(gate) -> skipped\(gate) [style=dashed, label=\"blocked\"];")
            }
        }
        return lines.joined(separator: "\n") + "\n}\n"
    }

    /// Each gate, and where somebody goes on whom it blocks.
    private var blocked: [(gate: Int, behind: Int?)] {
        graph.nodes.enumerated().compactMap { index, node in
            guard case .gate(_, let send) = node else { return nil }
            return (index, blockedGoOn ? graph.nodes[send].successors.first : nil)
        }
    }

    /// Words stand as they are; everything else needs quotes.
    private static func edgeLabel(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { $0 == 0x20 || (0x61...0x7A).contains($0 | 0x20) }
        return isPlain ? text : "\"" + escapedForMermaid(text) + "\""
    }

    private static func escapedForMermaid(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": escaped += "#quot;"
            case "#": escaped += "#35;"
            case "<": escaped += "#lt;"
            case ">": escaped += "#gt;"
            case "&": escaped += "#amp;"
            case "\n": escaped += "<br>"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    private static func escapedForDOT(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\":
                escaped += "\\"
                escaped.unicodeScalars.append(scalar)
            case "\n": escaped += "\\n"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
