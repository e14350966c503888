package import Runner

/// A step of the tables' history. Statements run in order, in one transaction with the version they lead to.
package struct Migration: Sendable {
    package let version: Int64
    package let statements: [String]

    package init(version: Int64, statements: [String]) {
        self.version = version
        self.statements = statements
    }
}

/// The tables' history: forward only. A published migration is never edited; the next one corrects it.
package enum Migrations {
    package static let all: [Migration] = [
        .contacts, .launches, .inbound, .history, .journeys, .sends, .campaigns, .conversations, .access,
        .versionChanges, .accounts, .traces, .service, .promises, .chatFiles, .messages, .inbox, .pages, .users,
        .credentials, .retention, .hooks, .rights, .archive, .states, .news,
        .frames, .statistics,
    ]

    /// Applies what is missing. A process killed at any statement leaves the version it had, with the tables it had.
    /// `willRun` is told each statement before it runs: tests cut the power there.
    package static func apply(
        _ migrations: [Migration] = all, to connection: Connection,
        willRun: (String) throws(StoreError) -> Void = { _ in }
    ) throws(StoreError) {
        let newest = migrations.last?.version ?? 0
        // A glance without the write lock: nearly always there is nothing to do, and another process may be writing.
        if try hasMeta(connection) {
            let version = try connection.meta("schema_version") ?? 0
            if version == newest { return }
            try refuse(version, beyond: newest)
        }
        for migration in migrations {
            try connection.transaction { () throws(StoreError) in
                try connection.execute(
                    "CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value ANY) STRICT, WITHOUT ROWID"
                )
                let version = try connection.meta("schema_version") ?? 0
                try refuse(version, beyond: newest)
                guard version < migration.version else { return }
                for statement in migration.statements {
                    try willRun(statement)
                    try connection.execute(statement)
                }
                try connection.setMeta("schema_version", migration.version)
                try willRun("COMMIT")
            }
        }
    }

    static func hasMeta(_ connection: Connection) throws(StoreError) -> Bool {
        try connection.integer("SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'meta'") == 1
    }

    private static func refuse(_ version: Int64, beyond newest: Int64) throws(StoreError) {
        if version > newest {
            throw .unusable("its tables are of version \(version), this program knows versions up to \(newest)")
        }
    }
}
