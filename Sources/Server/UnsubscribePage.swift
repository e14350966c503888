/// The pages behind an unsubscribe link: plain HTML that works without script.
struct UnsubscribePage {
    enum Kind {
        /// Asks; nothing has happened.
        case question(brand: String)
        /// The wish is recorded.
        case done(brand: String)
        /// The link came in a test message.
        case test
        /// The link leads to a test message, of which nothing is kept.
        case testView
        /// The message isn't kept any more.
        case gone
        /// The link is none of ours. Says no more than that: no difference between forged, old and mistyped.
        case invalid
        /// We could not record it. Try again later.
        case unavailable
    }

    let kind: Kind
    let language: PageLanguage

    var html: String {
        let words = Words(language)
        let body =
            switch kind {
            case .question(let brand):
                """
                <h1>\(PageFrame.escape(words.question(brand)))</h1>
                <p>\(PageFrame.escape(words.explanation(brand)))</p>
                <form method="post"><input type="hidden" name="confirm" value="yes">
                <button type="submit">\(PageFrame.escape(words.button))</button></form>
                """
            case .done(let brand):
                "<h1>\(PageFrame.escape(words.done))</h1>\n<p>\(PageFrame.escape(words.doneExplanation(brand)))</p>"
            case .test:
                "<h1>\(PageFrame.escape(words.test))</h1>\n<p>\(PageFrame.escape(words.testExplanation))</p>"
            case .testView:
                "<h1>\(PageFrame.escape(words.test))</h1>\n<p>\(PageFrame.escape(words.testViewExplanation))</p>"
            case .gone:
                "<h1>\(PageFrame.escape(words.gone))</h1>\n<p>\(PageFrame.escape(words.goneExplanation))</p>"
            case .invalid:
                "<h1>\(PageFrame.escape(words.invalid))</h1>\n<p>\(PageFrame.escape(words.invalidExplanation))</p>"
            case .unavailable:
                "<h1>\(PageFrame.escape(words.unavailable))</h1>\n<p>\(PageFrame.escape(words.unavailableExplanation))</p>"
            }
        return PageFrame.html(title: title(words), body: body, language: language)
    }

    private func title(_ words: Words) -> String {
        switch kind {
        case .question(let brand): words.question(brand)
        case .done: words.done
        case .test, .testView: words.test
        case .gone: words.gone
        case .invalid: words.invalid
        case .unavailable: words.unavailable
        }
    }
}

/// The pages' texts.
private struct Words {
    let language: PageLanguage

    init(_ language: PageLanguage) {
        self.language = language
    }

    func question(_ brand: String) -> String {
        switch language {
        case .english: "No more mail from \(brand)?"
        case .german: "Keine Post mehr von \(brand)?"
        case .french: "Ne plus recevoir de messages de \(brand) ?"
        }
    }

    func explanation(_ brand: String) -> String {
        switch language {
        case .english: "One click, and \(brand) sends no more news and offers to your address. Nothing has changed yet."
        case .german:
            "Ein Klick, und \(brand) schickt keine Neuigkeiten und Angebote mehr an deine Adresse. Noch ist nichts geändert."
        case .french:
            "Un clic, et \(brand) n'enverra plus d'actualités ni d'offres à votre adresse. Rien n'a encore changé."
        }
    }

    var button: String {
        switch language {
        case .english: "Unsubscribe"
        case .german: "Abmelden"
        case .french: "Se désabonner"
        }
    }

    var done: String {
        switch language {
        case .english: "You are unsubscribed"
        case .german: "Du bist abgemeldet"
        case .french: "Vous êtes désabonné"
        }
    }

    func doneExplanation(_ brand: String) -> String {
        switch language {
        case .english: "\(brand) sends no more news and offers to your address. You can close this page."
        case .german:
            "\(brand) schickt keine Neuigkeiten und Angebote mehr an deine Adresse. Du kannst diese Seite schließen."
        case .french: "\(brand) n'enverra plus d'actualités ni d'offres à votre adresse. Vous pouvez fermer cette page."
        }
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
        case .english: "It came in a test message, so there is nothing to unsubscribe from. Nothing was changed."
        case .german: "Er kam in einer Testnachricht, darum gibt es nichts abzumelden. Es wurde nichts geändert."
        case .french: "Il vient d'un message d'essai : il n'y a pas d'abonnement à arrêter. Rien n'a changé."
        }
    }

    var testViewExplanation: String {
        switch language {
        case .english: "It came in a test message, of which nothing is kept: there is no link to show it by."
        case .german: "Er kam in einer Testnachricht, von der nichts aufgehoben wird: Hier ist nichts zu zeigen."
        case .french: "Il vient d'un message d'essai, dont rien n'est conservé : il n'y a rien à montrer."
        }
    }

    var gone: String {
        switch language {
        case .english: "This message is not kept any more"
        case .german: "Diese Nachricht wird nicht mehr aufgehoben"
        case .french: "Ce message n'est plus conservé"
        }
    }

    var goneExplanation: String {
        switch language {
        case .english: "If it still lies in your mailbox, it can be read there."
        case .german: "Wenn sie noch in deinem Postfach liegt, kannst du sie dort lesen."
        case .french: "S'il est encore dans votre boîte aux lettres, vous pouvez le lire là."
        }
    }

    var invalid: String {
        switch language {
        case .english: "This link is not valid"
        case .german: "Dieser Link ist nicht gültig"
        case .french: "Ce lien n'est pas valable"
        }
    }

    var invalidExplanation: String {
        switch language {
        case .english: "Please use the link in the mail as it is; some programs cut long links in two."
        case .german: "Bitte nimm den Link in der Mail so, wie er ist; manche Programme schneiden lange Links ab."
        case .french: "Utilisez le lien du message tel quel ; certains programmes coupent les liens trop longs."
        }
    }

    var unavailable: String {
        switch language {
        case .english: "That did not work just now"
        case .german: "Das hat gerade nicht geklappt"
        case .french: "Cela n'a pas fonctionné"
        }
    }

    var unavailableExplanation: String {
        switch language {
        case .english: "Nothing was changed. Please try again in a minute."
        case .german: "Es wurde nichts geändert. Bitte versuche es in einer Minute noch einmal."
        case .french: "Rien n'a changé. Réessayez dans une minute."
        }
    }
}
