/// What happened to a generated contact, and what questions about it mean by the plainest means.
package struct GeneratedHistory: Sendable {
    package struct Event: Sendable {
        package var name: String
        package var at: Int64
        package var fields: [String: GeneratedCondition.Fact]
    }

    package struct Message: Sendable {
        package var template: String
        package var sent: Int64
        package var delivered: Int64?
        package var read: Int64?
        package var clicked: Int64?
        package var replies: [Int64]
    }

    /// In the order in which they arrived, which isn't that of their times.
    package var events: [Event] = []
    package var messages: [Message] = []

    package init() {}

    /// `count(order_placed, last 30d, where …)`.
    package struct Question: Sendable {
        package var function: String
        package var event: String
        package var field: String?
        /// As it is written, and in microseconds.
        package var window: (source: String, length: Int64)?
        package var filter: GeneratedCondition?

        package var source: String {
            var parts = [event + (field.map { ".\($0)" } ?? "")]
            if let window { parts.append("last \(window.source)") }
            if let filter { parts.append("where \(filter.source)") }
            return "\(function)(\(parts.joined(separator: ", ")))"
        }

        func answer(in world: GeneratedCondition.World) -> GeneratedCondition.Fact {
            var chosen: [Event] = []
            for event in world.history.events where event.name == self.event {
                guard GeneratedHistory.isInside(event.at, window?.length, world.now) else { continue }
                var inside = world
                inside.event = event.fields
                if let filter, filter.evaluate(inside) != .bool(true) { continue }
                // Behind all that are as old: those of one instant stay in the order of their arrival.
                let place = chosen.firstIndex { $0.at > event.at } ?? chosen.count
                chosen.insert(event, at: place)
            }
            switch function {
            case "count": return .number(Int64(chosen.count))
            case "any": return .bool(!chosen.isEmpty)
            case "none": return .bool(chosen.isEmpty)
            case "sum":
                var total: Int128 = 0
                for event in chosen {
                    if case .number(let number) = event.fields[field ?? ""] { total += Int128(number) }
                }
                return Int64(exactly: total).map { .number($0) } ?? .missing
            default:
                guard let event = function == "first" ? chosen.first : chosen.last else { return .missing }
                return field.map { event.fields[$0] ?? .missing } ?? .number(event.at)
            }
        }
    }

    func hasMessage(_ function: String, _ template: String, days: Int64?, now: Int64) -> Bool {
        messages.contains { message in
            let times: [Int64?] =
                switch function {
                case "sent": [message.sent]
                case "delivered": [message.delivered ?? message.read ?? message.clicked]
                case "opened": [message.read ?? message.clicked]
                case "clicked": [message.clicked]
                default: message.replies
                }
            return message.template == template
                && times.contains { time in
                    time.map { Self.isInside($0, days.map { $0 * 86_400_000_000 }, now) } ?? false
                }
        }
    }

    private static func isInside(_ at: Int64, _ window: Int64?, _ now: Int64) -> Bool {
        at <= now && Int128(at) > window.map { Int128(now) - Int128($0) } ?? Int128(Int64.min)
    }
}
