/// What `carillon init` writes: one campaign that works at once, small enough to be read in a minute.
enum StarterProject {
    /// Path and text, in the order in which somebody would read them.
    static func files(id: String) -> [(path: String, text: String)] {
        [
            ("carillon.yaml", project(id: id)), ("schema/contacts.yaml", schema), ("policies/marketing.yaml", policy),
            ("channels/email-main.yaml", channel), ("segments/readers.yaml", segment),
            ("templates/hello.yaml", template), ("campaigns/hello.yaml", campaign), ("contacts.csv", contacts),
            (".gitignore", "/.carillon/\n/outbox/\n/previews/\n"),
        ]
    }

    private static func project(id: String) -> String {
        """
        # The project. Commands find this file from the folder you stand in upwards.
        project: \(id)
        language: 1
        time_zone: Europe/Berlin
        currency: EUR

        # Where the world reaches `carillon serve`, which shows the unsubscribe page. Replace it before you send for real.
        public_url: http://127.0.0.1:8087

        # Which text a contact gets whose own language no template has.
        language_fallback: en

        files: [schema/**, policies/**, channels/**, segments/**, templates/**, campaigns/**]

        # Who writes, as the reader sees it. Marketing mail must show the postal address.
        brands:
          our-shop:
            name: Our Shop
            postal_address: "Our Shop Ltd, 1 Main Street, Springfield"
            website: https://shop.example

        defaults:
          policy: marketing
          brand: our-shop

        """
    }

    private static let schema = """
        # What you know about a person. `optional` means that it may be missing; texts must be ready for that.
        schema: contacts
        contact:
          first_name: {type: optional text, pii: true}
          email: {type: optional email, pii: true}
          plan: one_of(free, pro)

        """

    private static let policy = """
        # The rules that marketing keeps: legal rule sets by name, and the consent that you ask for yourself.
        policy: marketing
        purpose: marketing
        packs: [eu.eprivacy, uk.pecr]
        consent:
          email: soft_optin

        """

    private static let channel = """
        # Writes each message into the folder outbox/ instead of sending it.
        #
        # To send for real, replace `provider` and `folder` by the lines below, and keep the password out of the files:
        #   export CARILLON_SECRET_MAIL='user:password'
        #
        #   provider: smtp
        #   host: smtp.example.com
        #   port: 587
        #   tls: starttls
        #   secret: mail
        channel: email-main
        kind: email
        provider: outbox
        folder: outbox
        from: Our Shop <news@shop.example>
        cost: {per_message: EUR 0.0004}

        """

    private static let segment = """
        segment: readers
        about: Everybody who reads our newsletter
        where:
          - contact.tags contains "newsletter"

        """

    private static let template = """
        template: hello
        purpose: marketing
        topic: news
        email:
          en:
            subject: '<<contact.first_name | suffix: ", ">>we have news for you'
            body: |
              Hello <<contact.first_name | default: "there">>,

              we have opened. Come and have a look: https://shop.example
              <<if contact.plan == "pro">>
              As a pro customer you get 10% off this week.
              <<end>>

              <<sender.name>>
              <<sender.postal_address>>

              No more mail from us: <<unsubscribe.link>>
          de:
            subject: '<<contact.first_name | suffix: ", ">>es gibt Neues'
            body: |
              Hallo<<contact.first_name | prefix: " ">>,

              wir haben eröffnet. Schau vorbei: https://shop.example
              <<if contact.plan == "pro">>
              Als Pro-Kundin oder -Kunde bekommst du diese Woche 10 % Rabatt.
              <<end>>

              <<sender.name>>
              <<sender.postal_address>>

              Keine Post mehr von uns: <<unsubscribe.link>>

        """

    private static let campaign = """
        #   carillon plan campaigns/hello.yaml     who would get it, and why others not; sends nothing
        #   carillon run campaigns/hello.yaml      sends it
        campaign: hello
        about: We have opened
        purpose: marketing
        topic: news
        lawful_basis: consent
        audience:
          include: [readers]
          where:
            - contact.country in ["DE", "AT", "CH", "GB", "IE", "FR"]
          expect: 1..100
        via: [email-main]
        send: hello
        budget: {at_most: EUR 1}

        """

    private static let contacts = """
        id,email,first_name,language,country,plan,tags,consent.email,consent.email.at,consent.email.source,do_not_contact
        1,anna@example.com,Anna,de,DE,pro,newsletter,express,2026-03-02,newsletter form,
        2,ben@example.com,Ben,en,GB,free,newsletter,soft_optin,2026-04-11,checkout,
        3,chloe@example.org,Chloé,fr,FR,free,newsletter,express,2026-05-20,newsletter form,
        4,dimitri@example.net,,de,AT,free,newsletter,express,2026-06-30,newsletter form,
        5,eve@example.com,Eve,en,IE,pro,newsletter,none,,,
        6,finn@example.org,Finn,de,DE,free,newsletter,express,,,
        7,greta@example.com,Greta,de,CH,pro,newsletter,express,2026-01-15,newsletter form,yes
        8,hugo@example.net,Hugo,en,GB,free,,express,2026-02-08,checkout,

        """
}
