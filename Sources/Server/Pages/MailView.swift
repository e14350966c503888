import HTTPTypes
import Hummingbird
import HummingbirdCore

/// A mail as a page. What is in it is its author's and nobody else's, and still it is treated as a stranger's: it has no origin,
/// runs nothing, sends no forms, is shown in no frame, and nobody learns the address that it was looked at by.
enum MailView {
    static func response(_ html: [UInt8]) -> Response {
        var headers = HTTPFields()
        headers[.contentType] = "text/html; charset=utf-8"
        if let name = HTTPField.Name("Content-Security-Policy") { headers[name] = policy }
        Answer.harden(&headers)
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: html)))
    }

    /// Pictures and styles are where mail programs find them. A link may open a window, which is an ordinary page again.
    private static let policy = """
        default-src 'none'; img-src https: http: data:; media-src https: http:; style-src 'unsafe-inline' https: http:; \
        font-src https: http: data:; form-action 'none'; frame-ancestors 'none'; base-uri 'none'; \
        sandbox allow-popups allow-popups-to-escape-sandbox
        """

    /// A mail without HTML.
    static func page(subject: String, text: String, language: PageLanguage) -> String {
        PageFrame.html(
            title: subject,
            body: "<h1>\(PageFrame.escape(subject))</h1>\n<div class=\"mail\">\(linked(text))</div>",
            language: language)
    }

    /// Addresses in a text can be followed, as mail programs do it.
    static func linked(_ text: String) -> String {
        var output = ""
        var rest = text[...]
        while let start = rest.firstRange(of: "http") {
            let behind = rest[start.lowerBound...]
            guard behind.hasPrefix("https://") || behind.hasPrefix("http://") else {
                output += PageFrame.escape(String(rest[..<start.upperBound]))
                rest = rest[start.upperBound...]
                continue
            }
            var address = behind.prefix { $0.isASCII && !$0.isWhitespace && !"<>\"'`".contains($0) }
            while let last = address.last, ".,;:!?)".contains(last) { address.removeLast() }
            output += PageFrame.escape(String(rest[..<start.lowerBound]))
            let escaped = PageFrame.escape(String(address))
            output += "<a href=\"\(escaped)\" rel=\"noreferrer\">\(escaped)</a>"
            rest = rest[address.endIndex...]
        }
        return output + PageFrame.escape(String(rest))
    }
}
