import RuleEngine
import Runner

/// A simulation as one page that needs nothing beside itself: figures, a chart of messages and cost by day, and a map of
/// the hours. It shows in the reader's own light or dark.
struct SimulationPage {
    private let report: SimulationReport
    private let chartWidth = 920
    /// Told apart with and without colour vision, in light and in dark (Okabe and Ito).
    private static let colors = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00"]

    init(_ report: SimulationReport) {
        self.report = report
    }

    private var tally: SimulationTally { report.tally }

    var html: String {
        let first = report.date(0)
        let title = "\(Self.escaped(report.title)): \(report.days) days from \(first)"
        return """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>\(title)</title>
            <style>\(Self.style)</style>
            </head>
            <body>
            <main>
            <h1>\(title)</h1>
            <p class="about">\(Figures.count(tally.contacts, "contact")), seed \(report.seed). Simulated: nothing was sent.</p>
            \(tiles)
            <h2>Messages by day</h2>
            \(legend)
            \(sendChart)
            <h2>Cost by day</h2>
            \(costChart)
            <h2>When messages leave</h2>
            <p class="about">Each square is an hour of the project's clock; the darker, the more messages.
            The scale is a root, so that a few are seen beside many.</p>
            \(hourMap)
            <h2>Held and skipped</h2>
            \(reasonTable)
            <h2>Programs</h2>
            \(programTable)
            <h2>Messages per person</h2>
            \(personChart)
            </main>
            </body>
            </html>

            """
    }

    // MARK: Figures

    private var tiles: String {
        var tiles = [
            ("messages", Figures.count(tally.sent)), ("people reached", Figures.count(tally.reached)),
            ("cost", report.money(tally.costMicros)),
        ]
        if let worst = tally.worstHour {
            let when = "\(report.date(worst.day)) at \(worst.hour):00"
            tiles.append(("in the worst hour, \(when)", "\(Figures.count(worst.sent))"))
        }
        tiles.append(("most to one person on a day", Figures.count(tally.mostOnADay)))
        for (name, count) in report.fates where count > 0 { tiles.append((name, Figures.count(count))) }
        return "<div class=\"tiles\">"
            + tiles.map { "<div><b>\($0.1)</b><span>\($0.0)</span></div>" }.joined() + "</div>"
    }

    private var channels: [String] { report.total(\.sent).map(\.name).sorted() }

    private var legend: String {
        let parts = channels.enumerated().map { index, name in
            "<span><i style=\"background:\(Self.color(index))\"></i>\(Self.escaped(name))</span>"
        }
        return "<div class=\"legend\">\(parts.joined())<span><i class=\"held\"></i>held</span></div>"
    }

    // MARK: Charts

    private var sendChart: String {
        let stacks = report.shownDays.map { day in
            let counts = tally.days[day]
            return channels.map { Double(counts.sent[$0] ?? 0) }
                + [Double(SimulationReport.sum(counts.held))]
        }
        return bars(stacks, label: "messages by day and channel") { day, part, value in
            let name = part < channels.count ? channels[part] : "held"
            return "\(report.date(day)): \(Figures.count(Int(value))) \(name)"
        } axis: {
            Figures.count(Int($0))
        } fill: { part in
            part < channels.count ? "fill=\"\(Self.color(part))\"" : "class=\"held\""
        }
    }

    private var costChart: String {
        let stacks = report.shownDays.map { [Double(tally.days[$0].costMicros)] }
        return bars(stacks, label: "cost by day") { day, _, value in
            "\(report.date(day)): \(report.money(Int64(value)))"
        } axis: {
            report.money(Int64($0))
        } fill: { _ in
            "fill=\"\(Self.color(2))\""
        }
    }

    private var personChart: String {
        let most = tally.messagesPerPerson.keys.max() ?? 0
        var table = "<table><tr><th>messages</th><th>people</th><th></th></tr>"
        let highest = tally.messagesPerPerson.values.max() ?? 1
        for count in 0...most {
            guard let people = tally.messagesPerPerson[count] else { continue }
            let width = max(1, people * 300 / max(1, highest))
            table += "<tr><td>\(count)</td><td>\(Figures.count(people))</td>"
            table += "<td class=\"bar\"><i style=\"width:\(width)px\"></i></td></tr>"
        }
        return table + "</table>"
    }

    /// Stacked bars, a day each, with three lines across.
    private func bars(
        _ stacks: [[Double]], label: String, title: (Int, Int, Double) -> String, axis: (Double) -> String,
        fill: (Int) -> String
    ) -> String {
        let height = 220
        let left = 70
        let highest = stacks.map { $0.reduce(0, +) }.max() ?? 0
        guard highest > 0 else { return "<p class=\"about\">Nothing.</p>" }
        let top = Self.rounded(highest)
        // The highest bar has its figure above it.
        let scale = Double(height - 38) / top
        let slot = Double(chartWidth - left) / Double(max(1, stacks.count))
        var svg =
            "<svg viewBox=\"0 0 \(chartWidth) \(height)\" role=\"img\" aria-label=\"\(label)\">"
        for line in 0...2 {
            let value = top * Double(line) / 2
            let y = Self.number(Double(height - 20) - value * scale)
            svg += "<line x1=\"\(left)\" x2=\"\(chartWidth)\" y1=\"\(y)\" y2=\"\(y)\"/>"
            svg += "<text x=\"\(left - 6)\" y=\"\(y)\" class=\"axis\">\(Self.escaped(axis(value)))</text>"
        }
        for (day, stack) in stacks.enumerated() {
            var y = Double(height - 20)
            let x = Double(left) + slot * Double(day)
            let sum = stack.reduce(0, +)
            if sum == highest {
                let (middle, above) = (Self.number(x + slot / 2), Self.number(y - sum * scale - 4))
                svg += "<text x=\"\(middle)\" y=\"\(above)\" class=\"day\">\(Self.escaped(axis(sum)))</text>"
            }
            for (part, value) in stack.enumerated() where value > 0 {
                let size = value * scale
                y -= size
                svg += "<rect x=\"\(Self.number(x + slot * 0.12))\" y=\"\(Self.number(y))\""
                svg += " width=\"\(Self.number(slot * 0.76))\" height=\"\(Self.number(size))\" \(fill(part))>"
                svg += "<title>\(Self.escaped(title(day, part, value)))</title></rect>"
            }
            let every = max(1, stacks.count / 10)
            if day % every == 0 {
                let date = report.date(day).suffix(5)
                svg += "<text x=\"\(Self.number(x + slot / 2))\" y=\"\(height - 4)\" class=\"day\">\(date)</text>"
            }
        }
        return svg + "</svg>"
    }

    private var hourMap: String {
        let days = report.shownDays
        let left = 40
        let size = min(60, Double(chartWidth - left) / Double(max(1, days.count)))
        let high = 10.0
        let highest = Double(tally.worstHour?.sent ?? 1)
        var svg =
            "<svg viewBox=\"0 0 \(chartWidth) \(Int(high * 24) + 22)\" role=\"img\" aria-label=\"messages by hour\">"
        for hour in stride(from: 0, to: 24, by: 6) {
            svg +=
                "<text x=\"\(left - 6)\" y=\"\(Self.number(high * Double(hour) + 8))\" class=\"axis\">\(hour):00</text>"
        }
        for day in days {
            for hour in 0..<24 {
                let count = tally.hours[day][hour]
                let x = Self.number(Double(left) + size * Double(day))
                let y = Self.number(high * Double(hour))
                // The root, so that a few messages are seen beside many.
                let shade = count == 0 ? 0 : 0.15 + 0.85 * (Double(count) / highest).squareRoot()
                let look = count == 0 ? "class=\"none\"" : "fill=\"\(Self.color(0))\" opacity=\"\(Self.number(shade))\""
                svg +=
                    "<rect x=\"\(x)\" y=\"\(y)\" width=\"\(Self.number(size - 1))\" height=\"\(Self.number(high - 1))\" \(look)>"
                svg += "<title>\(report.date(day)) \(hour):00: \(Figures.count(count))</title></rect>"
            }
            if day % max(1, days.count / 10) == 0 {
                let x = Self.number(Double(left) + size * (Double(day) + 0.5))
                svg +=
                    "<text x=\"\(x)\" y=\"\(Int(high * 24) + 16)\" class=\"day\">\(report.date(day).suffix(5))</text>"
            }
        }
        return svg + "</svg>"
    }

    // MARK: Tables

    private var reasonTable: String {
        let held = report.total(\.held).map { ("held", $0.name, $0.count) }
        let skipped = report.total(\.skipped).map { ("skipped", $0.name, $0.count) }
        guard !held.isEmpty || !skipped.isEmpty else { return "<p class=\"about\">Nobody.</p>" }
        return "<table><tr><th></th><th class=\"wide\">reason</th><th>messages</th></tr>"
            + (held + skipped).map { kind, reason, count -> String in
                let code = reason == Self.meaning(of: reason) ? "" : " <small>\(Self.escaped(reason))</small>"
                return "<tr><td>\(kind)</td><td class=\"wide\">\(Self.escaped(Self.meaning(of: reason)))\(code)</td>"
                    + "<td>\(Figures.count(count))</td></tr>"
            }.joined() + "</table>"
    }

    /// In words, where the reason is the gate's.
    private static func meaning(of reason: String) -> String {
        SkipReason(rawValue: reason)?.explanation ?? HoldReason(rawValue: reason)?.explanation ?? reason
    }

    private var programTable: String {
        var idle: [String] = []
        var table = "<table><tr><th>program</th><th>came in</th><th>sent</th><th>held</th><th>skipped</th>"
        table += "<th>goals</th><th>handed over</th><th>cost</th><th class=\"wide\">ended</th></tr>"
        for (name, counts) in report.programs {
            guard counts.entered > 0 || counts.sent > 0 || !counts.skipped.isEmpty else {
                idle.append(name)
                continue
            }
            let endings = counts.ended.sorted { $0.key < $1.key }.map { "\($0.key) \(Figures.count($0.value))" }
            table += "<tr><td>\(Self.escaped(name))</td><td>\(Figures.count(counts.entered))</td>"
            table += "<td>\(Figures.count(counts.sent))</td><td>\(Figures.count(counts.held))</td>"
            table += "<td>\(Figures.count(SimulationReport.sum(counts.skipped)))</td>"
            table += "<td>\(Figures.count(counts.goals))</td><td>\(Figures.count(counts.handedOver))</td>"
            table += "<td>\(report.money(counts.costMicros))</td>"
            table += "<td class=\"wide\">\(Self.escaped(endings.joined(separator: ", ")))</td></tr>"
        }
        guard !idle.isEmpty else { return table + "</table>" }
        return table + "</table><p class=\"about\">Nobody came into "
            + Self.escaped(idle.joined(separator: ", ")) + ".</p>"
    }

    // MARK: Writing

    private static func color(_ index: Int) -> String { colors[index % colors.count] }

    /// The next round number.
    private static func rounded(_ value: Double) -> Double {
        var power = 1.0
        while power * 10 <= value { power *= 10 }
        for factor in [1.0, 1.5, 2, 3, 4, 5, 6, 8, 10] where factor * power >= value { return factor * power }
        return value
    }

    /// With at most two digits behind the point, the same on every machine.
    private static func number(_ value: Double) -> String {
        let hundredths = Int((value * 100).rounded())
        let whole = hundredths / 100
        let rest = abs(hundredths % 100)
        if rest == 0 { return String(whole) }
        return "\(whole).\(rest < 10 ? "0" : "")\(rest)"
    }

    private static func escaped(_ text: String) -> String { XMLText.escaped(text) }

    private static let style = """
        :root{color-scheme:light dark;--ink:#1d2430;--faint:#667085;--line:#d9dee7;--page:#fff;--tile:#f5f7fa}
        @media (prefers-color-scheme:dark){:root{--ink:#e8ebf0;--faint:#98a2b3;--line:#344054;--page:#12161d;--tile:#1c222c}}
        body{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
        main{max-width:960px;margin:0 auto;padding:32px 20px 64px}
        h1{font-size:24px;margin:0}h2{font-size:17px;margin:36px 0 8px}
        .about{color:var(--faint);margin:4px 0 12px}
        .tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(150px,1fr));gap:10px}
        .tiles div{background:var(--tile);border-radius:8px;padding:10px 14px}
        .tiles b{display:block;font-size:19px}.tiles span{color:var(--faint);font-size:13px}
        .legend span{margin-right:16px;font-size:13px}.legend i{display:inline-block;width:11px;height:11px;
        border-radius:2px;margin-right:6px}
        i.held{background:var(--faint)}rect.held{fill:var(--faint)}rect.none{fill:var(--tile)}
        svg{width:100%;height:auto;display:block}svg line{stroke:var(--line)}
        svg text{fill:var(--faint);font-size:11px}.axis{text-anchor:end;dominant-baseline:middle}.day{text-anchor:middle}
        table{border-collapse:collapse;width:100%;font-size:14px}
        th,td{text-align:right;padding:5px 8px;border-bottom:1px solid var(--line);vertical-align:top}
        th{color:var(--faint);font-weight:500}th:first-child,td:first-child,.wide{text-align:left}td:not(.wide){white-space:nowrap}
        small{color:var(--faint);font-size:12px;margin-left:6px}
        td.bar{text-align:left;width:320px}td.bar i{display:inline-block;height:10px;background:#0072b2;border-radius:2px}
        """
}
