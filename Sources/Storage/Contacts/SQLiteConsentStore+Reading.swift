package import RuleEngine
package import Runner

extension SQLiteConsentStore {
    func currentConsents(_ contact: ContactKey) throws(StoreError) -> [ConsentState] {
        let statement = try connection.prepare(
            """
            SELECT channel, purpose, level, given_at, source, wording, expires_at, revoked_at, revoked_via
            FROM consent WHERE contact = ?1 ORDER BY channel, purpose
            """
        )
        statement.bind(1, contact.rawValue)
        var states: [ConsentState] = []
        while try statement.step() {
            states.append(
                ConsentState(
                    channel: statement.string(0),
                    purpose: Purpose(rawValue: statement.string(1)) ?? .marketing,
                    level: ConsentLevel(rawValue: Int(statement.integer(2))) ?? .none,
                    givenAt: statement.timestamp(3),
                    source: statement.optionalString(4),
                    wording: statement.optionalString(5),
                    expiresAt: statement.timestamp(6),
                    revokedAt: statement.timestamp(7),
                    revokedVia: statement.optionalString(8)
                )
            )
        }
        return states
    }

    func events(_ contact: ContactKey) throws(StoreError) -> [ConsentEvent] {
        let statement = try connection.prepare(
            """
            SELECT channel, purpose, action, level, at, source, wording, actor, recorded_at
            FROM consent_event WHERE contact = ?1 ORDER BY id
            """
        )
        statement.bind(1, contact.rawValue)
        var events: [ConsentEvent] = []
        while try statement.step() {
            events.append(
                ConsentEvent(
                    channel: statement.string(0),
                    purpose: statement.string(1),
                    action: ConsentEvent.Action(rawValue: statement.string(2)) ?? .revoked,
                    level: statement.optionalInteger(3).flatMap { ConsentLevel(rawValue: Int($0)) },
                    at: Timestamp(microseconds: statement.integer(4)),
                    source: statement.optionalString(5),
                    wording: statement.optionalString(6),
                    actor: statement.string(7),
                    recordedAt: Timestamp(microseconds: statement.integer(8))
                )
            )
        }
        return events
    }

    package func suppressions(
        after place: SuppressionEntry.Place?, limit: Int
    ) throws(StoreError) -> [SuppressionEntry] {
        let statement = try connection.prepare(
            """
            SELECT s.address_key, s.channel, s.reason, s.marketing_only, s.at, s.source,
                (SELECT c.external_id FROM identity i JOIN contact c ON c.id = i.contact
                 WHERE i.address_key = s.address_key ORDER BY c.id LIMIT 1)
            FROM suppression s
            WHERE s.tenant = 1
                AND (?2 IS NULL OR s.at < ?2 OR (s.at = ?2 AND (lower(hex(s.address_key)), s.channel) > (?3, ?4)))
            ORDER BY s.at DESC, s.address_key, s.channel LIMIT ?1
            """
        )
        statement.bind(1, Int64(limit))
        statement.bind(2, place?.at.microseconds)
        statement.bind(3, place?.addressKey ?? "")
        statement.bind(4, place?.channel ?? "")
        return try entries(statement)
    }

    private func suppressions(of contact: ContactKey, id: String) throws(StoreError) -> [SuppressionEntry] {
        let statement = try connection.prepare(
            """
            SELECT s.address_key, s.channel, s.reason, s.marketing_only, s.at, s.source, ?2
            FROM identity i JOIN suppression s ON s.tenant = 1 AND s.address_key = i.address_key
            WHERE i.contact = ?1 ORDER BY s.at, s.channel
            """
        )
        statement.bind(1, contact.rawValue)
        statement.bind(2, id)
        return try entries(statement)
    }

    private func entries(_ statement: Statement) throws(StoreError) -> [SuppressionEntry] {
        var entries: [SuppressionEntry] = []
        while try statement.step() {
            let channel = statement.string(1)
            entries.append(
                SuppressionEntry(
                    addressKey: String(decoding: Hex.encode(statement.blob(0)), as: UTF8.self),
                    channel: channel.isEmpty ? nil : channel,
                    reason: SuppressionReason(rawValue: Int(statement.integer(2))),
                    isMarketingOnly: statement.integer(3) != 0,
                    at: Timestamp(microseconds: statement.integer(4)),
                    source: statement.optionalString(5),
                    contact: statement.optionalString(6)
                )
            )
        }
        return entries
    }

    package func sheet(of contact: ContactKey, schema: ContactSchema) throws(StoreError) -> ContactSheet {
        try connection.snapshot { () throws(StoreError) in
            let id: String
            let isErased, doNotContact: Bool
            let createdAt, updatedAt: Timestamp
            do {
                let statement = try connection.prepare(
                    "SELECT external_id, erased, do_not_contact, created_at, updated_at FROM contact WHERE id = ?1"
                )
                statement.bind(1, contact.rawValue)
                defer { statement.reset() }
                guard try statement.step() else { throw .unusable("there is no contact \(contact.rawValue)") }
                id = statement.string(0)
                isErased = statement.integer(1) != 0
                doNotContact = statement.integer(2) != 0
                createdAt = Timestamp(microseconds: statement.integer(3))
                updatedAt = Timestamp(microseconds: statement.integer(4))
            }
            let current = try currentConsents(contact)
            return ContactSheet(
                key: contact,
                externalID: id,
                isErased: isErased,
                doNotContact: doNotContact,
                attributes: try attributes(contact, schema),
                extras: try pairs("SELECT name, value FROM contact_extra WHERE contact = ?1 ORDER BY name", contact),
                addresses: try addressList(contact),
                permissions: try permissions(contact),
                consents: current,
                history: try events(contact),
                suppressions: try suppressions(of: contact, id: id),
                topicsOff: try topics(contact),
                createdAt: createdAt,
                updatedAt: updatedAt
            )
        }
    }

    private func attributes(
        _ contact: ContactKey,
        _ schema: ContactSchema
    ) throws(StoreError) -> [(name: String, value: String)] {
        let present = Set(
            try pairs("SELECT name, name FROM pragma_table_info('contact') WHERE ?1", contact).map(\.name)
        )
        var fields: [(field: ContactField, column: String)] = []
        for field in schema.fields where field.name != "id" && !AddressNormalizer.kinds.contains(field.name) {
            let isStandard = ContactSchema.standardFields.contains { $0.name == field.name }
            guard present.contains(isStandard ? field.name : "f_" + field.name) else { continue }
            fields.append((field, isStandard ? field.name : SchemaColumns.column(field.name)))
        }
        guard !fields.isEmpty else { return [] }
        let columns = fields.map(\.column).joined(separator: ", ")
        let statement = try connection.prepareOnce("SELECT \(columns) FROM contact WHERE id = ?1")
        statement.bind(1, contact.rawValue)
        guard try statement.step() else { return [] }
        var attributes: [(name: String, value: String)] = []
        for (index, entry) in fields.enumerated() where !statement.isNull(Int32(index)) {
            let value = ValueText.text(statement, Int32(index), entry.field.type.type)
            if !value.isEmpty { attributes.append((entry.field.name, value)) }
        }
        return attributes
    }

    private func addressList(_ contact: ContactKey) throws(StoreError) -> [ContactSheet.Address] {
        let statement = try connection.prepare(
            "SELECT kind, address, typed FROM identity WHERE contact = ?1 ORDER BY kind, rank"
        )
        statement.bind(1, contact.rawValue)
        var list: [ContactSheet.Address] = []
        while try statement.step() {
            list.append(
                .init(kind: statement.string(0), address: statement.string(1), typed: statement.optionalString(2))
            )
        }
        return list
    }

    private func permissions(_ contact: ContactKey) throws(StoreError) -> [(channel: String, isAllowed: Bool)] {
        try pairs("SELECT channel, allowed FROM permission WHERE contact = ?1 ORDER BY channel", contact)
            .map { ($0.name, $0.value == "1") }
    }

    private func topics(
        _ contact: ContactKey
    ) throws(StoreError) -> [(channel: String, topic: String, at: Timestamp)] {
        let statement = try connection.prepare(
            "SELECT channel, topic, at FROM topic_optout WHERE contact = ?1 ORDER BY channel, topic"
        )
        statement.bind(1, contact.rawValue)
        var list: [(channel: String, topic: String, at: Timestamp)] = []
        while try statement.step() {
            list.append((statement.string(0), statement.string(1), Timestamp(microseconds: statement.integer(2))))
        }
        return list
    }

    private func pairs(_ sql: String, _ contact: ContactKey) throws(StoreError) -> [(name: String, value: String)] {
        let statement = try connection.prepare(sql)
        statement.bind(1, contact.rawValue)
        var list: [(name: String, value: String)] = []
        while try statement.step() { list.append((statement.string(0), statement.string(1))) }
        return list
    }
}

/// Stored values as people read them.
enum ValueText {
    static func text(_ row: Statement, _ column: Int32, _ type: ValueType) -> String {
        switch type {
        case .text, .email, .phone, .country, .locale, .channelKind, .oneOf, .unknown: return row.string(column)
        case .int: return String(row.integer(column))
        case .decimal, .money: return millionths(row.integer(column))
        case .bool: return row.integer(column) != 0 ? "yes" : "no"
        case .date: return date(row.integer(column))
        case .instant: return instant(row.integer(column))
        case .duration: return "\(row.integer(column) / 1_000_000)s"
        case .list:
            return row.string(column).split(separator: "\u{1F}").joined(separator: "; ")
        }
    }

    static func millionths(_ value: Int64) -> String {
        let magnitude = value.magnitude
        var places = String(magnitude % 1_000_000)
        places = String(repeating: "0", count: 6 - places.count) + places
        while places.hasSuffix("0") { places.removeLast() }
        return (value < 0 ? "-" : "") + "\(magnitude / 1_000_000)" + (places.isEmpty ? "" : "." + places)
    }

    private static func date(_ days: Int64) -> String {
        let date = CalendarDate(daysSinceEpoch: days)
        return "\(padded(date.year, 4))-\(padded(date.month, 2))-\(padded(date.day, 2))"
    }

    private static func instant(_ microseconds: Int64) -> String {
        let days = Int64((Double(microseconds) / 86_400_000_000).rounded(.down))
        let seconds = Int((microseconds - days * 86_400_000_000) / 1_000_000)
        return "\(date(days))T\(padded(seconds / 3_600, 2)):\(padded(seconds / 60 % 60, 2)):\(padded(seconds % 60, 2))Z"
    }

    private static func padded(_ value: Int, _ width: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }
}
