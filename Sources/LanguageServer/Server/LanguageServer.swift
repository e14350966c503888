/// A language server without its wires: messages in, messages out. It asks the world only through `ProjectDisk`, so that
/// a test can be the editor and the disk.
package struct LanguageServer: Sendable {
    enum Phase: Sendable {
        case new, running, shutDown
    }

    let disk: ProjectDisk
    var encoding = LineTable.Encoding.utf16
    /// By the project's folder.
    var sessions: [String: ProjectSession] = [:]
    private var phase = Phase.new
    /// Messages that have come in and are not handled yet: a cancellation may be among them.
    private var inbox: [JSONValue] = []
    private var outbox: [JSONValue] = []
    private var watches = false
    private(set) var knowsVersions = false
    /// Set once the editor has said goodbye: what the process should end with.
    package private(set) var exitStatus: Int32?

    package init(disk: ProjectDisk) {
        self.disk = disk
    }

    /// Takes one message, whatever it holds. `work` handles it.
    package mutating func receive(_ bytes: [UInt8]) {
        do throws(JSONParser.Fault) {
            let message = try JSONParser.parse(bytes)
            if message.isObject {
                inbox.append(message)
            } else {
                answer(nil, .failure(ResponseError(.invalidRequest, "a message is one JSON object")))
            }
        } catch {
            answer(nil, .failure(ResponseError(.parseError, "\(error.text), at byte \(error.offset)")))
        }
    }

    /// What must be written now, framed.
    package mutating func takeOutput() -> [UInt8] {
        defer { outbox = [] }
        return outbox.flatMap { MessageFraming.framed($0) }
    }

    /// Handles what has come in, in its order, then says what is known at once of the files that were edited.
    package mutating func work() {
        while exitStatus == nil, !inbox.isEmpty { handle(inbox.removeFirst()) }
        guard phase == .running, exitStatus == nil else { return }
        publishEdited()
    }

    /// The editor went away without a word.
    package mutating func inputEnded() {
        work()
        if exitStatus == nil { exitStatus = phase == .shutDown ? 0 : 1 }
    }

    // MARK: What is left to find out

    package var hasUnsettled: Bool { phase == .running && sessions.values.contains { $0.isUnsettled } }

    /// The rest of the work on one project, to be done while nobody types. Nil where there is none.
    package mutating func nextUnsettled() -> UnsettledProject? {
        guard phase == .running else { return nil }
        for root in sessions.keys.sorted() {
            if let project = sessions[root]?.unsettled() { return project }
        }
        return nil
    }

    package mutating func settle(_ project: SettledProject) {
        for params in sessions[project.root]?.settle(project, encoding) ?? [] {
            notify("textDocument/publishDiagnostics", params)
        }
    }

    private mutating func publishEdited() {
        for root in sessions.keys.sorted() {
            for params in sessions[root]?.publishEdited(encoding) ?? [] {
                notify("textDocument/publishDiagnostics", params)
            }
        }
    }

    // MARK: Messages

    private mutating func handle(_ message: JSONValue) {
        guard let method = message["method"].text else {
            // An answer to what we asked: nothing of it is of use.
            let isAnswer = message["result"] != .null || message["error"] != .null || message["id"] != .null
            if !isAnswer { answer(nil, .failure(ResponseError(.invalidRequest, "a message has a method"))) }
            return
        }
        let id = message["id"]
        if id == .null {
            notified(method, message["params"])
        } else {
            guard id.text != nil || id.integer != nil else {
                return answer(nil, .failure(ResponseError(.invalidRequest, "an id is a number or a text")))
            }
            do throws(ResponseError) {
                if takeCancellation(of: id) { throw ResponseError(.requestCancelled, "cancelled") }
                answer(id, .success(try requested(method, message["params"])))
            } catch {
                answer(id, .failure(error))
            }
        }
    }

    /// Whether a later message takes the request back.
    private mutating func takeCancellation(of id: JSONValue) -> Bool {
        guard let index = inbox.firstIndex(where: { $0["method"] == "$/cancelRequest" && $0["params"]["id"] == id })
        else { return false }
        inbox.remove(at: index)
        return true
    }

    private mutating func answer(_ id: JSONValue?, _ result: Result<JSONValue, ResponseError>) {
        var message: [String: JSONValue] = ["jsonrpc": "2.0", "id": id ?? .null]
        switch result {
        case .success(let value): message["result"] = value
        case .failure(let error): message["error"] = error.value
        }
        outbox.append(.object(message))
    }

    mutating func notify(_ method: String, _ params: JSONValue) {
        outbox.append(["jsonrpc": "2.0", "method": .text(method), "params": params])
    }

    private mutating func requested(_ method: String, _ params: JSONValue) throws(ResponseError) -> JSONValue {
        if method == "initialize" {
            guard phase == .new else { throw ResponseError(.invalidRequest, "the server is initialized already") }
            return try initialize(params)
        }
        switch phase {
        case .new: throw ResponseError(.serverNotInitialized, "`initialize` comes first")
        case .shutDown: throw ResponseError(.invalidRequest, "after `shutdown` only `exit` is understood")
        case .running: break
        }
        if method == "shutdown" {
            phase = .shutDown
            return .null
        }
        guard let feature = Feature(rawValue: method) else {
            throw ResponseError(.methodNotFound, "`\(method)` is not known here")
        }
        return try self.feature(feature, params)
    }

    private mutating func notified(_ method: String, _ params: JSONValue) {
        if method == "exit" {
            exitStatus = phase == .shutDown ? 0 : 1
            return
        }
        guard phase == .running else { return }
        switch method {
        case "initialized": if watches { askToWatch() }
        case "textDocument/didOpen": didOpen(params)
        case "textDocument/didChange": didChange(params)
        case "textDocument/didClose": didClose(params)
        case "workspace/didChangeWatchedFiles": didChangeWatchedFiles(params)
        // `didSave` brings nothing new: the text was known before. So is it with `$/setTrace` and its like.
        default: break
        }
    }

    // MARK: The beginning

    private mutating func initialize(_ params: JSONValue) throws(ResponseError) -> JSONValue {
        guard params.isObject else { throw ResponseError(.invalidParams, "`initialize` has parameters") }
        phase = .running
        let offered = params["capabilities"]["general"]["positionEncodings"].list?.compactMap(\.text) ?? []
        encoding = offered.lazy.compactMap { LineTable.Encoding(rawValue: $0) }.first ?? .utf16
        watches = params["capabilities"]["workspace"]["didChangeWatchedFiles"]["dynamicRegistration"] == true
        knowsVersions = params["capabilities"]["workspace"]["workspaceEdit"]["documentChanges"] == true
        var roots = (params["workspaceFolders"].list ?? []).compactMap { $0["uri"].text }
        if roots.isEmpty, let uri = params["rootUri"].text { roots = [uri] }
        for uri in roots {
            guard let path = FileURI.path(of: uri), let root = disk.locate(path) else { continue }
            startSession(root)
        }
        return [
            "serverInfo": ["name": "carillon"],
            "capabilities": [
                "positionEncoding": .text(encoding.rawValue),
                "textDocumentSync": ["openClose": true, "change": 2, "save": false],
                "hoverProvider": true,
                "completionProvider": ["triggerCharacters": [".", "|", " ", "\"", "("]],
                "definitionProvider": true,
                "referencesProvider": true,
                "renameProvider": ["prepareProvider": true],
                "documentFormattingProvider": true,
                "documentSymbolProvider": true,
                "codeActionProvider": ["codeActionKinds": ["quickfix"]],
                "workspace": ["workspaceFolders": ["supported": true]],
            ],
        ]
    }

    private mutating func askToWatch() {
        outbox.append([
            "jsonrpc": "2.0", "id": "watch-files", "method": "client/registerCapability",
            "params": [
                "registrations": [
                    [
                        "id": "watch-files", "method": "workspace/didChangeWatchedFiles",
                        "registerOptions": ["watchers": [["globPattern": "**/*.{yaml,yml}"]]],
                    ]
                ]
            ],
        ])
    }

    @discardableResult
    mutating func startSession(_ root: String) -> String {
        if sessions[root] == nil { sessions[root] = ProjectSession(root: root, disk: disk) }
        return root
    }
}
