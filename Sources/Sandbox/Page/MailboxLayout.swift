/// A person's mail as a mail program shows it: the list, and the mail that is open.
struct MailboxLayout {
    let conversation: PersonBook.Conversation
    /// The entry that is open; nil for the newest mail.
    let opened: Int?

    private var open: PersonBook.Entry? {
        conversation.entries.first { $0.id == opened } ?? conversation.entries.last
    }

    var html: HTMLText {
        var html = HTMLText()
        html.raw("<div class=\"mailbox\"><div class=\"bar\"><a class=\"back\" href=\"/\" aria-label=\"Back\">‹</a>")
        html.raw("<span class=\"sign email\" aria-hidden=\"true\">@</span><span class=\"who\"><b>Mailbox</b><small>")
        html.add(conversation.person)
        html.raw("</small></span></div><ol class=\"mails\">")
        for entry in conversation.entries.suffix(30).reversed() { html.add(line(entry)) }
        html.raw("</ol>")
        if let open {
            switch open.side {
            case .message(let message): html.add(mail(message, open))
            case .word(let word):
                html.raw("<article><h2>Answer</h2><pre class=\"text\">")
                html.add(word.text)
                html.raw("</pre></article>")
            }
        }
        html.raw("<form class=\"reply\" method=\"post\" action=\"/reply\"><input type=\"hidden\" name=\"c\" value=\"")
        html.add(conversation.key)
        html.raw("\"><input type=\"hidden\" name=\"m\" value=\"")
        html.add(open.map { "\($0.id)" } ?? "")
        html.raw(
            "\"><input name=\"text\" id=\"text\" maxlength=\"1000\" autocomplete=\"off\" placeholder=\"Answer this mail\" "
        )
        html.raw("aria-label=\"Answer\" required><button aria-label=\"Send\">➤</button></form></div>")
        return html
    }

    private func line(_ entry: PersonBook.Entry) -> HTMLText {
        var html = HTMLText()
        html.raw(entry.id == open?.id ? "<li class=\"open\"><a href=\"/?c=" : "<li><a href=\"/?c=")
        html.add(HTMLText.queryValue(conversation.key))
        html.raw("&amp;m=")
        html.add("\(entry.id)")
        html.raw("\"><b>")
        switch entry.side {
        case .message(let message):
            html.add(message.from)
            html.raw("</b><span>")
            html.add(message.subject)
            html.raw("</span><small>")
            html.add(PageLayout.clock(message.at))
        case .word(let word):
            html.add("↩ answered")
            html.raw("</b><span>")
            html.add(word.text.prefix(80))
            html.raw("</span><small>")
            html.add(PageLayout.clock(word.at))
        }
        html.raw("</small></a></li>")
        return html
    }

    private func mail(_ message: SandboxMessage, _ entry: PersonBook.Entry) -> HTMLText {
        var html = HTMLText()
        html.raw("<article><h2>")
        html.add(message.subject.isEmpty ? "(no subject)" : message.subject)
        html.raw("</h2><dl><dt>From</dt><dd>")
        html.add(message.from)
        html.raw("</dd><dt>To</dt><dd>")
        html.add(message.to)
        html.raw("</dd><dt>By</dt><dd>")
        html.add("\(message.provider), channel \(message.channel)")
        html.raw("</dd><dt>Status</dt><dd>")
        html.add(PageLayout.statuses(entry))
        html.raw("</dd></dl>")
        if let url = message.echoed["unsubscribe"], AddressForm.isURL(url) {
            html.raw("<p class=\"leave\"><a target=\"_blank\" rel=\"noreferrer noopener\" href=\"")
            html.add(url)
            html.raw("\">Unsubscribe</a></p>")
        }
        if !message.html.isEmpty {
            html.raw("<iframe sandbox=\"allow-popups\" title=\"The mail\" src=\"/html?c=")
            html.add(HTMLText.queryValue(conversation.key))
            html.raw("&amp;m=")
            html.add("\(entry.id)")
            html.raw("\"></iframe><details><summary>Plain text</summary>")
        }
        html.raw("<pre class=\"text\">")
        html.addLinked(message.text)
        if message.html.isEmpty { html.raw("</pre></article>") } else { html.raw("</pre></details></article>") }
        return html
    }
}
