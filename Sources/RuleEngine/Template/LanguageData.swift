/// Names, patterns and symbols by language, after CLDR 46.
extension LanguageFormats {
    static let english = all["en"] ?? makeEnglish()

    static let all: [String: LanguageFormats] = {
        var formats: [String: LanguageFormats] = [:]
        for base in [
            makeEnglish(), makeGerman(), makeFrench(), makeSpanish(), makeItalian(), makeDutch(), makePortuguese(),
            makePolish(),
        ] {
            formats[base.tag] = base
        }
        for region in regions {
            guard var format = formats[String(region.tag.prefix(2))] else { continue }
            region.change(&format)
            format.tag = region.tag
            formats[region.tag] = format
        }
        return formats
    }()

    private static func makeEnglish() -> LanguageFormats {
        LanguageFormats(
            tag: "en",
            months: [
                "January", "February", "March", "April", "May", "June", "July", "August", "September",
                "October", "November", "December",
            ],
            shortMonths: [
                "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
            ],
            monthsAlone: [
                "January", "February", "March", "April", "May", "June", "July", "August", "September",
                "October", "November", "December",
            ],
            days: [
                "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday",
            ],
            shortDays: [
                "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun",
            ],
            longDate: "MMMM d, y",
            shortTime: "h:mm a",
            decimalMark: ".",
            groupMark: ",",
            money: MoneyStyle(isSymbolFirst: true, isSpaced: false, isMinusInside: false),
            symbols: [
                "EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "BRL": "R$", "MXN": "MX$", "CAD": "CA$", "AUD": "A$",
            ]
        )
    }

    private static func makeGerman() -> LanguageFormats {
        LanguageFormats(
            tag: "de",
            months: [
                "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober",
                "November", "Dezember",
            ],
            shortMonths: [
                "Jan.", "Feb.", "März", "Apr.", "Mai", "Juni", "Juli", "Aug.", "Sept.", "Okt.", "Nov.", "Dez.",
            ],
            monthsAlone: [
                "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober",
                "November", "Dezember",
            ],
            days: [
                "Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag",
            ],
            shortDays: [
                "Mo.", "Di.", "Mi.", "Do.", "Fr.", "Sa.", "So.",
            ],
            longDate: "d. MMMM y",
            shortTime: "HH:mm",
            decimalMark: ",",
            groupMark: ".",
            symbols: [
                "EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "BRL": "R$", "MXN": "MX$", "CAD": "CA$", "AUD": "AU$",
            ]
        )
    }

    private static func makeFrench() -> LanguageFormats {
        LanguageFormats(
            tag: "fr",
            months: [
                "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre",
                "octobre", "novembre", "décembre",
            ],
            shortMonths: [
                "janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.",
                "déc.",
            ],
            monthsAlone: [
                "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre",
                "octobre", "novembre", "décembre",
            ],
            days: [
                "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche",
            ],
            shortDays: [
                "lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim.",
            ],
            longDate: "d MMMM y",
            shortTime: "HH:mm",
            decimalMark: ",",
            groupMark: "\u{202F}",
            symbols: ["EUR": "€", "USD": "$US", "GBP": "£GB", "BRL": "R$", "MXN": "$MX", "CAD": "$CA", "AUD": "$AU"],
            plural: .zeroIsOne
        )
    }

    private static func makeSpanish() -> LanguageFormats {
        LanguageFormats(
            tag: "es",
            months: [
                "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre",
                "octubre", "noviembre", "diciembre",
            ],
            shortMonths: [
                "ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sept", "oct", "nov", "dic",
            ],
            monthsAlone: [
                "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre",
                "octubre", "noviembre", "diciembre",
            ],
            days: [
                "lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo",
            ],
            shortDays: [
                "lun", "mar", "mié", "jue", "vie", "sáb", "dom",
            ],
            longDate: "d 'de' MMMM 'de' y",
            shortTime: "H:mm",
            decimalMark: ",",
            groupMark: ".",
            minimumGrouping: 2,
            symbols: ["EUR": "€", "USD": "US$"]
        )
    }

    private static func makeItalian() -> LanguageFormats {
        LanguageFormats(
            tag: "it",
            months: [
                "gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno", "luglio", "agosto", "settembre",
                "ottobre", "novembre", "dicembre",
            ],
            shortMonths: [
                "gen", "feb", "mar", "apr", "mag", "giu", "lug", "ago", "set", "ott", "nov", "dic",
            ],
            monthsAlone: [
                "gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno", "luglio", "agosto", "settembre",
                "ottobre", "novembre", "dicembre",
            ],
            days: [
                "lunedì", "martedì", "mercoledì", "giovedì", "venerdì", "sabato", "domenica",
            ],
            shortDays: [
                "lun", "mar", "mer", "gio", "ven", "sab", "dom",
            ],
            longDate: "d MMMM y",
            shortTime: "HH:mm",
            decimalMark: ",",
            groupMark: ".",
            symbols: ["EUR": "€", "GBP": "£", "CAD": "CA$", "AUD": "A$"]
        )
    }

    private static func makeDutch() -> LanguageFormats {
        LanguageFormats(
            tag: "nl",
            months: [
                "januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september",
                "oktober", "november", "december",
            ],
            shortMonths: [
                "jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec",
            ],
            monthsAlone: [
                "januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september",
                "oktober", "november", "december",
            ],
            days: [
                "maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag",
            ],
            shortDays: [
                "ma", "di", "wo", "do", "vr", "za", "zo",
            ],
            longDate: "d MMMM y",
            shortTime: "HH:mm",
            decimalMark: ",",
            groupMark: ".",
            money: MoneyStyle(isSymbolFirst: true, isSpaced: true, isMinusInside: true),
            symbols: [
                "EUR": "€", "USD": "US$", "GBP": "£", "JPY": "JP¥", "BRL": "R$", "MXN": "MX$", "CAD": "C$",
                "AUD": "AU$",
            ]
        )
    }

    private static func makePortuguese() -> LanguageFormats {
        LanguageFormats(
            tag: "pt",
            months: [
                "janeiro", "fevereiro", "março", "abril", "maio", "junho", "julho", "agosto", "setembro",
                "outubro", "novembro", "dezembro",
            ],
            shortMonths: [
                "jan.", "fev.", "mar.", "abr.", "mai.", "jun.", "jul.", "ago.", "set.", "out.", "nov.", "dez.",
            ],
            monthsAlone: [
                "janeiro", "fevereiro", "março", "abril", "maio", "junho", "julho", "agosto", "setembro",
                "outubro", "novembro", "dezembro",
            ],
            days: [
                "segunda-feira", "terça-feira", "quarta-feira", "quinta-feira", "sexta-feira", "sábado",
                "domingo",
            ],
            shortDays: [
                "seg.", "ter.", "qua.", "qui.", "sex.", "sáb.", "dom.",
            ],
            longDate: "d 'de' MMMM 'de' y",
            shortTime: "HH:mm",
            decimalMark: ",",
            groupMark: ".",
            money: MoneyStyle(isSymbolFirst: true, isSpaced: true, isMinusInside: false),
            symbols: [
                "EUR": "€", "USD": "US$", "GBP": "£", "JPY": "JP¥", "BRL": "R$", "MXN": "MX$", "CAD": "CA$",
                "AUD": "AU$",
            ],
            plural: .zeroIsOne
        )
    }

    private static func makePolish() -> LanguageFormats {
        LanguageFormats(
            tag: "pl",
            months: [
                "stycznia", "lutego", "marca", "kwietnia", "maja", "czerwca", "lipca", "sierpnia", "września",
                "października", "listopada", "grudnia",
            ],
            shortMonths: [
                "sty", "lut", "mar", "kwi", "maj", "cze", "lip", "sie", "wrz", "paź", "lis", "gru",
            ],
            monthsAlone: [
                "styczeń", "luty", "marzec", "kwiecień", "maj", "czerwiec", "lipiec", "sierpień", "wrzesień",
                "październik", "listopad", "grudzień",
            ],
            days: [
                "poniedziałek", "wtorek", "środa", "czwartek", "piątek", "sobota", "niedziela",
            ],
            shortDays: [
                "pon.", "wt.", "śr.", "czw.", "pt.", "sob.", "niedz.",
            ],
            longDate: "d MMMM y",
            shortTime: "HH:mm",
            decimalMark: ",",
            groupMark: "\u{A0}",
            minimumGrouping: 2,
            symbols: ["EUR": "€", "BRL": "R$", "PLN": "zł"],
            plural: .polish
        )
    }

    /// What a country does differently from the language's base.
    private struct Region: Sendable {
        let tag: String
        let change: @Sendable (inout LanguageFormats) -> Void
    }

    private static let regions: [Region] = [
        Region(tag: "en-GB") { british(&$0) },
        Region(tag: "en-IE") { british(&$0) },
        Region(tag: "en-AU") {
            $0.longDate = "d MMMM y"
            $0.morning = "am"
            $0.afternoon = "pm"
            $0.symbols = ["AUD": "$"]
        },
        Region(tag: "en-CA") {
            $0.morning = "a.m."
            $0.afternoon = "p.m."
            $0.symbols = ["EUR": "€", "USD": "US$", "GBP": "£", "CAD": "$", "AUD": "A$"]
        },
        Region(tag: "de-AT") {
            $0.months[0] = "Jänner"
            $0.monthsAlone[0] = "Jänner"
            $0.shortMonths[0] = "Jän."
            $0.money = MoneyStyle(isSymbolFirst: true, isSpaced: true)
        },
        Region(tag: "de-CH") { swiss(&$0) },
        Region(tag: "it-CH") { swiss(&$0) },
        Region(tag: "es-MX") {
            $0.shortTime = "h:mm a"
            $0.morning = "a.m."
            $0.afternoon = "p.m."
            $0.decimalMark = "."
            $0.groupMark = ","
            $0.minimumGrouping = 1
            $0.money = MoneyStyle(isSymbolFirst: true, isSpaced: false)
            $0.symbols = ["MXN": "$"]
        },
        Region(tag: "pt-PT") {
            $0.groupMark = "\u{A0}"
            $0.minimumGrouping = 2
            $0.money = MoneyStyle()
            $0.plural = .one
        },
    ]

    private static func british(_ format: inout LanguageFormats) {
        format.longDate = "d MMMM y"
        format.shortTime = "HH:mm"
        format.morning = "am"
        format.afternoon = "pm"
        format.symbols = ["EUR": "€", "USD": "US$", "GBP": "£", "JPY": "JP¥", "CAD": "CA$", "AUD": "A$"]
    }

    private static func swiss(_ format: inout LanguageFormats) {
        format.decimalMark = "."
        format.groupMark = "’"
        format.money = MoneyStyle(isSymbolFirst: true, isSpaced: true, isMinusInside: true, isMinusSpaced: false)
        // People write `CHF` and `EUR` out there.
        format.symbols = [:]
    }
}
