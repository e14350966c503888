/// One request as it came.
package struct HTTPCall: Sendable {
    package var method = ""
    /// Without the query.
    package var path = ""
    /// Behind the question mark.
    package var query = ""
    /// By name in lower case.
    package var headers: [String: String] = [:]
    package var body: [UInt8] = []
    var isHTTP2 = false

    mutating func setTarget(_ target: some StringProtocol) {
        let mark = target.firstIndex(of: "?") ?? target.endIndex
        path = String(target[..<mark])
        query = String(target[mark...].dropFirst())
    }

    func header(_ name: String) -> String { headers[name] ?? "" }

    /// Without parameters, in lower case.
    var contentType: String {
        header("content-type").prefix { $0 != ";" }.filter { $0 != " " }.lowercased()
    }
}

/// What is answered.
package struct HTTPReply: Sendable {
    package var status: Int
    /// `name: value`, without the length.
    package var headers: [String]
    package var body: [UInt8]

    package init(_ status: Int, headers: [String] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    package init(_ status: Int, type: String, _ text: String, headers: [String] = []) {
        self.init(status, headers: ["Content-Type: " + type] + headers, body: Array(text.utf8))
    }

    /// The bytes on the wire.
    func bytes(closing: Bool, isHead: Bool = false) -> [UInt8] {
        var text = "HTTP/1.1 \(status) \(Self.phrase(status))\r\n"
        for header in headers { text += header + "\r\n" }
        if status != 204 { text += "Content-Length: \(body.count)\r\n" }
        if closing { text += "Connection: close\r\n" }
        text += "\r\n"
        return Array(text.utf8) + (isHead ? [] : body)
    }

    private static func phrase(_ status: Int) -> String {
        switch status {
        case 200: "OK"
        case 201: "Created"
        case 202: "Accepted"
        case 204: "No Content"
        case 303: "See Other"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 402: "Payment Required"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 413: "Content Too Large"
        case 415: "Unsupported Media Type"
        case 422: "Unprocessable Content"
        case 429: "Too Many Requests"
        case 500: "Internal Server Error"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        case 504: "Gateway Timeout"
        default: "Answer"
        }
    }
}
