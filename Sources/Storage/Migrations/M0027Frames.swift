/// Which messages have a frame in common, and since when.
extension Migration {
    static let frames = Migration(
        version: 27,
        statements: [
            // Retention asks each frame for what is too old, and whether anything is left of it: without this the whole
            // ledger was read every hour. What was taken away has no frame, and no entry here.
            "CREATE INDEX message_archive_frame ON message_archive (frame, at) WHERE frame IS NOT NULL"
        ]
    )
}
