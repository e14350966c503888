import Glibc

/// Runs the program itself, as a shell would, in a folder of its own.
struct Program {
    struct Outcome {
        var status: Int32
        var output: String
        var errors: String
    }

    struct Failure: Error {
        let message: String
    }

    let folder: String

    /// In a new folder below the system's temporary one.
    init() throws {
        var template = Array("/tmp/carillon-cli-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Failure(message: "no temporary folder") }
        folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    func remove() {
        if let process = try? spawn(executable: "/bin/rm", ["-rf", folder]) { _ = wait(for: process) }
        unlink(outputPath)
        unlink(errorPath)
    }

    @discardableResult
    func callAsFunction(_ arguments: String...) throws -> Outcome {
        try run(arguments)
    }

    /// Beside the test program, where the build puts both.
    static let executable: String = {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
        let path = String(decoding: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return path.prefix(upTo: path.lastIndex(of: "/") ?? path.endIndex) + "/carillon"
    }()

    func run(_ arguments: [String]) throws -> Outcome {
        wait(for: try spawn(executable: "/usr/bin/env", Self.prefix(folder) + arguments))
    }

    /// A line for the shell, in the folder, where `carillon` is the program.
    func shell(_ line: String) throws -> Outcome {
        let script = "cd '\(folder)' && carillon() { '\(Self.executable)' \"$@\"; }\n" + line
        return wait(for: try spawn(executable: "/bin/sh", ["-c", script]))
    }

    /// `env -C` changes the folder in the new process, where it concerns no other test.
    static func prefix(_ folder: String) -> [String] {
        ["-C", folder, executable]
    }

    // Files instead of pipes: nothing can fill up while the program runs.
    private var outputPath: String { folder + ".out" }
    private var errorPath: String { folder + ".err" }

    func spawn(executable: String, _ arguments: [String]) throws -> pid_t {
        // One at a time in a folder would share these; a program that runs on keeps the files it has opened.
        unlink(outputPath)
        unlink(errorPath)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, outputPath, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, errorPath, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        var argv: [UnsafeMutablePointer<CChar>?] = ([executable] + arguments).map { strdup($0) } + [nil]
        var environment: [UnsafeMutablePointer<CChar>?] = [strdup("PATH=/usr/bin:/bin"), strdup("LANG=C.UTF-8"), nil]
        defer { for pointer in argv + environment { free(pointer) } }
        var process = pid_t()
        let result = posix_spawn(&process, executable, &actions, nil, &argv, &environment)
        guard result == 0 else {
            throw Failure(message: "can't start \(executable): \(String(cString: strerror(result)))")
        }
        return process
    }

    func wait(for process: pid_t) -> Outcome {
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        let code = status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
        return Outcome(status: code, output: Self.read(outputPath), errors: Self.read(errorPath))
    }

    func read(_ path: String) -> String {
        Self.read(folder + "/" + path)
    }

    /// Replaces a text in a file of the folder.
    func edit(_ path: String, _ old: String, _ new: String) throws {
        let text = read(path)
        guard let range = text.firstRange(of: old) else { throw Failure(message: "\(path) does not hold \(old)") }
        try write(path, text.replacingCharacters(in: range, with: new))
    }

    func write(_ path: String, _ text: String) throws {
        guard let file = fopen(folder + "/" + path, "w") else { throw Failure(message: "can't write \(path)") }
        defer { fclose(file) }
        fputs(text, file)
    }

    func files(in path: String) -> [String] {
        guard let directory = opendir(folder + "/" + path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }

    private static func read(_ path: String) -> String {
        guard let file = fopen(path, "r") else { return "" }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = fread(&buffer, 1, buffer.count, file)
            if count == 0 { return String(decoding: bytes, as: UTF8.self) }
            bytes.append(contentsOf: buffer[..<count])
        }
    }
}

extension String {
    fileprivate func replacingCharacters(in range: Range<String.Index>, with text: String) -> String {
        String(self[..<range.lowerBound]) + text + String(self[range.upperBound...])
    }
}
