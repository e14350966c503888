/// What people write, and what it means. One a line.
enum KeywordSamples {
    /// In a word that everybody knows, however it is written.
    static let exactStops = """
        stop
        STOP
        Stop
        StOp
        stop.
        STOP!
        stop!!!
        "stop"
        'STOP'
        *stop*
         stop 
        stop 🙏
        Stop please 🙏
        please stop
        Please STOP.
        pls stop
        stop plz
        stop now
        stop thanks
        STOP, thank you
        stop stop stop
        s t o p
        S.T.O.P.
        stop all
        STOPALL
        stopall
        unsubscribe
        Unsubscribe.
        UNSUBSCRIBE PLEASE
        cancel
        Cancel!
        end
        END
        quit
        QUIT
        revoke
        optout
        opt out
        opt-out
        Opt-Out, please
        unsub
        arret
        arrêt
        ARRÊT
        arrete
        arrête
        Arrêtez!
        arrêt svp
        désabonnement
        parar
        Parar por favor
        cancelar
        alto
        ¡Alto!
        baja
        basta
        no más
        NO MAS
        stopp
        Stopp!
        abmelden
        Abmelden bitte
        hallo, bitte abmelden
        abbestellen
        ok stop
        just stop
        hi stop
        stop\u{200B}
        ｓｔｏｐ？
        """

    /// In words of their own.
    static let plainStops = """
        please stop texting me
        Please stop texting me!
        stop texting me
        stop messaging
        Stop sending me these messages
        stop sending me stuff
        stop with the texts
        can you stop texting this number
        can you please stop emailing me
        quit texting me
        quit sending messages
        stop this nonsense
        stop these
        stop spamming me
        stop harassing me
        I want to stop
        i want you to stop
        I said stop
        I told you to stop
        would you please stop
        make them stop
        STOP I never signed up
        stop who is this
        stop or i will report you
        please remove me
        Please remove me from your list
        remove me
        remove my number
        remove my name from your database
        please remove this number from the list
        take me off
        take me off your list
        please take me off this list
        Take my number off your list
        get me off this list
        do not text
        do not text me
        DO NOT TEXT THIS NUMBER AGAIN
        do not contact me
        don't text me
        dont text me again
        don’t message me anymore
        Don't ever text me again
        never text me again
        please don't send me any more of these
        do not email me
        no more
        no more texts
        No more messages please
        no more emails
        I no longer want these
        i am no longer interested
        i dont want these messages
        I do not want to receive texts
        I don't want any more messages
        I do not wish to receive these emails
        leave me alone
        lose my number
        delete my number
        please delete my phone number
        unsubscribe me
        unsubscribe me from this
        unsubscribe from all
        I want to unsubscribe
        how do I unsubscribe
        how do i opt out?
        opt me out
        I'd like to opt out
        opting out
        cancel my subscription
        cancel these texts
        cancel messages
        end these messages
        I revoke my consent
        i withdraw my permission
        unsuscribe
        unsubcribe
        unsubscribee
        unsubscibe
        stpo
        sotp
        stip
        sttop
        cancle
        ne plus recevoir de messages
        je ne veux plus recevoir vos sms
        Je souhaite me désabonner
        ne m'envoyez plus de messages
        plus de sms
        arrêtez de m'écrire
        arrêtez vos messages
        désabonnez-moi
        retirez mon numéro
        supprimez mon numéro
        laissez-moi tranquille
        no más mensajes
        no mas sms por favor
        no quiero recibir mas mensajes
        no quiero más mensajes
        ya no quiero mensajes
        no me escriban más
        no me envíen más correos
        quiero darme de baja
        denme de baja por favor
        dejen de enviarme mensajes
        déjenme en paz
        eliminen mi número
        cancelar mi suscripción
        paren de molestar
        keine Nachrichten mehr
        bitte keine SMS mehr
        keine Werbung mehr bitte
        Bitte schicken Sie mir keine Mails mehr
        bitte nicht mehr schreiben
        nicht mehr kontaktieren
        schreibt mir nicht mehr
        hört auf
        hören Sie auf mir zu schreiben
        ich möchte mich abmelden
        bitte mich abmelden
        melden Sie mich ab
        meldet mich bitte ab
        löschen Sie meine Nummer
        bitte löscht mich aus der Liste
        lasst mich in Ruhe
        Newsletter abbestellen
        """

    static let starts = """
        start
        START
        Start!
        start please
        unstop
        UNSTOP
        subscribe
        Subscribe, please
        """

    static let helps = """
        help
        HELP
        Help!
        help please
        info
        INFO
        aide
        ayuda
        hilfe
        Hilfe bitte
        """

    /// Means nothing for consent.
    static let others = """
        when does it start?
        When does the sale start
        start at 9?
        how do I start
        can we start over
        let's get started
        don't stop
        Don't stop!
        please do not stop
        please don't stop sending me these
        never stop
        I can't stop laughing
        i cant stop
        non stop
        nonstop
        where is the bus stop
        at the next stop
        what is the last stop
        the shop is at the second stop
        stop by for a coffee
        Stop by tomorrow?
        I'll stop in later
        i don't want to unsubscribe
        please do not unsubscribe me
        why was I unsubscribed?
        cancel my order
        cancel my appointment
        can I cancel my booking
        how to cancel an order
        end of the month?
        in the end it was fine
        the end
        weekend
        shop
        step
        spot
        stock?
        top
        soup
        quite
        quiet
        quite good
        also
        cancer
        auto
        yes
        Yes please
        y
        no
        No thanks
        no problem
        ok
        thanks
        Thank you!
        hello
        hi
        👍
        ❤️
        ...
        ?
        is there a newsletter?
        do you have info on prices
        can you help me with my order
        help me find a size
        I need help
        more information please
        what time do you open?
        my number is 555 0100
        please send me your number
        please text me
        call me
        write to me in German
        I love your messages
        your texts are great
        keep texting me
        send me more messages
        I want more offers
        does it come in blue? 💙
        the delivery came to a full stop
        did the rain stop
        when will it stop
        guten Morgen
        ich möchte bestellen
        wann geht es los?
        merci beaucoup
        quiero más información
        sí
        je voudrais plus d'informations
        2
        42
        ABC
        remind me at the end
        order 12345 cancelled?
        recommend
        friend
        """

    static func lines(_ text: String) -> [String] {
        text.split(separator: "\n").map(String.init)
    }
}
