/// Secrets of channels and endpoints, sealed.
extension Migration {
    static let credentials = Migration(
        version: 20,
        statements: [
            // `sealed` by a key of its own, which is in `wrapped`, sealed by a key that lies elsewhere.
            """
            CREATE TABLE credential (
                tenant INTEGER NOT NULL DEFAULT 1,
                name TEXT NOT NULL,
                key_name TEXT NOT NULL,
                wrapped BLOB NOT NULL,
                sealed BLOB NOT NULL,
                version INTEGER NOT NULL,
                hint TEXT NOT NULL,
                fingerprint TEXT NOT NULL,
                updated_at INTEGER NOT NULL,
                PRIMARY KEY (tenant, name)
            ) STRICT, WITHOUT ROWID
            """
        ]
    )
}
