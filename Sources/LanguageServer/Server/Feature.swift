import RuleEngine

/// The requests about files, by the protocol's names.
enum Feature: String {
    case hover = "textDocument/hover"
    case completion = "textDocument/completion"
    case definition = "textDocument/definition"
    case references = "textDocument/references"
    case prepareRename = "textDocument/prepareRename"
    case rename = "textDocument/rename"
    case formatting = "textDocument/formatting"
    case codeAction = "textDocument/codeAction"
    case documentSymbol = "textDocument/documentSymbol"
}

/// A question about one file, with everything that answers need. The text is the editor's, the compiler has read it.
struct Inquiry {
    let session: ProjectSession
    let path: String
    let file: FileID
    let lines: LineTable
    let encoding: LineTable.Encoding
    /// The editor takes edits that name the version they are for.
    let knowsVersions: Bool

    var project: IncrementalCompiler { session.compiler }
    var bytes: [UInt8] { lines.bytes }

    func offset(_ params: JSONValue) throws(ResponseError) -> Int {
        guard let offset = lines.offset(of: params["position"]) else {
            throw ResponseError(.invalidParams, "a position has a line and a character")
        }
        return offset
    }

    /// A place in any file of the project.
    func location(_ span: SourceSpan) -> JSONValue {
        let file = project.sources.file(span.file)
        return ["uri": .text(session.uri(of: file.path)), "range": LineTable(file.bytes, encoding).range(span)]
    }
}

extension LanguageServer {
    mutating func feature(_ feature: Feature, _ params: JSONValue) throws(ResponseError) -> JSONValue {
        guard let uri = params["textDocument"]["uri"].text else {
            throw ResponseError(.invalidParams, "the request names no file")
        }
        guard let place = place(uri) else { return .null }
        sessions[place.root]?.compile()
        guard let session = sessions[place.root], let file = session.compiler.file(at: place.path) else { return .null }
        let bytes = session.compiler.sources.file(file).bytes
        let inquiry = Inquiry(
            session: session, path: place.path, file: file, lines: LineTable(bytes, encoding), encoding: encoding,
            knowsVersions: knowsVersions)
        switch feature {
        case .hover: return inquiry.hover(at: try inquiry.offset(params))
        case .completion: return inquiry.completion(at: try inquiry.offset(params))
        case .definition: return inquiry.definition(at: try inquiry.offset(params))
        case .references:
            return inquiry.references(
                at: try inquiry.offset(params), withDeclaration: params["context"]["includeDeclaration"] != false)
        case .prepareRename: return try inquiry.prepareRename(at: try inquiry.offset(params))
        case .rename: return try inquiry.rename(at: try inquiry.offset(params), to: params["newName"].text)
        case .formatting: return try inquiry.formatting()
        case .codeAction: return inquiry.codeActions(params["range"], only: params["context"]["only"].list)
        case .documentSymbol: return inquiry.symbols()
        }
    }
}
