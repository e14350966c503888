/// Who answers for what was begun, what keys are kept to, second factors of people, and where requests came from.
extension Migration {
    static let rights = Migration(
        version: 23,
        statements: [
            // Null: whoever had the data folder before them.
            "ALTER TABLE launch ADD COLUMN owner TEXT",
            // Words with spaces between them; null: no limit. `successor` is the key that took its place.
            "ALTER TABLE api_key ADD COLUMN channels TEXT",
            "ALTER TABLE api_key ADD COLUMN programs TEXT",
            "ALTER TABLE api_key ADD COLUMN networks TEXT",
            "ALTER TABLE api_key ADD COLUMN successor TEXT",
            // Sealed by a key that follows from the data folder's. A secret counts once a code of it was shown; of the steps of
            // time up to `totp_step` none counts any more.
            "ALTER TABLE app_user ADD COLUMN totp_secret BLOB",
            "ALTER TABLE app_user ADD COLUMN totp_confirmed_at INTEGER",
            "ALTER TABLE app_user ADD COLUMN totp_step INTEGER NOT NULL DEFAULT 0",
            """
            CREATE TABLE recovery_code (
                user TEXT NOT NULL,
                code BLOB NOT NULL,
                PRIMARY KEY (user, code)
            ) STRICT, WITHOUT ROWID
            """,
            // A keyed hash of the caller's address; entries from before have none.
            "ALTER TABLE audit_entry ADD COLUMN address TEXT NOT NULL DEFAULT ''",
            // Who changed a program's meaning last, by the meaning.
            """
            CREATE TABLE program_edit (
                program TEXT NOT NULL,
                version TEXT NOT NULL,
                editor TEXT NOT NULL,
                at INTEGER NOT NULL,
                PRIMARY KEY (program, version)
            ) STRICT, WITHOUT ROWID
            """,
        ]
    )
}
