import Glibc

/// What keeps a process's memory, with every secret in it, to itself.
enum ProcessSecrecy {
    /// No core file, and no look into the memory by another process of the same user.
    ///
    /// - Returns: false where the system has refused.
    @discardableResult
    static func forbidDumps() -> Bool {
        var limit = rlimit(rlim_cur: 0, rlim_max: 0)
        let hasNoCore = setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit) == 0
        return prctl(setDumpable, 0) == 0 && hasNoCore
    }

    /// Nil where nobody can say.
    static var isDumpable: Bool? {
        switch prctl(getDumpable, 0) {
        case 0: false
        case 1: true
        default: nil
        }
    }

    /// Nil for a user who can do harm to nothing but the data folder.
    static func warning(user: uid_t) -> String? {
        guard user == 0 else { return nil }
        return "it runs as root: whoever gets into it has the machine"
            + "\n  help: run it as a user of its own, as packaging/systemd/carillon.service does"
    }

    // <sys/prctl.h>
    private static let getDumpable: CInt = 3
    private static let setDumpable: CInt = 4

    /// Swift calls no C function whose arguments may be any number. It is called by its address instead, with all five: on x86-64 and
    /// ARM64 Linux they lie in the same registers either way.
    private static func prctl(_ option: CInt, _ value: CUnsignedLong) -> CInt {
        typealias Function = @convention(c) (CInt, CUnsignedLong, CUnsignedLong, CUnsignedLong, CUnsignedLong) -> CInt
        guard let address = dlsym(nil, "prctl") else { return -1 }
        return unsafeBitCast(address, to: Function.self)(option, value, 0, 0, 0)
    }
}
