import Glibc

/// How many files and connections the process may have open at once.
enum OpenFiles {
    /// Takes all that the system lets it have, and says how many connections from outside that is enough for. The rest is the database's
    /// and the providers'. A connection that nobody uses costs 14 KB and is closed after 15 seconds: a thousand of them, which anybody can
    /// open, must not keep everybody else out.
    static func forConnections() -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return least }
        let wanted = min(limit.rlim_max, rlim_t(most + others))
        if limit.rlim_cur < wanted {
            var raised = limit
            raised.rlim_cur = wanted
            if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &raised) == 0 { limit = raised }
        }
        return max(least, min(most, Int(clamping: limit.rlim_cur) - others))
    }

    private static let least = 256
    private static let most = 8_192
    private static let others = 1_024
}
