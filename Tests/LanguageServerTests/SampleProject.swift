/// A small project with everything that editors ask about.
enum SampleProject {
    static let files: [(path: String, text: String)] = [
        ("carillon.yaml", project), ("schema.yaml", schema), ("channels.yaml", channels), ("segments.yaml", segments),
        ("templates.yaml", templates), ("fragments.yaml", fragments), ("rules/cart.yaml", rule),
    ]

    static let project = """
        project: shop
        language: 1
        time_zone: Europe/Berlin
        currency: EUR
        public_url: https://go.shop.example
        brands:
          shop: {name: Shop, postal_address: "Hauptstraße 1, Berlin"}
        teams: [support, sales]
        opening_hours:
          office: {in: Europe/Berlin, open: [{days: mon-fri, hours: "09:00-18:00"}]}
        endpoints:
          crm: {secret: crm, calls: {cart_left: {method: POST, path: /carts}}}

        """

    static let schema = """
        schema: shop
        contact:
          first_name: {type: optional text, pii: true}
          seats: int
        events:
          cart_updated: {cart_id: text, total: money}
          order_placed: {order_id: {type: text, unique: true}, cart_id: optional text}

        """

    static let channels = """
        channel: mail
        kind: email
        provider: outbox
        from: Shop <news@shop.example>
        ---
        channel: texts
        kind: sms
        provider: outbox
        from: Shop
        ---
        route: best
        candidates: [mail, texts]
        rank: [channel.cost]

        """

    static let segments = """
        segment: staff
        about: Our own people
        where: contact.email ends_with "@shop.example"

        """

    static let templates = """
        template: hello
        about: The first message
        purpose: transactional
        email:
          en:
            subject: Welcome to the shop
            body: 'Hello <<contact.first_name | default: "there">>!'
        sms:
          en: Welcome to the shop!
        ---
        template: left
        purpose: transactional
        email:
          en:
            subject: Your cart
            body: It is worth <<entry.total | money>>.
        sms:
          en: 'Your cart is worth <<entry.total | money>>.'

        """

    static let fragments = """
        fragment: nudge
        about: Waits, then reminds
        inputs:
          waiting_for: event
          reminder: template
          gap: {type: duration, default: 2d}
        steps:
          - wait_for: input.waiting_for
            up_to: input.gap
            then:
              - exit: came
          - send: input.reminder

        """

    static let rule = """
        rule: cart
        about: Reminds of a cart
        purpose: transactional
        trigger:
          event: cart_updated
          where: event.total > EUR 10
        via: best
        steps:
          - send: hello
            name: first
          - use: nudge
            with: {waiting_for: order_placed, reminder: left}
          - if: delivered(first) and not in_segment("staff")
            then:
              - hand_over: sales
                note: <<contact.seats>> seats

        """
}
