/// What all our pages have in common: plain HTML that works without script, and one style sheet.
enum PageFrame {
    static func html(title: String, body: String, language: PageLanguage) -> String {
        """
        <!DOCTYPE html>
        <html lang="\(language.rawValue)">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="robots" content="noindex">
        <title>\(escape(title))</title>
        <link rel="stylesheet" href="/page.css">
        </head>
        <body>
        <main>
        \(body)
        </main>
        </body>
        </html>

        """
    }

    static let stylesheet = """
        :root { color-scheme: light dark; }
        body { font: 1.1rem/1.5 system-ui, sans-serif; margin: 0; }
        main { max-width: 34rem; margin: 12vh auto; padding: 0 1.5rem; }
        h1 { font-size: 1.5rem; line-height: 1.25; }
        fieldset { border: 1px solid #8888; border-radius: .4rem; margin: 0 0 1.2rem; padding: .6rem 1rem .8rem; }
        label { display: block; padding: .3rem 0; }
        label.topic { margin-left: 1.8rem; }
        input[type=checkbox] { width: 1.1rem; height: 1.1rem; margin-right: .6rem; vertical-align: -.15rem; }
        blockquote { border-left: .25rem solid #8888; margin: 1rem 0; padding: .2rem 1rem; white-space: pre-wrap; }
        .mail { overflow-wrap: anywhere; white-space: pre-wrap; }
        .note { font-size: .95rem; opacity: .8; }
        button { font: inherit; padding: .7rem 1.4rem; border: 0; border-radius: .4rem; background: #1a5fb4; color: #fff;
          cursor: pointer; }
        button.quiet { background: none; color: inherit; border: 1px solid #888; margin-left: .6rem; }
        button:focus-visible, input:focus-visible { outline: 3px solid currentColor; outline-offset: 3px; }

        """

    static func escape(_ text: String) -> String {
        var escaped = ""
        for character in text {
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            default: escaped.append(character)
            }
        }
        return escaped
    }
}
