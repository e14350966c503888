import Channels

/// The page that shows messages as a phone and a mailbox would, and where somebody can answer.
///
/// Everything comes from this server: no script, style or picture of anybody else's. What messages hold is escaped, and a
/// mail's HTML stands in a frame that may run nothing and load nothing.
struct SandboxPage {
    let book: PersonBook
    let send: @Sendable (PageWord, String) -> Void
    let tally: @Sendable () -> SandboxServer.Tally

    private static let policy =
        "Content-Security-Policy: default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
        + "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    /// A mail's own styles are let through; nothing else of it is.
    private static let mailPolicy =
        "Content-Security-Policy: sandbox allow-popups; default-src 'none'; style-src 'unsafe-inline'; img-src data:"

    func answer(_ call: HTTPCall) -> HTTPReply {
        // A name that leads here by a trick of somebody's DNS is not ours.
        guard Self.isLocal(call.header("host")) else { return text(403, "the sandbox answers to localhost only\n") }
        let query = FormFields(urlencoded: Array(call.query.utf8))
        switch (call.method, call.path) {
        case ("GET", "/"), ("HEAD", "/"):
            return html(PageLayout(book: book, tally: tally()).page(Selection(query)).text)
        case ("GET", "/list"): return html(PageLayout(book: book, tally: tally()).list(Selection(query)).text)
        case ("GET", "/thread"): return html(PageLayout(book: book, tally: tally()).thread(Selection(query)).text)
        case ("GET", "/html"): return mail(Selection(query))
        case ("GET", "/page.css"): return asset("text/css", PageAssets.style)
        case ("GET", "/page.js"): return asset("text/javascript", PageAssets.script)
        case ("GET", "/healthz"): return text(200, "ok\n")
        case ("GET", "/api/messages"): return PageData.messages(book, to: query["to"] ?? "")
        case ("GET", "/api/tally"): return PageData.tally(tally())
        case ("POST", "/reply"), ("POST", "/tap"):
            let origin = call.header("origin")
            guard origin.isEmpty || origin == "http://" + call.header("host") else { return text(403, "foreign\n") }
            return hear(call)
        default: return text(404, "404 Not Found\n")
        }
    }

    private func hear(_ call: HTTPCall) -> HTTPReply {
        let form = FormFields(urlencoded: call.body)
        guard let key = form.filled("c"), let conversation = book.conversation(key) else {
            return text(404, "there is no such conversation\n")
        }
        let messages = conversation.entries.compactMap { entry -> (Int, SandboxMessage)? in
            if case .message(let message) = entry.side { (entry.id, message) } else { nil }
        }
        let wanted = form["m"].flatMap { Int($0) }
        guard let message = (messages.last { $0.0 == wanted } ?? messages.last)?.1 else {
            return text(404, "there is no message to answer\n")
        }
        if call.path == "/tap" {
            guard let payload = form.filled("payload"), message.buttons.contains(where: { $0.payload == payload })
            else { return text(404, "there is no such button\n") }
            send(.tap(payload, message), conversation.kind)
        } else {
            guard let said = form.filled("text"), said.utf8.count <= 4096 else {
                return text(400, "an answer has 1 to 4096 bytes\n")
            }
            send(.text(said, message), conversation.kind)
        }
        return HTTPReply(303, headers: ["Location: /?c=" + HTMLText.queryValue(key)])
    }

    /// What the page has open.
    struct Selection {
        var key: String?
        var entry: Int?
        var search: String

        init(_ query: FormFields) {
            key = query.filled("c")
            entry = query.filled("m").flatMap { Int($0) }
            search = query["q"] ?? ""
        }
    }

    private func mail(_ selection: Selection) -> HTTPReply {
        guard let entries = selection.key.flatMap({ book.conversation($0) })?.entries,
            case .message(let message)? = entries.first(where: { $0.id == selection.entry })?.side
        else { return text(404, "there is no such mail\n") }
        return HTTPReply(
            200,
            headers: [
                "Content-Type: text/html; charset=utf-8", Self.mailPolicy, "X-Content-Type-Options: nosniff",
                "Cache-Control: no-store",
            ],
            // Links of a mail open beside the page, never in it.
            body: Array(("<base target=\"_blank\">" + message.html).utf8))
    }

    private static func isLocal(_ host: String) -> Bool {
        let name = host.hasPrefix("[") ? host.prefix { $0 != "]" } : host.prefix { $0 != ":" }
        return ["127.0.0.1", "localhost", "[::1"].contains(String(name))
    }

    private func html(_ text: String) -> HTTPReply {
        HTTPReply(
            200, type: "text/html; charset=utf-8", text,
            headers: [
                Self.policy, "X-Content-Type-Options: nosniff", "Referrer-Policy: same-origin",
                "Cache-Control: no-store",
            ])
    }

    private func asset(_ type: String, _ text: String) -> HTTPReply {
        HTTPReply(200, type: type + "; charset=utf-8", text, headers: ["X-Content-Type-Options: nosniff"])
    }

    private func text(_ status: Int, _ text: String) -> HTTPReply {
        HTTPReply(status, type: "text/plain; charset=utf-8", text)
    }
}

/// Tells the page that something is new, as server-sent events.
struct SandboxEvents {
    let server: SandboxServer

    func write(to stream: SocketStream) {
        let head =
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n"
        guard stream.write(head) else { return }
        var known: UInt64 = 0
        while let version = server.book.change(after: known, within: 15) {
            // A line that says nothing finds out whether somebody still listens.
            guard stream.write(version == known ? ": still here\n\n" : "data: \(version)\n\n") else { return }
            known = version
        }
    }
}
