import RuleEngine
import Runner

/// The table `launch`, read and written as records.
enum LaunchRow {
    static let columns = """
        id, program, version, channel_id, channel_kind, purpose, topic, brand, currency, state, plan_cursor, is_planned,
        created_at, finished_at, source, tick, starts_at, stage, stage_sent_at, winner, watched_since, note, kind,
        owner
        """

    static func read(_ row: Statement) throws(StoreError) -> LaunchRecord {
        guard let purpose = Purpose(rawValue: row.string(5)), let state = LaunchState(rawValue: Int(row.integer(9)))
        else {
            throw .unusable("launch \(row.integer(0)) has a purpose or a state that this program doesn't know")
        }
        var launch = LaunchRecord(
            id: LaunchID(rawValue: row.integer(0)), program: row.string(1), version: row.string(2),
            channelID: row.string(3), channelKind: row.string(4), purpose: purpose, topic: row.optionalString(6),
            brand: row.optionalString(7), currency: row.string(8), state: state,
            planCursor: ContactKey(rawValue: row.integer(10)), isPlanned: row.integer(11) != 0,
            createdAt: Timestamp(microseconds: row.integer(12)),
            finishedAt: row.optionalInteger(13).map(Timestamp.init(microseconds:)), source: row.string(14)
        )
        func time(_ column: Int32) -> Timestamp? {
            row.optionalInteger(column).map(Timestamp.init(microseconds:))
        }
        launch.phase.tick = time(15)
        launch.phase.startsAt = time(16)
        launch.phase.stage = Int(row.integer(17))
        launch.phase.stageSentAt = time(18)
        launch.phase.winner = row.optionalInteger(19).map { Int($0) }
        launch.phase.watchedSince = time(20)
        launch.note = row.optionalString(21)
        launch.isCampaign = row.integer(22) == 0
        launch.owner = Owner(row.optionalString(23))
        return launch
    }

    static func write(_ phase: LaunchPhase, of launch: LaunchID, _ connection: Connection) throws(StoreError) {
        let statement = try connection.prepare(
            """
            UPDATE launch SET tick = ?2, starts_at = ?3, stage = ?4, stage_sent_at = ?5, winner = ?6, watched_since = ?7
            WHERE id = ?1
            """
        )
        statement.bind(1, launch.rawValue)
        statement.bind(2, phase.tick?.microseconds)
        statement.bind(3, phase.startsAt?.microseconds)
        statement.bind(4, Int64(phase.stage))
        statement.bind(5, phase.stageSentAt?.microseconds)
        statement.bind(6, phase.winner.map { Int64($0) })
        statement.bind(7, phase.watchedSince?.microseconds)
        try statement.run()
    }

    /// A launch that is over stays so: the runner and whoever pauses or ends it may write at the same time.
    static func write(
        _ state: LaunchState, note: String?, of launch: LaunchID, at now: Timestamp, _ connection: Connection
    ) throws(StoreError) {
        let statement = try connection.prepare(
            """
            UPDATE launch SET state = ?1, note = ?4, finished_at = CASE WHEN ?1 IN (3, 4, 6) THEN ?2 END
            WHERE id = ?3 AND state NOT IN (3, 4, 6)
            """)
        statement.bind(1, Int64(state.rawValue))
        statement.bind(2, now.microseconds)
        statement.bind(3, launch.rawValue)
        statement.bind(4, note)
        try statement.run()
    }

    static func write(_ owner: Owner, of launch: LaunchID, _ connection: Connection) throws(StoreError) {
        let statement = try connection.prepare("UPDATE launch SET owner = ?2 WHERE id = ?1")
        statement.bind(1, launch.rawValue)
        statement.bind(2, owner.actor)
        try statement.run()
    }

    static func latest(of program: String, _ connection: Connection) throws(StoreError) -> LaunchRecord? {
        let statement = try connection.prepare(
            "SELECT \(columns) FROM launch WHERE tenant = 1 AND program = ? ORDER BY id DESC LIMIT 1"
        )
        statement.bind(1, program)
        return try first(statement)
    }

    static func find(_ id: LaunchID, _ connection: Connection) throws(StoreError) -> LaunchRecord? {
        let statement = try connection.prepare("SELECT \(columns) FROM launch WHERE id = ?")
        statement.bind(1, id.rawValue)
        return try first(statement)
    }

    static func insert(_ launch: LaunchRecord, _ connection: Connection) throws(StoreError) -> LaunchID {
        let statement = try connection.prepare(
            """
            INSERT INTO launch (
                program, version, channel_id, channel_kind, purpose, topic, brand, currency, state, plan_cursor,
                is_planned, created_at, finished_at, source, priority, owner
            ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """
        )
        statement.bind(1, launch.program)
        statement.bind(2, launch.version)
        statement.bind(3, launch.channelID)
        statement.bind(4, launch.channelKind)
        statement.bind(5, launch.purpose.rawValue)
        statement.bind(6, launch.topic)
        statement.bind(7, launch.brand)
        statement.bind(8, launch.currency)
        statement.bind(9, Int64(launch.state.rawValue))
        statement.bind(10, launch.planCursor.rawValue)
        statement.bind(11, launch.isPlanned ? 1 : 0)
        statement.bind(12, launch.createdAt.microseconds)
        statement.bind(13, launch.finishedAt?.microseconds)
        statement.bind(14, launch.source)
        statement.bind(15, Int64(launch.priority))
        statement.bind(16, launch.owner.actor)
        try statement.run()
        let id = LaunchID(rawValue: connection.lastInsertedID)
        let step = try connection.prepare("INSERT INTO launch_step (launch, step, template) VALUES (?1, ?2, ?3)")
        for (number, template) in launch.templates {
            step.bind(1, id.rawValue)
            step.bind(2, Int64(number))
            step.bind(3, template)
            try step.run()
        }
        let link = try connection.prepare(
            "INSERT INTO launch_link (launch, step, name, address) VALUES (?1, ?2, ?3, ?4)")
        for (number, links) in launch.links {
            for named in links {
                link.bind(1, id.rawValue)
                link.bind(2, Int64(number))
                link.bind(3, named.name)
                link.bind(4, named.address)
                try link.run()
            }
        }
        let channel = try connection.prepare(
            "INSERT INTO launch_channel (launch, channel, kind) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING")
        for way in launch.channels {
            channel.bind(1, id.rawValue)
            channel.bind(2, way.id)
            channel.bind(3, way.kind)
            try channel.run()
        }
        try write(launch.phase, of: id, connection)
        return id
    }

    private static func first(_ statement: Statement) throws(StoreError) -> LaunchRecord? {
        defer { statement.reset() }
        guard try statement.step() else { return nil }
        return try read(statement)
    }
}
