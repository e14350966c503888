/// What a provider sent us, untouched. Headers by name in lower case.
package struct WebhookRequest: Sendable, Equatable {
    package var method: String
    /// The whole public URL that the provider called. Scheme and host are what is configured, never what a `Host`
    /// header says.
    package var url: String
    package var headers: [String: String]
    package var body: [UInt8]

    package init(method: String, url: String, headers: [String: String], body: [UInt8]) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
    }

    /// A mail that came back, from a pipe or a mailbox.
    package init(mail: [UInt8], url: String) {
        self.init(
            method: MailReportReceiver.method, url: url, headers: ["content-type": "message/rfc822"], body: mail)
    }

    /// Behind the question mark, as it was sent.
    package var query: Substring {
        guard let mark = url.firstIndex(of: "?") else {
            return ""
        }
        return url[url.index(after: mark)...].prefix { $0 != "#" }
    }

    func header(_ name: String) -> String {
        headers[name] ?? ""
    }

    /// Without parameters, in lower case.
    var contentType: String {
        header("content-type").prefix { $0 != ";" }.filter { $0 != " " }.lowercased()
    }
}

extension WebhookRequest {
    /// The largest body that is taken (3 MB are the most that a provider documents).
    package static let bodyLimit = 4 << 20

    package enum ReadFault: String, Error, Sendable {
        case noEnd = "there is no empty line behind the headers"
        case badHeader = "a header line has no colon"
        case tooLarge = "it is larger than 4 MiB"
        case badRequestLine = "its first line is neither a header nor `METHOD target HTTP/1.1`"
    }

    /// Reads a request as it stands in a file: an optional request line, headers, an empty line, the body. Everything
    /// behind the empty line is the body, to the last byte.
    package init(raw bytes: [UInt8], baseURL: String) throws(ReadFault) {
        guard bytes.count <= Self.bodyLimit + 65_536 else {
            throw .tooLarge
        }
        var lines: [Substring] = []
        var start = 0
        var end: Int?
        while let newline = bytes[start...].firstIndex(of: 0x0A) {
            var line = bytes[start..<newline]
            if line.last == 0x0D {
                line.removeLast()
            }
            start = newline + 1
            if line.isEmpty {
                end = start
                break
            }
            lines.append(Substring(decoding: line, as: UTF8.self))
        }
        guard let end else {
            throw .noEnd
        }
        method = "POST"
        url = baseURL
        headers = [:]
        if let first = lines.first, first.hasSuffix(" HTTP/1.1") || first.hasSuffix(" HTTP/1.0") || !first.contains(":")
        {
            let words = first.split(separator: " ")
            guard words.count == 3, words[1].hasPrefix("/") || words[1].hasPrefix("http") else {
                throw .badRequestLine
            }
            method = String(words[0])
            // A whole URL is taken as it is; of a target, the query.
            if words[1].hasPrefix("http") {
                url = String(words[1])
            } else if let mark = words[1].firstIndex(of: "?") {
                url = baseURL + words[1][mark...]
            }
            lines.removeFirst()
        }
        for line in lines {
            guard let colon = line.firstIndex(of: ":"), colon > line.startIndex else {
                throw .badHeader
            }
            let name = line[..<colon].lowercased()
            let value = line[line.index(after: colon)...]
            // The first of a name counts, as it does in the server.
            if headers[name] == nil {
                headers[name] = String(value.drop { $0 == " " || $0 == "\t" })
            }
        }
        body = Array(bytes[end...])
    }
}
