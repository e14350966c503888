import Channels

/// The page and its parts, written on the server: a list of people, and a phone or a mailbox.
struct PageLayout {
    let book: PersonBook
    let tally: SandboxServer.Tally

    private static let listLimit = 60

    func page(_ selection: SandboxPage.Selection) -> HTMLText {
        var html = HTMLText()
        html.raw(
            """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><title>Sandbox · Carillon</title>
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <link rel="stylesheet" href="/page.css"><script src="/page.js" defer></script></head>
            """)
        html.raw(selection.key == nil ? "<body class=\"at-list\">" : "<body class=\"at-thread\">")
        html.raw(
            """
            <header class="top"><h1>Sandbox</h1><p>Nothing that you see here has left this machine.</p></header>
            <main><section class="people" aria-label="People">
            <form class="search" method="get" action="/"><input type="search" name="q" placeholder="Search a number or an address"
             aria-label="Search" value="
            """)
        html.add(selection.search)
        html.raw("\"></form><div id=\"list\">")
        html.add(list(selection))
        html.raw("</div></section><section class=\"stage\" aria-label=\"Messages\"><div id=\"thread\">")
        html.add(thread(selection))
        html.raw("</div></section></main></body></html>")
        return html
    }

    // MARK: - People

    func list(_ selection: SandboxPage.Selection) -> HTMLText {
        let (conversations, count) = book.list(limit: Self.listLimit, holding: selection.search)
        var html = HTMLText()
        html.raw("<p class=\"tally\">")
        html.add("\(tally.accepted) accepted · \(tally.callbacks) statuses told")
        if tally.waitingCallbacks > 0 { html.add(" · \(tally.waitingCallbacks) to come") }
        html.raw("</p>")
        guard !conversations.isEmpty else {
            html.raw(
                """
                <p class="empty">Nobody yet. In another terminal:</p>
                <pre>carillon serve --sandbox
                carillon run CAMPAIGN --sandbox</pre>
                """)
            return html
        }
        html.raw("<ul>")
        for conversation in conversations { html.add(row(conversation, isOpen: conversation.key == selection.key)) }
        html.raw("</ul>")
        if count > conversations.count {
            html.raw("<p class=\"tally\">")
            html.add("and \(count - conversations.count) more; search finds them")
            html.raw("</p>")
        }
        return html
    }

    private func row(_ conversation: PersonBook.Conversation, isOpen: Bool) -> HTMLText {
        var html = HTMLText()
        html.raw(isOpen ? "<li class=\"open\"><a href=\"/?c=" : "<li><a href=\"/?c=")
        html.add(HTMLText.queryValue(conversation.key))
        html.raw("\"><span class=\"sign ")
        html.add(conversation.kind)
        html.raw("\" aria-hidden=\"true\">")
        html.add(Self.sign(conversation.kind))
        html.raw("</span><span class=\"who\"><b>")
        html.add(conversation.person)
        html.raw("</b><small>")
        html.add(Self.summary(conversation.entries.last))
        html.raw("</small></span><span class=\"count\">")
        html.add("\(conversation.entries.count)")
        html.raw("</span></a></li>")
        return html
    }

    private static func summary(_ entry: PersonBook.Entry?) -> String {
        switch entry?.side {
        case .message(let message):
            let text = message.subject.isEmpty ? message.text : message.subject
            return String((text.isEmpty ? message.note : text).prefix(80))
        case .word(let word): return "↩ " + word.text.prefix(78)
        case nil: return ""
        }
    }

    static func sign(_ kind: String) -> String {
        switch kind {
        case "email": "@"
        case "sms": "S"
        case "whatsapp": "W"
        case "telegram": "T"
        case "messenger": "M"
        case "instagram": "I"
        default: "•"
        }
    }

    // MARK: - One person

    func thread(_ selection: SandboxPage.Selection) -> HTMLText {
        guard let conversation = selection.key.flatMap({ book.conversation($0) }) else {
            var html = HTMLText()
            html.raw("<div class=\"hint\"><p>Choose a person to see their phone or mailbox.</p></div>")
            return html
        }
        return conversation.kind == "email"
            ? MailboxLayout(conversation: conversation, opened: selection.entry).html
            : PhoneLayout(conversation: conversation).html
    }

    static func channelName(_ kind: String) -> String {
        switch kind {
        case "sms": "Text messages"
        case "whatsapp": "WhatsApp"
        case "telegram": "Telegram"
        case "messenger": "Messenger"
        case "instagram": "Instagram"
        default: kind
        }
    }

    /// `14:05`, in UTC.
    static func clock(_ seconds: Int) -> String {
        let minute = seconds / 60 % 1440
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return two(minute / 60) + ":" + two(minute % 60)
    }

    static func statuses(_ entry: PersonBook.Entry) -> String {
        var names: [String] = []
        for status in entry.statuses where !names.contains(status.name) { names.append(status.name) }
        return names.isEmpty ? "accepted" : names.joined(separator: " → ")
    }
}
