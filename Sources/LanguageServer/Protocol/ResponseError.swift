/// Why a request was not answered, with the protocol's numbers.
package struct ResponseError: Error, Sendable {
    package enum Code: Int, Sendable {
        case parseError = -32700
        case invalidRequest = -32600
        case methodNotFound = -32601
        case invalidParams = -32602
        case serverNotInitialized = -32002
        case requestCancelled = -32800
        /// The request is fine, and can't be carried out.
        case requestFailed = -32803
    }

    package let code: Code
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    var value: JSONValue { ["code": .integer(code.rawValue), "message": .text(message)] }
}
