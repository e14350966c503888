/// Writes a drawing as an SVG that stands for itself: no fonts, scripts, pictures or style sheets from elsewhere, light
/// or dark as the reader's screen is, and told to screen readers by titles.
package enum SVGWriter {
    package static func text(_ drawing: ProgramDrawing, title: String, about: String?) -> String {
        var lines = [
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(drawing.width) \(drawing.height)\" "
                + "width=\"\(drawing.width)\" height=\"\(drawing.height)\" role=\"img\" aria-labelledby=\"t d\">",
            "<title id=\"t\">\(escaped(title))</title>",
            "<desc id=\"d\">\(escaped(description(drawing, about)))</desc>",
            "<style>", style, "</style>",
            "<defs><marker id=\"a\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerWidth=\"7\" markerHeight=\"7\" "
                + "orient=\"auto-start-reverse\"><path class=\"tip\" d=\"M0 0L10 5L0 10z\"/></marker></defs>",
            "<rect class=\"paper\" width=\"\(drawing.width)\" height=\"\(drawing.height)\"/>",
        ]
        for line in drawing.lines {
            lines.append(
                "<path class=\"way\(line.isDashed ? " blocked" : "")\" d=\"\(line.path)\" marker-end=\"url(#a)\"/>")
        }
        lines += drawing.labels.map { label($0) }
        lines += drawing.boxes.map { box($0) }
        if !drawing.caption.isEmpty { lines.append(caption(drawing)) }
        lines.append("</svg>")
        return lines.joined(separator: "\n") + "\n"
    }

    private static func description(_ drawing: ProgramDrawing, _ about: String?) -> String {
        let steps = "A drawing of \(drawing.boxes.count) boxes and \(drawing.lines.count) ways, from top to bottom."
        return (about.map { $0 + ". " } ?? "") + steps
    }

    // MARK: Parts

    private static func label(_ label: ProgramDrawing.Label) -> String {
        let middle = label.x + label.width / 2
        var text =
            "<g class=\"label\"><rect x=\"\(label.x)\" y=\"\(label.y)\" width=\"\(label.width)\" "
            + "height=\"\(label.height)\" rx=\"4\"/><text text-anchor=\"middle\">"
        for (index, line) in label.lines.enumerated() {
            let y = label.y + 13 + index * ProgramDrawing.labelLineHeight
            text += "<tspan x=\"\(middle)\" y=\"\(y)\">\(escaped(line))</tspan>"
        }
        return text + "</text></g>"
    }

    private static func caption(_ drawing: ProgramDrawing) -> String {
        var text = "<text class=\"caption\">"
        for (index, line) in drawing.caption.enumerated() {
            let y = drawing.captionTop + 9 + index * ProgramDrawing.labelLineHeight
            text += "<tspan x=\"\(ProgramDrawing.margin)\" y=\"\(y)\">\(escaped(line))</tspan>"
        }
        return text + "</text>"
    }

    private static func box(_ box: ProgramDrawing.Box) -> String {
        let all = box.lines.joined(separator: " ")
        var text = "<g class=\"box \(box.kind.rawValue)\"><title>\(escaped(all))</title>" + shape(box) + "<text>"
        let x = box.x + ProgramDrawing.padding + 4
        for (index, line) in box.lines.enumerated() {
            let y = box.y + ProgramDrawing.padding + 11 + index * ProgramDrawing.lineHeight
            text +=
                "<tspan x=\"\(x)\" y=\"\(y)\"\(index < box.headings ? " class=\"head\"" : "")>\(escaped(line))</tspan>"
        }
        return text + "</text></g>"
    }

    private static func shape(_ box: ProgramDrawing.Box) -> String {
        let (x, y, width, height) = (box.x, box.y, box.width, box.height)
        func rectangle(_ radius: Int) -> String {
            "<rect x=\"\(x)\" y=\"\(y)\" width=\"\(width)\" height=\"\(height)\" rx=\"\(radius)\"/>"
        }
        let bar = "<rect class=\"bar\" x=\"\(x)\" y=\"\(y + 8)\" width=\"4\" height=\"\(height - 16)\" rx=\"2\"/>"
        switch box.kind {
        case .entry, .end: return rectangle(min(20, height / 2))
        case .send, .action, .wait: return rectangle(8) + bar
        case .gate, .question:
            let cut = 9
            let points = [
                (x + cut, y), (x + width - cut, y), (x + width, y + cut), (x + width, y + height - cut),
                (x + width - cut, y + height), (x + cut, y + height), (x, y + height - cut), (x, y + cut),
            ]
            return "<polygon points=\"" + points.map { "\($0.0),\($0.1)" }.joined(separator: " ") + "\"/>" + bar
        }
    }

    private static let style = """
        svg{--paper:#fff;--ink:#1c2430;--soft:#566072;--way:#8a94a6;--entry:#e6efff;--entry-edge:#3b6fd4;--gate:#fff4df;\
        --gate-edge:#c98a10;--send:#e4f6ea;--send-edge:#2b8a4b;--wait:#f1ecfd;--wait-edge:#7a53cf;--question:#e3f4f8;\
        --question-edge:#1f8299;--action:#f3f4f6;--action-edge:#667085;--end:#f3f4f6;--end-edge:#3d4656}
        @media(prefers-color-scheme:dark){svg{--paper:#12161d;--ink:#e8ecf3;--soft:#a5afc0;--way:#7c879a;--entry:#1b2a47;\
        --entry-edge:#7aa2f0;--gate:#3a2d10;--gate-edge:#e0b04d;--send:#15321f;--send-edge:#63c586;--wait:#2a2145;\
        --wait-edge:#ac8ff0;--question:#12333b;--question-edge:#5cc0d6;--action:#232936;--action-edge:#98a2b3;--end:#232936;\
        --end-edge:#c2cad6}}
        text{font:13px system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;fill:var(--soft)}
        .head{font-weight:600;fill:var(--ink)}
        .paper{fill:var(--paper)}
        .way{fill:none;stroke:var(--way);stroke-width:1.5}
        .blocked{stroke-dasharray:4 4}
        .tip{fill:var(--way)}
        .label rect{fill:var(--paper)}
        .label text{font-size:12px;fill:var(--ink)}
        .caption{font-size:12px}
        .box rect,.box polygon{stroke-width:1.2}
        .box .bar{stroke:none}
        .end rect{stroke-width:2}

        """
        + ProgramDrawing.Kind.allCases.map { kind in
            ".\(kind.rawValue) rect,.\(kind.rawValue) polygon{fill:var(--\(kind.rawValue));stroke:var(--\(kind.rawValue)-edge)}"
                + ".\(kind.rawValue) .bar{fill:var(--\(kind.rawValue)-edge)}"
        }.joined(separator: "\n")

    /// Also safe inside of attributes. Signs that XML can't hold become the replacement character.
    static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            case "\t", "\n": escaped += " "
            case "\0"..<" ", "\u{7F}"..<"\u{A0}", "\u{FFFE}", "\u{FFFF}": escaped += "\u{FFFD}"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
