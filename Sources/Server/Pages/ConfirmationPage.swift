import Runner

/// Double opt-in: shows the words that are agreed to, and a button.
struct ConfirmationPage {
    let subject: OptInDesk.Subject
    let language: PageLanguage

    var html: String {
        let words = ConfirmationWords(language)
        let (title, text) =
            switch subject.state {
            case .open: (words.question, words.explanation)
            case .confirmed: (words.done, words.doneExplanation)
            case .expired: (words.expired, words.expiredExplanation)
            }
        var body = "<h1>\(PageFrame.escape(title))</h1>\n<p>\(PageFrame.escape(text))</p>"
        if subject.state != .expired { body += "\n<blockquote>\(PageFrame.escape(subject.wording))</blockquote>" }
        if subject.state == .open {
            body += """

                <form method="post"><input type="hidden" name="confirm" value="yes">
                <button type="submit">\(PageFrame.escape(words.button))</button></form>
                """
        }
        return PageFrame.html(title: title, body: body, language: language)
    }
}

private struct ConfirmationWords {
    let language: PageLanguage

    init(_ language: PageLanguage) {
        self.language = language
    }

    var question: String {
        switch language {
        case .english: "Please confirm"
        case .german: "Bitte bestätige"
        case .french: "Veuillez confirmer"
        }
    }

    var explanation: String {
        switch language {
        case .english: "Nothing has changed yet. With the button you agree to this:"
        case .german: "Noch ist nichts geändert. Mit dem Knopf stimmst du diesem zu:"
        case .french: "Rien n'a encore changé. Avec le bouton, vous acceptez ceci :"
        }
    }

    var button: String {
        switch language {
        case .english: "I agree"
        case .german: "Ich stimme zu"
        case .french: "J'accepte"
        }
    }

    var done: String {
        switch language {
        case .english: "Thank you"
        case .german: "Danke"
        case .french: "Merci"
        }
    }

    var doneExplanation: String {
        switch language {
        case .english: "You have agreed to this. You can close this page."
        case .german: "Du hast diesem zugestimmt. Du kannst diese Seite schließen."
        case .french: "Vous avez accepté ceci. Vous pouvez fermer cette page."
        }
    }

    var expired: String {
        switch language {
        case .english: "This link is too old"
        case .german: "Dieser Link ist zu alt"
        case .french: "Ce lien est trop ancien"
        }
    }

    var expiredExplanation: String {
        switch language {
        case .english: "Nothing was changed. Please sign up once more."
        case .german: "Es wurde nichts geändert. Bitte melde dich noch einmal an."
        case .french: "Rien n'a changé. Veuillez vous inscrire à nouveau."
        }
    }
}
