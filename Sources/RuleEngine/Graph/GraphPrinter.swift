/// Draws a program: as Mermaid for documents and reviews, as DOT for Graphviz.
package struct GraphPrinter: Sendable {
    /// What people read in a node, by index. Without a campaign the labels fall back to what the graph itself says.
    private let labels: [String]
    private let graph: ProgramGraph

    package init(_ graph: ProgramGraph, of campaign: CheckedCampaign? = nil) {
        self.graph = graph
        labels = graph.nodes.map { Self.label($0, campaign: campaign) }
    }

    package static func mermaid(_ graph: ProgramGraph, of campaign: CheckedCampaign? = nil) -> String {
        GraphPrinter(graph, of: campaign).mermaid()
    }

    package static func dot(_ graph: ProgramGraph, of campaign: CheckedCampaign? = nil) -> String {
        GraphPrinter(graph, of: campaign).dot()
    }

    private func mermaid() -> String {
        var lines = ["flowchart TD"]
        for (index, node) in graph.nodes.enumerated() {
            let text = Self.escapedForMermaid(labels[index])
            let shape: (open: String, close: String) =
                switch node {
                case .entry: ("([\"", "\"])")
                case .gate: ("{{\"", "\"}}")
                case .send: ("[\"", "\"]")
                case .exit: ("((\"", "\"))")
                }
            lines.append("    n\(index)\(shape.open)\(text)\(shape.close)")
        }
        for edge in edges {
            lines.append("    n\(edge.from) -->" + (edge.label.map { "|\($0)|" } ?? "") + " n\(edge.to)")
        }
        for (index, node) in graph.nodes.enumerated() {
            if case .gate = node {
                lines.append("    n\(index) -.->|blocked| skipped\(index)[\"skipped, with the reason\"]")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func dot() -> String {
        var lines = [
            "digraph \"\(Self.escapedForDOT(graph.id))\" {", "    rankdir=TB;", "    node [fontname=\"sans-serif\"];",
        ]
        for (index, node) in graph.nodes.enumerated() {
            let shape =
                switch node {
                case .entry: "oval"
                case .gate: "hexagon"
                case .send: "box"
                case .exit: "doublecircle"
                }
            lines.append("    n\(index) [shape=\(shape), label=\"\(Self.escapedForDOT(labels[index]))\"];")
        }
        for edge in edges {
            lines.append("    n\(edge.from) -> n\(edge.to)" + (edge.label.map { " [label=\"\($0)\"]" } ?? "") + ";")
        }
        for (index, node) in graph.nodes.enumerated() {
            if case .gate = node {
                lines.append("    skipped\(index) [shape=box, style=dashed, label=\"skipped, with the reason\"];")
                lines.append("    n\(index) -> skipped\(index) [style=dashed, label=\"blocked\"];")
            }
        }
        return lines.joined(separator: "\n") + "\n}\n"
    }

    private var edges: [(from: Int, to: Int, label: String?)] {
        graph.nodes.enumerated().compactMap { index, node in
            switch node {
            case .entry(let next), .send(_, let next): (index, next, nil)
            case .gate(_, let next): (index, next, "allowed")
            case .exit: nil
            }
        }
    }

    private static func label(_ node: ProgramGraph.Node, campaign: CheckedCampaign?) -> String {
        switch node {
        case .entry:
            guard let campaign else { return "audience" }
            let audience = campaign.audience
            let include = audience.include.map(\.id).joined(separator: " or ")
            var lines = ["audience: " + (include.isEmpty ? "everyone" : include)]
            if !audience.exclude.isEmpty {
                lines.append("not in " + audience.exclude.map(\.id).joined(separator: ", "))
            }
            lines += audience.conditions.map { "and " + $0.source }
            return lines.joined(separator: "\n")
        case .gate(let purpose, _):
            let policy = campaign.map { $0.policy?.id ?? "built-in policy" }
            return "gate: \(purpose.rawValue)" + (policy.map { "\n\($0)" } ?? "")
        case .send(let channels, _):
            let template = campaign.map { $0.template.id ?? "message" }
            return "send" + (template.map { " \($0)" } ?? "") + "\nvia " + channels.joined(separator: ", ")
        case .exit(let name): return name
        }
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
