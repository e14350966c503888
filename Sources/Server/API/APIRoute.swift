import HTTPTypes
import Hummingbird
import RuleEngine
import Runner

/// One operation, declared: its place, who may call it, what it takes and gives, and what it does. The server, the document,
/// and the tests of who may do what are all made from this. There is no other way to add one, so that nothing can be
/// reached that says nothing of its scope or isn't documented.
struct APIRoute: Sendable {
    enum Access: Sendable {
        case scope(Scope)
        /// One of the scopes that let somebody send; which one is the channel's to say, and the handler asks.
        case sending
        /// One of these.
        case any([Scope])
        /// Whoever has a key or a session.
        case anyone
        /// Nobody has to say who they are: to log in.
        case open

        /// One of them is enough. Of `anyone` and `open` none is asked.
        var scopes: [Scope] {
            switch self {
            case .scope(let scope): [scope]
            case .sending: Scope.sending
            case .any(let scopes): scopes
            case .anyone, .open: []
            }
        }

        func admits(_ caller: Principal) -> Bool {
            switch self {
            case .scope, .sending, .any: scopes.contains { caller.scopes.contains($0) }
            case .anyone: caller.kind != .anonymous
            case .open: true
            }
        }
    }

    /// What a request carries.
    enum Body: Sendable {
        /// JSON, read and held to its shape before the handler sees it.
        case json(Shape)
        /// Read by the handler; the shapes are for the document.
        case raw([(type: String, shape: Shape)], limit: Int)

        var limit: Int {
            switch self {
            case .json: 1 << 20
            case .raw(_, let limit): limit
            }
        }

        var types: [(type: String, shape: Shape)] {
            switch self {
            case .json(let shape): [("application/json", shape)]
            case .raw(let types, _): types
            }
        }
    }

    struct Answer: Sendable {
        let status: Int
        let about: String
        var shape: Shape?
        var type = "application/json"

        static func ok(_ about: String, _ shape: Shape) -> Answer { Answer(status: 200, about: about, shape: shape) }
    }

    let method: HTTPRequest.Method
    /// Behind `/api/v1`, with names in braces as OpenAPI writes them.
    let path: String
    let access: Access
    let id: String
    let tag: String
    let summary: String
    var parameters: [Parameter] = []
    var body: Body?
    var answers: [Answer]
    /// The codes of problems that are its own, by status. Those of every route are not named.
    var problems: [Int: [String]] = [:]
    /// Takes an `Idempotency-Key`.
    var isRepeatable = false
    let handler: @Sendable (APIRequest) async throws -> APIReply
}

struct APIRequest: Sendable {
    let caller: Principal
    /// `X-Request-ID`.
    let id: String
    /// From path and query; each has the shape that its route declares.
    let parameters: [String: String]
    let headers: HTTPFields
    let body: [UInt8]
    /// The body, where the route takes JSON.
    var document = JSON.null
    /// Where it comes from; nil where nobody can say.
    var address: String?
    /// `Idempotency-Key`, where it was sent.
    var name: String?
    /// By which it is known when it comes again, once nobody else works on it.
    var claimed: RequestName?

    /// Without parameters, in small letters.
    var contentType: String {
        let value = headers[.contentType] ?? ""
        return value.prefix { $0 != ";" }.filter { !$0.isWhitespace }.lowercased()
    }

    func integer(_ name: String) -> Int? { parameters[name].flatMap { Int($0) } }
    func flag(_ name: String) -> Bool? { parameters[name].map { $0 == "true" } }
    func instant(_ name: String) -> Timestamp? { parameters[name].flatMap { ISOInstant.read($0) } }

    /// A parameter of the path.
    subscript(name: String) -> String {
        guard let value = parameters[name] else { preconditionFailure("`\(name)` is no parameter of this path") }
        return value
    }

    var page: PageRequest {
        PageRequest(after: parameters["cursor"], offset: integer("offset") ?? 0, limit: integer("limit") ?? 50)
    }

    var showsPersonal: Bool { caller.scopes.contains(.viewPersonalData) }

    /// Whom histories and the audit name.
    var actor: String { caller.actor }
}

struct APIReply: Sendable {
    var status: HTTPResponse.Status = .ok
    var content: Content
    var headers = HTTPFields()
    /// What it made, for the audit log.
    var object: String?

    enum Content: Sendable {
        case json(JSON)
        case text(String, type: String)
        /// Written while it lasts; never kept, and never given again.
        case stream(type: String, @Sendable (inout any ResponseBodyWriter) async throws -> Void)
    }

    init(status: HTTPResponse.Status = .ok, _ body: JSON) {
        self.status = status
        content = .json(body)
    }

    init(
        stream type: String, _ write: @escaping @Sendable (inout any ResponseBodyWriter) async throws -> Void
    ) {
        content = .stream(type: type, write)
    }

    init(_ text: String, type: String) {
        content = .text(text, type: type)
    }

    /// A page of a list.
    init<Item: Sendable>(_ page: FoundPage<Item>, _ json: (Item) -> JSON) {
        self.init(["items": .array(page.items.map(json)), "next_cursor": JSON(page.next)])
    }

    var text: String {
        switch content {
        case .json(let body): body.text
        case .text(let text, _): text
        case .stream: ""
        }
    }

    var type: String {
        switch content {
        case .json: "application/json"
        case .text(_, let type), .stream(let type, _): type
        }
    }
}

extension Shape {
    /// A page of a list.
    static func page(of item: Shape) -> Shape {
        .object([.needed("items", .list(item, most: 200)), .needed("next_cursor", Shape.text(1...200).orNull)])
    }
}
