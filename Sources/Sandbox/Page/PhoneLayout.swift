/// A conversation as a phone shows it.
struct PhoneLayout {
    let conversation: PersonBook.Conversation

    var html: HTMLText {
        var html = HTMLText()
        html.raw("<div class=\"phone ")
        html.add(conversation.kind)
        html.raw("\"><div class=\"bar\"><a class=\"back\" href=\"/\" aria-label=\"Back\">‹</a><span class=\"sign ")
        html.add(conversation.kind)
        html.raw("\" aria-hidden=\"true\">")
        html.add(PageLayout.sign(conversation.kind))
        html.raw("</span><span class=\"who\"><b>")
        html.add(conversation.channel)
        html.raw("</b><small>")
        html.add("\(PageLayout.channelName(conversation.kind)) · phone of \(conversation.person)")
        html.raw("</small></span></div><div class=\"talk\" id=\"talk\">")
        for entry in conversation.entries.suffix(60) {
            switch entry.side {
            case .message(let message): html.add(bubble(message, entry))
            case .word(let word):
                html.raw("<div class=\"said\"><p>")
                html.add(word.text)
                html.raw("</p><small>")
                html.add(PageLayout.clock(word.at))
                html.raw("</small></div>")
            }
        }
        html.raw(
            "</div><form class=\"reply\" method=\"post\" action=\"/reply\"><input type=\"hidden\" name=\"c\" value=\"")
        html.add(conversation.key)
        html.raw(
            "\"><input name=\"text\" id=\"text\" maxlength=\"1000\" autocomplete=\"off\" placeholder=\"Answer, or type STOP\" "
        )
        html.raw("aria-label=\"Answer\" required><button aria-label=\"Send\">➤</button></form></div>")
        return html
    }

    private func bubble(_ message: SandboxMessage, _ entry: PersonBook.Entry) -> HTMLText {
        var html = HTMLText()
        html.raw("<div class=\"got\"><div class=\"bubble\">")
        if !message.note.isEmpty {
            html.raw("<p class=\"note\">")
            html.add(message.note)
            html.raw("</p>")
        }
        if !message.subject.isEmpty {
            html.raw("<p><b>")
            html.add(message.subject)
            html.raw("</b></p>")
        }
        if !message.text.isEmpty {
            html.raw("<p>")
            html.addLinked(message.text)
            html.raw("</p>")
        }
        html.raw("</div>")
        if !message.buttons.isEmpty { html.add(buttons(message, entry)) }
        html.raw("<small>")
        html.add(PageLayout.clock(message.at) + " · " + PageLayout.statuses(entry))
        html.raw("</small></div>")
        return html
    }

    private func buttons(_ message: SandboxMessage, _ entry: PersonBook.Entry) -> HTMLText {
        var html = HTMLText()
        html.raw("<div class=\"buttons\">")
        for button in message.buttons {
            if let payload = button.payload {
                html.raw("<form method=\"post\" action=\"/tap\"><input type=\"hidden\" name=\"c\" value=\"")
                html.add(conversation.key)
                html.raw("\"><input type=\"hidden\" name=\"m\" value=\"")
                html.add("\(entry.id)")
                html.raw("\"><input type=\"hidden\" name=\"payload\" value=\"")
                html.add(payload)
                html.raw("\"><button>")
                html.add(button.title)
                html.raw("</button></form>")
            } else if let url = button.url, AddressForm.isURL(url) {
                html.raw("<a target=\"_blank\" rel=\"noreferrer noopener\" href=\"")
                html.add(url)
                html.raw("\">")
                html.add(button.title)
                html.raw(" ↗</a>")
            }
        }
        html.raw("</div>")
        return html
    }
}
