import HTTPTypes
import Hummingbird
import Runner

/// One operation: its place, who may call it, how documents tell of it, and what it does. There is no other way to add
/// one, so that nothing can be reached that says nothing of its scope or isn't documented.
struct APIRoute: Sendable {
    enum Access: Sendable {
        case anyone
        case scope(Scope)
    }

    let method: HTTPRequest.Method
    /// Behind `/api/v1`, with names in braces as OpenAPI writes them.
    let path: String
    let access: Access
    let about: Documentation
    let handler: @Sendable (APIRequest) async throws -> APIReply

    struct Documentation: Sendable {
        let id: String
        let summary: String
        /// Each content type with its schema.
        var request: [(type: String, schema: JSON)] = []
        var responses: [(status: Int, description: String, schema: JSON?)] = []
    }
}

struct APIRequest: Sendable {
    let parameters: [String: String]
    let headers: HTTPFields
    let body: [UInt8]

    /// Without parameters, in small letters.
    var contentType: String {
        let value = headers[.contentType] ?? ""
        return value.prefix { $0 != ";" }.filter { !$0.isWhitespace }.lowercased()
    }
}

struct APIReply: Sendable {
    var status: HTTPResponse.Status = .ok
    var body: JSON
}
