import Runner

/// The preference centre: a box for each channel and each topic, and one button for nothing at all.
struct PreferencePage {
    let sheet: PreferenceDesk.Sheet
    let language: PageLanguage
    /// Something was just written down.
    var isSaved = false

    private var words: PreferenceWords { PreferenceWords(language) }

    var html: String {
        let title = sheet.isTest ? words.test : words.title(sheet.sender)
        return PageFrame.html(title: title, body: body(title), language: language)
    }

    private func body(_ title: String) -> String {
        let head = "<h1>\(PageFrame.escape(title))</h1>\n"
        if sheet.isTest { return head + "<p>\(PageFrame.escape(words.testExplanation))</p>" }
        if sheet.channels.isEmpty { return head + "<p>\(PageFrame.escape(words.nobody))</p>" }
        let said = isSaved ? words.saved : words.explanation
        return """
            \(head)<p role="status">\(PageFrame.escape(said))</p>
            <form method="post">
            \(sheet.channels.map(fieldset).joined(separator: "\n"))
            <button type="submit" name="do" value="save">\(PageFrame.escape(words.save))</button>
            <button type="submit" name="do" value="nothing" class="quiet">\(PageFrame.escape(words.nothing))</button>
            </form>
            """
    }

    private func fieldset(_ channel: PreferenceDesk.Channel) -> String {
        if channel.isBlocked {
            let text = words.blocked(channel.kind)
            return "<fieldset><p class=\"note\">\(PageFrame.escape(text))</p></fieldset>"
        }
        let boxes = channel.topics.map { topic in
            box("\(channel.kind)/\(topic.name)", words.topic(topic.name), topic.isOn, isTopic: true)
        }
        let own = box(channel.kind, words.channel(channel.kind, sheet.sender), channel.isOn, isTopic: false)
        return "<fieldset>\n" + ([own] + boxes).joined(separator: "\n") + "\n</fieldset>"
    }

    /// What the page showed goes along, so that a box that wasn't there is not one that was emptied.
    private func box(_ name: String, _ label: String, _ isOn: Bool, isTopic: Bool) -> String {
        let name = PageFrame.escape(name)
        return """
            <input type="hidden" name="shown" value="\(name)"><label\(isTopic ? " class=\"topic\"" : "")>\
            <input type="checkbox" name="on" value="\(name)"\(isOn ? " checked" : "")>\(PageFrame.escape(label))</label>
            """
    }
}

/// What a POST of the page asks for.
struct PreferenceForm {
    let choices: [PreferenceDesk.Choice]

    /// Nil for what is no form of ours.
    init?(body: [UInt8], sheet: PreferenceDesk.Sheet, language: PageLanguage) {
        guard let fields = AddressText.query(String(decoding: body, as: UTF8.self)) else { return nil }
        let words = PreferenceWords(language)
        let shown = Set(fields.filter { $0.name == "shown" }.map(\.value))
        let on = Set(fields.filter { $0.name == "on" }.map(\.value))
        let wantsNothing: Bool
        switch fields.last(where: { $0.name == "do" })?.value {
        case "save": wantsNothing = false
        case "nothing": wantsNothing = true
        default: return nil
        }
        var choices: [PreferenceDesk.Choice] = []
        for channel in sheet.channels {
            let label = words.channel(channel.kind, sheet.sender)
            if wantsNothing || shown.contains(channel.kind) {
                choices.append(
                    PreferenceDesk.Choice(
                        kind: channel.kind, topic: nil, isOn: !wantsNothing && on.contains(channel.kind), wording: label
                    ))
            }
            for topic in channel.topics where !wantsNothing && shown.contains("\(channel.kind)/\(topic.name)") {
                choices.append(
                    PreferenceDesk.Choice(
                        kind: channel.kind, topic: topic.name, isOn: on.contains("\(channel.kind)/\(topic.name)"),
                        wording: words.topic(topic.name)))
            }
        }
        self.choices = choices
    }
}

/// The page's texts.
struct PreferenceWords {
    let language: PageLanguage

    init(_ language: PageLanguage) {
        self.language = language
    }

    func title(_ sender: String) -> String {
        switch language {
        case .english: "What may \(sender) write to you?"
        case .german: "Was darf \(sender) dir schreiben?"
        case .french: "Que peut vous écrire \(sender) ?"
        }
    }

    var explanation: String {
        switch language {
        case .english: "Choose, and save. Nothing has changed yet."
        case .german: "Wähle aus und speichere. Noch ist nichts geändert."
        case .french: "Choisissez, puis enregistrez. Rien n'a encore changé."
        }
    }

    var saved: String {
        switch language {
        case .english: "Saved. This is how it stands now."
        case .german: "Gespeichert. So steht es jetzt."
        case .french: "Enregistré. Voici l'état actuel."
        }
    }

    var save: String {
        switch language {
        case .english: "Save"
        case .german: "Speichern"
        case .french: "Enregistrer"
        }
    }

    var nothing: String {
        switch language {
        case .english: "Nothing at all"
        case .german: "Gar nichts mehr"
        case .french: "Plus rien du tout"
        }
    }

    var nobody: String {
        switch language {
        case .english: "We have no address of yours any more, so there is nothing to choose."
        case .german: "Wir haben keine Adresse mehr von dir, darum gibt es nichts auszuwählen."
        case .french: "Nous n'avons plus d'adresse de vous : il n'y a rien à choisir."
        }
    }

    func channel(_ kind: String, _ sender: String) -> String {
        let name = Self.names[kind]?[language] ?? kind
        return switch language {
        case .english: "News and offers from \(sender) by \(name)"
        case .german: "Neuigkeiten und Angebote von \(sender) per \(name)"
        case .french: "Actualités et offres de \(sender) par \(name)"
        }
    }

    func blocked(_ kind: String) -> String {
        let name = Self.names[kind]?[language] ?? kind
        return switch language {
        case .english: "Nothing comes by \(name): it was stopped by you or by your provider, and not on this page."
        case .german:
            "Per \(name) kommt nichts: das wurde von dir oder deinem Anbieter gestoppt, und nicht auf dieser Seite."
        case .french: "Rien n'arrive par \(name) : vous ou votre opérateur l'avez arrêté, hors de cette page."
        }
    }

    /// `summer-offers` → `Summer offers`.
    func topic(_ name: String) -> String {
        let text = name.map { $0 == "-" || $0 == "_" ? " " : $0 }
        return (text.first.map { String($0).uppercased() } ?? "") + String(text.dropFirst())
    }

    var test: String {
        switch language {
        case .english: "This link works"
        case .german: "Dieser Link funktioniert"
        case .french: "Ce lien fonctionne"
        }
    }

    var testExplanation: String {
        switch language {
        case .english: "It came in a test message, so there is nothing to choose."
        case .german: "Er kam in einer Testnachricht, darum gibt es nichts auszuwählen."
        case .french: "Il vient d'un message d'essai : il n'y a rien à choisir."
        }
    }

    private static let names: [String: [PageLanguage: String]] = [
        "email": [.english: "email", .german: "E-Mail", .french: "e-mail"],
        "sms": [.english: "SMS", .german: "SMS", .french: "SMS"],
        "mms": [.english: "MMS", .german: "MMS", .french: "MMS"],
        "rcs": [.english: "RCS", .german: "RCS", .french: "RCS"],
        "whatsapp": [.english: "WhatsApp", .german: "WhatsApp", .french: "WhatsApp"],
        "telegram": [.english: "Telegram", .german: "Telegram", .french: "Telegram"],
        "messenger": [.english: "Messenger", .german: "Messenger", .french: "Messenger"],
        "instagram": [.english: "Instagram", .german: "Instagram", .french: "Instagram"],
        "webchat": [.english: "chat", .german: "Chat", .french: "chat"],
        "voice": [.english: "phone", .german: "Telefon", .french: "téléphone"],
    ]
}
