extension LanguageServer {
    /// A file that a message names.
    struct FilePlace {
        let root: String
        let path: String
    }

    /// Nil for files of no project.
    func place(_ uri: String) -> FilePlace? {
        guard let absolute = FileURI.path(of: uri) else { return nil }
        // The innermost of projects within projects.
        let known = sessions.keys.filter { absolute.hasPrefix($0 + "/") }.max { $0.count < $1.count }
        guard let root = known, let path = sessions[root]?.path(absolute) else { return nil }
        return FilePlace(root: root, path: path)
    }

    mutating func didOpen(_ params: JSONValue) {
        let item = params["textDocument"]
        guard let uri = item["uri"].text, let text = item["text"].text, let absolute = FileURI.path(of: uri) else {
            return complain("didOpen names no file")
        }
        if let root = disk.locate(absolute) { startSession(root) }
        guard let place = place(uri) else { return }
        let document = TextDocument(uri: uri, version: item["version"].integer ?? 0, text: text)
        sessions[place.root]?.opened(place.path, document)
    }

    mutating func didChange(_ params: JSONValue) {
        let item = params["textDocument"]
        guard let uri = item["uri"].text, let changes = params["contentChanges"].list else {
            return complain("didChange says nothing")
        }
        guard let place = place(uri) else { return }
        guard let open = sessions[place.root]?.open[place.path] else {
            return complain("didChange of a file that is not open: \(place.path)")
        }
        let version = item["version"].integer ?? open.version + 1
        if sessions[place.root]?.changed(place.path, changes, version: version, encoding) != true {
            complain("didChange of \(place.path) can't be read; open the file again")
        }
    }

    mutating func didClose(_ params: JSONValue) {
        guard let place = params["textDocument"]["uri"].text.flatMap({ place($0) }) else { return }
        sessions[place.root]?.closed(place.path)
    }

    mutating func didChangeWatchedFiles(_ params: JSONValue) {
        for change in params["changes"].list ?? [] {
            guard let uri = change["uri"].text, let absolute = FileURI.path(of: uri) else { continue }
            if place(uri) == nil, let root = disk.locate(absolute) { startSession(root) }
            guard let place = place(uri) else { continue }
            sessions[place.root]?.changedOnDisk(place.path)
        }
    }

    private mutating func complain(_ message: String) {
        notify("window/logMessage", ["type": 2, "message": .text(message)])
    }
}
