/// A number that says whether what programs go by has changed, so that an engine that is busy needn't look at all of them.
extension Migration {
    static let news = Migration(
        version: 26,
        statements: [
            // Raised whenever a version goes live, rests or ends, another one answers for it, or somebody's rights change.
            "CREATE TABLE program_news (number INTEGER NOT NULL) STRICT",
            "INSERT INTO program_news (number) VALUES (0)",
            raise("launch_begins", after: "INSERT ON launch"),
            raise("launch_changes", after: "UPDATE OF state, kind, owner ON launch"),
            raise("launch_goes", after: "DELETE ON launch"),
            raise(
                "api_key_changes",
                after: "UPDATE OF scopes, expires_at, revoked_at, successor, channels, programs, networks ON api_key"),
            raise("api_key_goes", after: "DELETE ON api_key"),
            raise("app_user_comes", after: "INSERT ON app_user"),
            raise("app_user_changes", after: "UPDATE OF role, scopes, disabled_at ON app_user"),
            raise("app_user_goes", after: "DELETE ON app_user"),
        ]
    )

    private static func raise(_ name: String, after change: String) -> String {
        "CREATE TRIGGER \(name) AFTER \(change) BEGIN UPDATE program_news SET number = number + 1; END"
    }
}
