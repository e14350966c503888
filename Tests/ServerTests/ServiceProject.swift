/// A project with one of each.
enum ServiceProject {
    static let files: [(path: String, text: String)] = [
        ("carillon.yaml", project), ("schema/contacts.yaml", schema), ("policies/marketing.yaml", policy),
        ("channels/email-main.yaml", channel), ("segments/readers.yaml", segment),
        ("templates/hello.yaml", template), ("campaigns/hello.yaml", campaign), ("campaigns/thanks.yaml", rule),
    ]

    private static let project = """
        project: shop
        language: 1
        time_zone: Europe/Berlin
        currency: EUR
        public_url: http://127.0.0.1:8087
        language_fallback: en
        files: [schema/**, policies/**, channels/**, segments/**, templates/**, campaigns/**]
        brands:
          our-shop:
            name: Our Shop
            postal_address: "Our Shop Ltd, 1 Main Street, Springfield"
            website: https://shop.example
        defaults:
          policy: marketing
          brand: our-shop

        """

    private static let schema = """
        schema: contacts
        contact:
          first_name: {type: optional text, pii: true}
          email: {type: optional email, pii: true}
          plan: one_of(free, pro)
        events:
          order_placed:
            order_id: {type: text, unique: true}

        """

    private static let policy = """
        policy: marketing
        purpose: marketing
        packs: [eu.eprivacy, uk.pecr]
        consent:
          email: soft_optin

        """

    private static let channel = """
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
              Hello, we have opened: https://shop.example

              <<sender.name>>
              <<sender.postal_address>>

              No more mail from us: <<unsubscribe.link>>

        """

    private static let campaign = """
        campaign: hello
        about: We have opened
        purpose: marketing
        topic: news
        lawful_basis: consent
        audience:
          include: [readers]
          where:
            - contact.country in ["DE", "GB"]
        via: [email-main]
        send: hello

        """

    private static let rule = """
        rule: thanks
        purpose: transactional
        trigger: {event: order_placed}
        runs: many
        via: [email-main]
        steps:
          - send: message
            message:
              email:
                en: {subject: "Your order <<entry.order_id>>", body: "We have it, and pack it now."}

        """
}
