import Channels
import RuleEngine

/// What one message is expected to cost, by the channel's card: a price for the message, and for an SMS one for each of
/// its parts by the country of the number.
struct MessagePrice: Sendable {
    private struct Row {
        let code: [UInt8]
        let micros: Int64
    }

    private let perMessage: Int64
    /// Longer codes first. Countries that share a code have its highest price: an estimate must not be too low.
    private let rows: [Row]
    private let otherwise: Int64

    init(_ channel: CheckedChannel) {
        perMessage = channel.costPerMessage?.micros ?? 0
        var byCode: [[UInt8]: Int64] = [:]
        for (country, price) in channel.costPerSegment {
            guard let code = CallingCodes.region(country)?.code else { continue }
            byCode[code] = max(byCode[code] ?? 0, price.micros)
        }
        rows = byCode.map { Row(code: $0.key, micros: $0.value) }.sorted { $0.code.count > $1.code.count }
        otherwise = channel.costPerSegment["other"]?.micros ?? channel.costPerSegment.values.map(\.micros).max() ?? 0
    }

    /// Of a message of one part, to the cheapest country.
    var leastMicros: Int64 {
        perMessage + (rows.map(\.micros) + [otherwise]).filter { $0 > 0 }.reduce(Int64.max, min).clampedToPrice
    }

    func micros(of content: MessageContent) -> Int64 {
        guard otherwise > 0 || !rows.isEmpty else { return perMessage }
        let digits = content.recipient.dropFirst()
        let price = rows.first { digits.starts(with: $0.code) }?.micros ?? otherwise
        return perMessage + price * Int64(SMSText(content.text).segments)
    }

    /// Before there is a text: one part.
    func estimate(recipient: [UInt8]) -> Int64 {
        guard otherwise > 0 || !rows.isEmpty else { return perMessage }
        let digits = recipient.dropFirst()
        return perMessage + (rows.first { digits.starts(with: $0.code) }?.micros ?? otherwise)
    }
}

extension Int64 {
    /// Where nothing has a price, nothing costs anything.
    fileprivate var clampedToPrice: Int64 { self == .max ? 0 : self }
}
