import Glibc

/// Paths as the system sees them.
enum AbsolutePath {
    /// Joins a relative path to the working folder. Links and `..` are left as they are.
    static func of(_ path: String) throws(CommandFailure) -> String {
        if path.hasPrefix("/") { return path }
        guard let buffer = getcwd(nil, 0) else {
            throw CommandFailure(reason: "file", message: "the working folder is gone")
        }
        defer { free(buffer) }
        let folder = String(cString: buffer)
        var path = path
        while path.hasPrefix("./") { path.removeFirst(2) }
        return path == "." || path.isEmpty ? folder : (folder == "/" ? "/" : folder + "/") + path
    }

    /// The same with links and `..` followed, where the file is there.
    static func resolved(_ path: String) throws(CommandFailure) -> String {
        guard let buffer = realpath(path, nil) else { return try of(path) }
        defer { free(buffer) }
        return String(cString: buffer)
    }
}
