import Crypto
import RuleEngine
import Runner

/// What single messages say stands in the rules that were written for them, and in the files that their versions keep.
/// Used within a transaction.
struct MessageTexts {
    private let connection: Connection

    init(_ connection: Connection) {
        self.connection = connection
    }

    // MARK: Of a form that has ended

    /// What each recipient got is kept with the recipient; nobody is sent it from here any more.
    func forgetEnded(_ launch: LaunchID) throws(StoreError) {
        let find = try connection.prepare("SELECT program FROM launch WHERE id = ?1")
        find.bind(1, launch.rawValue)
        defer { find.reset() }
        guard try find.step() else { return }
        let program = find.string(0)
        if MessageProgram.isID(program) { try forgetEnded(program) }
    }

    private func forgetEnded(_ program: String) throws(StoreError) {
        let versions = try versions(of: program)
        // A form that was made again may be live with the same files.
        let live = Set(versions.filter { !$0.isOver }.compactMap(\.snapshot))
        var seen: Set<Int64> = []
        for version in versions where version.isOver {
            guard let bare = MessageProgram.withoutTexts(version.source) else { continue }
            let write = try connection.prepare("UPDATE launch SET source = ?2 WHERE id = ?1")
            write.bind(1, version.id)
            write.bind(2, bare)
            try write.run()
            if let snapshot = version.snapshot, !live.contains(snapshot), seen.insert(snapshot).inserted {
                try replaceRule(in: snapshot, of: program, by: Array(bare.utf8))
            }
            guard versions.allSatisfy(\.isOver) else { continue }
            let forget = try connection.prepare("DELETE FROM source_text WHERE hash = ?1")
            forget.bindBlob(1, Array(SHA256.hash(data: Array(version.source.utf8))))
            try forget.run()
        }
    }

    private struct Version {
        var id: Int64
        var isOver: Bool
        var snapshot: Int64?
        var source: String
    }

    private func versions(of program: String) throws(StoreError) -> [Version] {
        let statement = try connection.prepare(
            "SELECT id, state, snapshot, source FROM launch WHERE tenant = 1 AND program = ?1 ORDER BY id")
        statement.bind(1, program)
        defer { statement.reset() }
        var found: [Version] = []
        while try statement.step() {
            found.append(
                Version(
                    id: statement.integer(0),
                    isOver: LaunchState(rawValue: Int(statement.integer(1)))?.isOver ?? false,
                    snapshot: statement.optionalInteger(2), source: statement.string(3)))
        }
        return found
    }

    /// A form that is made again finds none of its files here: they are kept under what is in them.
    private func replaceRule(in snapshot: Int64, of program: String, by rule: [UInt8]) throws(StoreError) {
        let hash = Array(SHA256.hash(data: rule))
        var whole = SHA256()
        let files = try connection.prepare("SELECT path, hash FROM snapshot_file WHERE snapshot = ?1 ORDER BY path")
        files.bind(1, snapshot)
        while try files.step() {
            let path = files.string(0)
            whole.update(data: Array(path.utf8) + [0])
            whole.update(data: path == MessageProgram.rulePath ? hash : files.blob(1))
        }
        let digest = Array(whole.finalize())
        let find = try connection.prepare("SELECT id FROM snapshot WHERE digest = ?1")
        find.bindBlob(1, digest)
        let other = try find.step() ? find.integer(0) : nil
        find.reset()
        guard let other else {
            let keep = try connection.prepare(
                "INSERT INTO source_text (hash, bytes) VALUES (?1, ?2) ON CONFLICT DO NOTHING")
            keep.bindBlob(1, hash)
            keep.bindBlob(2, rule)
            try keep.run()
            let link = try connection.prepare("UPDATE snapshot_file SET hash = ?3 WHERE snapshot = ?1 AND path = ?2")
            link.bind(1, snapshot)
            link.bind(2, MessageProgram.rulePath)
            link.bindBlob(3, hash)
            try link.run()
            let name = try connection.prepare("UPDATE snapshot SET digest = ?2 WHERE id = ?1")
            name.bind(1, snapshot)
            name.bindBlob(2, digest)
            return try name.run()
        }
        // An earlier version of the form has the same files, and its rule says nothing either.
        let move = try connection.prepare(
            "UPDATE launch SET snapshot = ?3 WHERE tenant = 1 AND program = ?1 AND snapshot = ?2")
        move.bind(1, program)
        move.bind(2, snapshot)
        move.bind(3, other)
        try move.run()
        for sql in ["DELETE FROM snapshot_file WHERE snapshot = ?1", "DELETE FROM snapshot WHERE id = ?1"] {
            let statement = try connection.prepare(sql)
            statement.bind(1, snapshot)
            try statement.run()
        }
    }

    // MARK: Of somebody who is forgotten

    /// What was written to nobody who is still known. Texts that somebody else got as well stay, for as long as one of them is
    /// known: they are theirs too.
    func forget(_ contact: ContactKey, now: Timestamp) throws(StoreError) {
        for program in try programs(of: contact) {
            guard let rule = try versions(of: program).first?.source, MessageProgram.hasOwnMessage(rule),
                try !isOfOthers(program, than: contact)
            else { continue }
            for sql in [
                // Whoever is next to ask for the form makes it again; what is on its way is settled as after every end.
                """
                UPDATE delivery SET state = \(DeliveryState.skipped.rawValue), updated_at = ?2, not_before = NULL,
                    reason = '\(SkipReason.erased.rawValue)'
                WHERE tenant = 1 AND (state = 0 OR state = 1 OR state = 3) AND launch IN (\(Self.launches))
                """,
                "DELETE FROM send_order WHERE launch IN (\(Self.launches)) AND ?2",
                """
                UPDATE run SET ended_at = ?2, ending = 'cancelled', due = NULL
                WHERE ended_at IS NULL AND launch IN (\(Self.launches))
                """,
                "UPDATE launch SET state = 3, finished_at = ?2 WHERE id IN (\(Self.launches)) AND state NOT IN (3, 4, 6)",
                // Its links go out with the texts.
                "DELETE FROM launch_link WHERE launch IN (\(Self.launches)) AND ?2",
            ] {
                let statement = try connection.prepare(sql)
                statement.bind(1, program)
                statement.bind(2, now.microseconds)
                try statement.run()
            }
            try forgetEnded(program)
        }
    }

    private static let launches = "SELECT id FROM launch WHERE tenant = 1 AND program = ?1"

    /// The forms of messages to the person, and all that are live: of a message that comes later there is no run yet.
    private func programs(of contact: ContactKey) throws(StoreError) -> [String] {
        let statement = try connection.prepare(
            """
            SELECT p.name FROM run r JOIN program p ON p.id = r.program
            WHERE r.contact = ?1 AND p.name GLOB '\(MessageProgram.pattern)'
            UNION SELECT program FROM launch WHERE kind = 1 AND state < 3 AND program GLOB '\(MessageProgram.pattern)'
            """)
        statement.bind(1, contact.rawValue)
        defer { statement.reset() }
        var found: [String] = []
        while try statement.step() { found.append(statement.string(0)) }
        return found
    }

    private func isOfOthers(_ program: String, than contact: ContactKey) throws(StoreError) -> Bool {
        let statement = try connection.prepare(
            """
            SELECT EXISTS (SELECT 1 FROM launch l JOIN delivery d ON d.tenant = 1 AND d.launch = l.id
                JOIN contact c ON c.id = d.contact
                WHERE l.tenant = 1 AND l.program = ?1 AND d.contact <> ?2 AND c.erased = 0)
            """)
        statement.bind(1, program)
        statement.bind(2, contact.rawValue)
        defer { statement.reset() }
        return try statement.step() && statement.integer(0) == 1
    }
}
