import Testing

/// Sends whose outcome nobody knows, from the shell.
@Suite struct UncertainTests {
    @Test func `each of several to one person is listed by the reference that it left with`() throws {
        let carillon = try Program.withContacts()
        defer { carillon.remove() }
        try carillon.edit(
            "schema/contacts.yaml", "  plan: one_of(free, pro)\n",
            """
              plan: one_of(free, pro)
              renewal_date: optional date
            events:
              order_placed:
                order_id: {type: text, unique: true}

            """)
        try carillon.write(
            "campaigns/thanks.yaml",
            """
            rule: thanks
            purpose: transactional
            trigger: {event: order_placed}
            runs: many
            via: [email-main]
            steps:
              - send: message
                message:
                  email:
                    en: {subject: "Your order <<entry.order_id>>", body: "We have it."}

            """)
        let outcome = try carillon.shell(
            """
            carillon activate thanks
            for id in A-1 A-2 A-3; do
                echo '{"contact": "1", "event": "order_placed", "fields": {"order_id": "'$id'"}}'
            done | carillon events send
            carillon run --until-idle
            python3 -c 'import sqlite3
            base = sqlite3.connect(".carillon/carillon.db")
            base.execute("UPDATE delivery SET state = 4, accepted_at = NULL")
            base.commit()'
            ls outbox | sed 's/[.]eml$//' | sort > files
            carillon uncertain list thanks --json | sed -n 's/.*"reference": "\\(.*\\)".*/\\1/p' | sort > listed
            """)
        #expect(carillon.read("files").split(separator: "\n").count == 3, "\(outcome.output)\(outcome.errors)")
        #expect(carillon.read("listed") == carillon.read("files"), "\(outcome.errors)")
    }
}
