internal import Channels
import RuleEngine

/// The accounts that send.
extension ServiceDesk {
    package func channels() throws -> [JSON] {
        let records = try store.channelRecords()
        return try project().channels.values.sorted { $0.id < $1.id }.map { json(of: $0, records[$0.id]) }
    }

    package func channel(_ id: String) throws -> JSON {
        let project = try project()
        guard let channel = project.channels[id] else {
            throw ServiceRefusal(
                .notFound, "unknown_channel", "there is no channel `\(id)`",
                help: NearestName.of(id, among: Array(project.channels.keys)).map { "did you mean `\($0)`?" })
        }
        return json(of: channel, try store.channelRecords()[id])
    }

    /// A new account as a file of the project. Its secret lies elsewhere: the file only says what it is called.
    package func makeChannel(_ id: String, _ members: [JSON.Entry], actor: String) throws -> JSON {
        if try project().channels[id] != nil {
            throw ServiceRefusal(.conflict, "exists", "there is a channel `\(id)`", help: "take another id")
        }
        let head = [JSON.Entry(key: "channel", value: .string(id))]
        let file = FileChange(path: "channels/\(id).yaml", text: YAMLText.members(head + members))
        _ = try upload([file], by: actor)
        return try channel(id)
    }

    /// Whether it has its secret, and never the secret.
    private func json(of channel: CheckedChannel, _ record: ChannelRecord?) -> JSON {
        let record = record ?? ChannelRecord()
        let hasSecret = channel.secret.map { name in (try? secrets.secret(named: name)) != nil } ?? true
        let isDown = record.trouble.map { $0.until > now } ?? false
        let traits = ChannelRegistry.descriptor(of: channel.provider)?.traits ?? ChannelTraits()
        return [
            "id": .string(channel.id), "channel_type": .string(channel.kind), "provider": .string(channel.provider),
            "sender": JSON(channel.from), "failover": JSON(channel.failover),
            "is_active": JSON(hasSecret && !isDown), "has_credentials": JSON(hasSecret), "is_down": JSON(isDown),
            "limits": [
                "per_second": JSON.rate(channel.rate?.perSecond),
                "provider_per_second": JSON.rate(traits.perSecond), "contacts_per_day": JSON(channel.contactsPerDay),
            ],
            "price": [
                "per_message": channel.costPerMessage.map(JSON.money) ?? .null,
                "per_segment": .object(
                    channel.costPerSegment.sorted { $0.key < $1.key }.map {
                        JSON.Entry(key: $0.key, value: .money($0.value))
                    }),
            ],
            "window_hours": JSON(traits.windowHours),
            "capabilities": [
                "contents": JSON(traits.contents.map(\.rawValue).sorted()),
                "statuses": JSON(traits.statuses.map(\.rawValue).sorted()),
                "purposes": JSON(traits.purposes.map(\.rawValue).sorted()),
                "text_limit": traits.textLimit.map { ["most": JSON($0.most), "unit": .string($0.unit.rawValue)] }
                    ?? .null,
            ],
            "accepted": JSON(record.accepted), "last_accepted_at": JSON(record.acceptedAt.map(ISOInstant.text)),
            "last_heard_at": JSON(record.heardAt.map(ISOInstant.text)),
            "failures": .array(
                record.failures.prefix(10).map { failure in
                    [
                        "code": .string(failure.code), "status": .string(failure.state),
                        "count": JSON(failure.count), "at": .string(ISOInstant.text(failure.at)),
                    ]
                }),
        ]
    }
}

extension JSON {
    static func money(_ money: Money) -> JSON {
        ["currency": .string(money.currency), "micros": JSON(money.micros)]
    }

    /// A number of messages a second, to the thousandth.
    fileprivate static func rate(_ perSecond: Double?) -> JSON {
        guard let perSecond, perSecond.isFinite, abs(perSecond) < 1e12 else { return .null }
        let thousandths = Int64((perSecond * 1_000).rounded())
        let digits = String(thousandths % 1_000)
        return .written("\(thousandths / 1_000).\(String(repeating: "0", count: 3 - digits.count))\(digits)")
    }
}
