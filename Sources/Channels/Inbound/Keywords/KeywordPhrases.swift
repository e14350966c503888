/// The words and sentences that `KeywordReader` knows, without accents. Data: a language is added here and nowhere
/// else.
enum KeywordPhrases {
    /// Whole messages. The first lines are what American carriers and the FCC name; then French, Spanish, German.
    static let stop: Set<String> = [
        "stop", "stopall", "stop all", "unsubscribe", "cancel", "end", "quit", "revoke", "optout", "opt out",
        "stop all messages", "unsub",
        "arret", "arrete", "arretez", "desabonner", "desabonnement", "desinscription",
        "parar", "cancelar", "alto", "baja", "basta", "no mas",
        "stopp", "abmelden", "abmeldung", "abbestellen",
    ]
    static let start: Set<String> = ["start", "unstop", "subscribe"]
    static let yes: Set<String> = ["yes", "y", "yeah", "yep", "ja", "oui", "si"]
    static let help: Set<String> = ["help", "info", "aide", "ayuda", "hilfe"]

    /// What is said around a wish without changing it.
    static let courtesy: Set<String> = [
        "please", "pls", "plz", "plse", "thanks", "thank", "thx", "ty", "you", "now", "immediately", "just", "ok",
        "okay",
        "hi", "hello", "hey", "sir", "madam", "kindly", "asap", "today", "already",
        "bitte", "danke", "jetzt", "sofort", "hallo",
        "svp", "stp", "merci", "bonjour", "maintenant",
        "por", "favor", "gracias", "hola", "ya", "ahora",
    ]

    /// Words that are worth guessing at when a letter is wrong.
    static let mistyped = ["stop", "stopall", "unsubscribe", "optout", "cancel", "abmelden", "cancelar", "arretez"]
    /// Near to one of those, and something else.
    static let ordinaryWords: Set<String> = [
        "shop", "step", "atop", "stoop", "stomp", "slop", "swop", "stow", "stops", "stopp", "strop", "sop", "top",
        "crop",
        "cancer", "cancels", "cancun", "camcel", "stob", "soup", "spot", "stock", "star", "start", "stay", "subscribe",
        "estop", "scoop", "stoup", "canceled", "stopped",
    ]

    /// A message that begins so means it, whatever follows …
    static let openers: Set<String> = [
        "stop", "stopp", "stopall", "unsubscribe", "desabonnez", "desinscrivez", "arretez",
    ]
    /// … but for these.
    static let notAfterStop: Set<String> = [
        "by", "in", "over", "at", "off", "sign", "signs", "loss", "light", "lights", "motion", "watch", "words",
        "button",
        "here", "there", "for", "is", "was", "number", "worrying", "laughing", "it", "and", "thinking", "being",
    ]
    /// Nor where one of these stands before a `stop` at the end.
    static let notBeforeStop: Set<String> = [
        "bus", "next", "last", "full", "non", "first", "train", "tram", "pit", "the", "my", "your", "a", "one", "this",
        "second", "short", "metro", "rest", "truck", "whistle", "every", "each", "that", "wont", "cant", "cannot",
        "doesnt", "didnt", "did", "it", "does", "will", "he", "she", "they", "we", "when", "where", "why", "not",
    ]
    /// A question about something that stops.
    static let questions: Set<String> = [
        "did", "does", "do", "will", "when", "where", "what", "why", "who", "how", "is",
    ]
    static let negations: Set<String> = [
        "dont", "not", "never", "wont", "cant", "cannot", "didnt", "doesnt", "wouldnt", "nicht", "nunca",
    ]

    struct Pattern: Sendable {
        let places: [[String]]
        let canBeNegated: Bool

        init(_ text: String, canBeNegated: Bool = false) {
            places = text.split(separator: " ").map { $0.split(separator: "|").map(String.init) }
            self.canBeNegated = canBeNegated
        }
    }

    private static let messages =
        "text|texts|texting|txt|txts|message|messages|messaging|msg|msgs|sms|email|emails|emailing|mail|mails|contact"
        + "|contacting|sending|writing|calling|notifications|alerts|spam|spamming|bothering|harassing|pestering|ads"
        + "|advertising|marketing|newsletter|newsletters|promotions|offers|subscription"
    private static let contacting = "text|txt|message|msg|sms|email|mail|contact|write|send|call|bother|spam"

    /// Parts of messages, anywhere in them.
    static let sentences: [Pattern] =
        [
            Pattern("stop|quit|cease .. \(messages)", canBeNegated: true),
            Pattern("stop this|these|everything", canBeNegated: true),
            Pattern("cancel .. \(messages)", canBeNegated: true),
            Pattern("end .. texts|messages|subscription|sms|emails", canBeNegated: true),
            Pattern("unsubscribe|unsuscribe|unsubcribe|unsubscibe", canBeNegated: true),
            Pattern("opt me|us out", canBeNegated: true),
            Pattern("opt|opting out", canBeNegated: true),
            Pattern("remove me|us", canBeNegated: true),
            Pattern("remove|delete|erase .. number|phone|email|address|name|contact", canBeNegated: true),
            Pattern("remove .. list|database", canBeNegated: true),
            Pattern("take me|us off", canBeNegated: true),
            Pattern("take my .. off", canBeNegated: true),
            Pattern("get me off", canBeNegated: true),
            Pattern("do not \(contacting)"),
            Pattern("never \(contacting)"),
            Pattern("do not ever|please \(contacting)"),
            Pattern("dont|never|doont ever|you|please|keep \(contacting)|texting|messaging|emailing|sending"),
            Pattern("dont \(contacting)"),
            Pattern("dont|not want .. \(messages)"),
            Pattern("dont|not wish .. \(messages)"),
            Pattern("no|not more|longer .. \(messages)"),
            Pattern("no more"),
            Pattern("no longer want|wish|interested"),
            Pattern("leave me|us alone"),
            Pattern("lose my number"),
            Pattern("revoke|withdraw .. consent|permission", canBeNegated: true),
            Pattern("i|we want|wish|like to stop", canBeNegated: true),
            Pattern("i|we want|need out"),
            Pattern("stop it"),
        ] + french + spanish + german

    private static let french = [
        Pattern("ne .. plus recevoir|envoyer|contacter|ecrire"),
        Pattern("veux|souhaite|voudrais plus .. recevoir|messages|sms|mails"),
        Pattern("ne menvoyez|mecrivez|mappelez plus"),
        Pattern("menvoyez|mecrivez|mappelez|contactez plus"),
        Pattern("plus de|aucun messages|message|sms|mails|publicite|pub"),
        Pattern("arretez|arrete|arreter de|vos|les|ces|tout|avec"),
        Pattern("me|moi desabonner|desinscrire|retirer"),
        Pattern("desabonnez|desinscrivez|retirez|supprimez moi|mon|mes"),
        Pattern("laissez moi tranquille"),
    ]

    private static let spanish = [
        Pattern("no mas .. mensajes|sms|correos|textos|publicidad"),
        Pattern("no .. quiero .. mas|mensajes|sms|correos|recibir"),
        Pattern("no me escriban|escribas|envien|envies|manden|mandes|contacten|contactes|llamen|molesten"),
        Pattern("darme|dame|denme|deme de baja"),
        Pattern("dejen|deja|deje|dejar de enviar|enviarme|mandar|mandarme|escribir|escribirme|molestar|contactarme"),
        Pattern("dejenme|dejame|dejeme en paz"),
        Pattern("eliminen|elimina|eliminar|borren|borra|borrar|quiten|quita mi|mis numero|correo|datos"),
        Pattern("cancelar|cancelen|cancela .. suscripcion|mensajes|sms"),
        Pattern("parar|paren de|los|con"),
    ]

    private static let german = [
        Pattern("keine|keinen|kein .. nachrichten|nachricht|sms|mails|mail|werbung|newsletter|texte mehr"),
        Pattern("nicht|nie mehr|wieder .. schreiben|anschreiben|kontaktieren|schicken|senden|anrufen|melden"),
        Pattern("schreibt|schreiben|schickt|schicken|kontaktiert|kontaktieren .. nicht|nie mehr|wieder"),
        Pattern("hort|hor|horen .. auf"),
        Pattern("mochte|will|wurde .. abmelden|abbestellen|austragen"),
        Pattern("melde|melden|meldet .. ab"),
        Pattern("mich .. abmelden|austragen|loschen|streichen|entfernen"),
        Pattern("loscht|loschen|entfernt|entfernen|streichen .. nummer|adresse|daten|mich"),
        Pattern("lasst|lassen mich|uns .. ruhe"),
        Pattern("sms|newsletter|nachrichten|werbung abbestellen|stoppen|einstellen"),
    ]
}
