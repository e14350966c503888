import Glibc
import LanguageServer
import TestKit

/// A scripted editor: starts the program `carillon lsp` in a project of its own, and speaks the protocol over its pipes.
final class Editor {
    struct Failure: Error {
        let message: String
    }

    let folder: String
    private var process: pid_t = 0
    private var input: Int32 = -1
    private var output: Int32 = -1
    private var framing = MessageFraming()
    private var lastID = 0
    private var versions: [String: Int] = [:]
    /// What the program said of each file last, by its path in the project.
    private(set) var findings: [String: JSONValue] = [:]
    /// Everything else that came without being asked for.
    private(set) var others: [JSONValue] = []

    /// Beside the test program, where the build puts both.
    private static let executable: String = {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
        let path = String(decoding: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return path.prefix(upTo: path.lastIndex(of: "/") ?? path.endIndex) + "/carillon"
    }()

    init(files: [(path: String, text: String)] = SampleProject.files, arguments: [String] = []) throws {
        var template = Array("/tmp/carillon-lsp-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Failure(message: "no temporary folder") }
        folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        for (path, text) in files { try write(path, text) }
        try start(arguments)
    }

    deinit {
        if input >= 0 { close(input) }
        close(output)
        if process != 0 {
            kill(process, SIGKILL)
            var status: Int32 = 0
            waitpid(process, &status, 0)
        }
        remove(folder)
    }

    private func remove(_ path: String) {
        if let directory = opendir(path) {
            while let entry = readdir(directory) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                    pointer.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
                }
                if name != ".", name != ".." { remove(path + "/" + name) }
            }
            closedir(directory)
            rmdir(path)
        } else {
            unlink(path)
        }
    }

    private func start(_ arguments: [String]) throws {
        var ours: [Int32] = [-1, -1]
        var theirs: [Int32] = [-1, -1]
        guard pipe(&ours) == 0, pipe(&theirs) == 0 else { throw Failure(message: "no pipe") }
        for descriptor in ours + theirs { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, theirs[0], 0)
        posix_spawn_file_actions_adddup2(&actions, ours[1], 1)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        var words = ([Self.executable, "lsp"] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        guard posix_spawn(&process, Self.executable, &actions, nil, &words, environ) == 0 else {
            throw Failure(message: "can't start \(Self.executable)")
        }
        close(ours[1])
        close(theirs[0])
        (input, output) = (theirs[1], ours[0])
    }

    // MARK: Files

    func write(_ path: String, _ text: String) throws {
        let full = folder + "/" + path
        let parts = path.split(separator: "/").dropLast()
        for count in parts.indices { mkdir(folder + "/" + parts[...count].joined(separator: "/"), 0o700) }
        guard let file = fopen(full, "w") else { throw Failure(message: "can't write \(path)") }
        defer { fclose(file) }
        fputs(text, file)
    }

    func delete(_ path: String) { unlink(folder + "/" + path) }

    func uri(_ path: String) -> JSONValue { .text(FileURI.uri(of: folder + "/" + path)) }

    // MARK: Messages

    func send(bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(input, $0.baseAddress, $0.count) }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    func send(_ message: JSONValue) { send(bytes: MessageFraming.framed(message)) }

    func notify(_ method: String, _ params: JSONValue) {
        send(["jsonrpc": "2.0", "method": .text(method), "params": params])
    }

    /// The next message; nil where the program has ended.
    func receive() throws -> JSONValue? {
        while true {
            if case .message(let bytes)? = framing.next() { return try JSONParser.parse(bytes) }
            var room = [UInt8](repeating: 0, count: 65_536)
            let count = read(output, &room, room.count)
            guard count > 0 else { return nil }
            framing.add(room[..<count])
        }
    }

    private func note(_ message: JSONValue) {
        if message["method"] == "textDocument/publishDiagnostics", let uri = message["params"]["uri"].text,
            let path = FileURI.path(of: uri)
        {
            findings[String(path.dropFirst(folder.utf8.count + 1))] = message["params"]
        } else {
            others.append(message)
        }
    }

    /// The whole answer, with `result` or `error`.
    func ask(_ method: String, _ params: JSONValue) throws -> JSONValue {
        lastID += 1
        send(["jsonrpc": "2.0", "id": .integer(lastID), "method": .text(method), "params": params])
        return try answer(to: .integer(lastID))
    }

    func answer(to id: JSONValue) throws -> JSONValue {
        while let message = try receive() {
            if message["id"] == id, message["method"] == .null { return message }
            note(message)
        }
        throw Failure(message: "the program ended before it answered")
    }

    /// Waits until the program has said something of a file that fits.
    @discardableResult
    func wait(for path: String, until fits: (JSONValue) -> Bool = { _ in true }) throws -> JSONValue {
        findings[path] = nil
        while true {
            if let found = findings[path], fits(found) { return found }
            guard let message = try receive() else { throw Failure(message: "the program ended") }
            note(message)
        }
    }

    func initialize(_ capabilities: JSONValue = [:]) throws -> JSONValue {
        let answer = try ask(
            "initialize", ["capabilities": capabilities, "rootUri": .text(FileURI.uri(of: folder)), "processId": nil])
        notify("initialized", [:])
        return answer["result"]
    }

    // MARK: Editing

    func open(_ path: String, _ text: String) {
        versions[path] = 1
        notify(
            "textDocument/didOpen",
            ["textDocument": ["uri": uri(path), "languageId": "yaml", "version": 1, "text": .text(text)]])
    }

    func change(_ path: String, _ changes: [JSONValue]) {
        let version = (versions[path] ?? 0) + 1
        versions[path] = version
        notify(
            "textDocument/didChange",
            ["textDocument": ["uri": uri(path), "version": .integer(version)], "contentChanges": .list(changes)])
    }

    func replace(_ path: String, with text: String) { change(path, [["text": .text(text)]]) }

    /// A question about the place of a marked text's first mark.
    func ask(_ method: String, _ path: String, _ marked: SpanMarkers, _ more: [String: JSONValue] = [:]) throws
        -> JSONValue
    {
        let lines = LineTable(Array(marked.text.utf8), .utf16)
        var params: [String: JSONValue] = [
            "textDocument": ["uri": uri(path)], "position": lines.position(of: marked.ranges[0].lowerBound),
        ]
        params.merge(more) { _, new in new }
        return try ask(method, .object(params))
    }

    /// Says goodbye, and gives what the program ended with.
    func leave() throws -> Int32 {
        _ = try ask("shutdown", .null)
        notify("exit", .null)
        return ended()
    }

    func ended() -> Int32 {
        if input >= 0 { close(input) }
        input = -1
        while let message = try? receive() { note(message) }
        var status: Int32 = 0
        waitpid(process, &status, 0)
        process = 0
        return status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
    }
}

extension SpanMarkers {
    /// The range of a mark, as the protocol has it.
    func range(_ index: Int = 0, _ encoding: LineTable.Encoding = .utf16) -> JSONValue {
        LineTable(Array(text.utf8), encoding).range(ranges[index])
    }
}
