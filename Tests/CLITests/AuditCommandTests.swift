import Testing

/// The audit log as whoever keeps it running sees it.
@Suite struct AuditCommandTests {
    @Test func `what the command line changes is in the chain`() throws {
        let carillon = try Program()
        defer { carillon.remove() }
        try carillon("init", "shop")
        let done = try carillon.shell(
            """
            set -e
            cd shop
            carillon contacts import contacts.csv
            carillon consent record anna@example.com --level express --source letter
            carillon suppress anna@example.com
            carillon suppress anna@example.com --lift --because mistake
            carillon run hello --yes
            carillon kill --all
            carillon backup ../kept
            carillon keys create till --scope can_send_email --channels email-main
            carillon audit list --json
            """)
        #expect(done.status == 0, "\(done.errors)")
        for action in [
            "importContacts", "writeConsent", "suppress", "liftSuppression", "startCampaign", "makeBackup", "createKey",
        ] {
            #expect(done.output.contains(#""action": "\#(action)""#), "\(action): \(done.output)")
        }
        let log = done.output.split(separator: "[", maxSplits: 1).last ?? ""
        #expect(!log.contains("anna@example.com"))
    }

    @Test func `whom the command line shows is in the chain, by number`() throws {
        let carillon = try Program.withContacts()
        defer { carillon.remove() }
        let shown = try carillon.shell(
            """
            set -e
            carillon run hello --yes
            carillon contacts show anna@example.com
            carillon contacts export anna@example.com
            carillon consent show anna@example.com
            carillon why hello anna@example.com
            carillon sent hello anna@example.com
            carillon messages hello
            carillon uncertain list hello
            """)
        #expect(shown.status == 0, "\(shown.errors)")
        #expect(try carillon("why", "hello", "nobody@example.com").status == 1)
        let log = try carillon("audit", "list")
        for (action, object) in [
            ("getContact", "contact:1"), ("exportContact", "contact:1"), ("listConsents", "contact:1"),
            ("explainDelivery", "contact:1"), ("getDeliveredMessage", "contact:1"),
            ("exportRecipients", "program:hello"), ("findDeliveries", "program:hello"),
        ] {
            let lines = log.output.split(separator: "\n").filter { $0.contains(" \(action) ") }
            #expect(lines.count == 1 && lines.allSatisfy { $0.hasSuffix(object) }, "\(action): \(log.output)")
        }
        #expect(!log.output.contains("example.com"))
    }

    @Test func `the server writes how far the log has come, and what was cut off since is found`() throws {
        let carillon = try Program()
        defer { carillon.remove() }
        try carillon("init", "shop")
        let bin = Program.executable.dropLast("/carillon".count)
        let served = try carillon.shell(
            """
            unset -f carillon
            PATH='\(bin)':$PATH
            cd shop
            carillon keys create one --scope can_view_reports > /dev/null
            carillon serve --port 0 --no-runner > ../serve.log 2> ../serve.err &
            for turn in $(seq 600); do test -s .carillon/audit-checkpoints && break; sleep 0.1; done
            kill $!
            wait $!
            stat -c %a .carillon/audit-checkpoints
            cp .carillon/audit-checkpoints ../kept
            carillon audit verify
            carillon doctor | grep audit
            carillon audit verify --checkpoint ../kept --json
            """)
        #expect(served.status == 0, "\(served.errors)")
        #expect(
            served.output.contains("600\n1 entry, whole, with 1 checkpoint; keep elsewhere: 1:"), "\(served.output)")
        #expect(served.output.contains("1 entry, 1 checkpoint\n"), "\(served.output)")
        #expect(served.output.contains(#""checkpoints": 1"#), "\(served.output)")
        #expect(carillon.read("serve.err").contains(#""message": "audit checkpoint""#), "\(carillon.read("serve.err"))")
        let cut = try carillon.shell(
            """
            cd shop
            python3 - <<'PYTHON'
            import sqlite3
            base = sqlite3.connect(".carillon/carillon.db", isolation_level=None)
            for trigger in ("audit_entry_stays", "audit_entry_is_kept"): base.execute("DROP TRIGGER " + trigger)
            base.execute("DELETE FROM audit_entry")
            PYTHON
            rm .carillon/audit-checkpoints
            carillon audit verify && carillon audit verify --checkpoint ../kept
            """)
        #expect(cut.status == 1 && cut.errors.contains("entry 1 is not the one that was there at"), "\(cut.errors)")
        let forged = try carillon.shell(
            "sed -i 's/\"entries\": *1/\"entries\":2/' kept && cd shop && carillon audit verify --checkpoint ../kept")
        #expect(forged.status == 1 && forged.errors.contains("not written by this data folder"), "\(forged.errors)")
        let emptied = try carillon.shell("echo > kept && cd shop && carillon audit verify --checkpoint ../kept")
        #expect(emptied.status == 1 && emptied.errors.contains("holds no checkpoint"), "\(emptied.errors)")
    }

    @Test func `a key is rotated, and both count for as long as somebody says`() throws {
        let carillon = try Program.withContacts()
        defer { carillon.remove() }
        let made = try carillon.shell(
            """
            set -e
            KEY=$(carillon keys create till --scope can_send_email --channels email-main --for 90d)
            NEXT=$(carillon keys rotate $(echo $KEY | cut -c5-12) --overlap 2h)
            test $NEXT != $KEY
            LAST=$(carillon keys rotate $(echo $NEXT | cut -c5-12) --overlap 0 --json | grep '"secret"')
            carillon keys list
            """)
        #expect(made.status == 0, "\(made.errors)")
        let keys = made.output.split(separator: "\n")
        #expect(keys.count == 3 && keys.allSatisfy { $0.contains("till") && $0.contains("email-main") }, "\(keys)")
        #expect(keys.count { $0.contains("revoked") } == 1 && keys.count { $0.contains("valid until") } == 2)
        #expect(try carillon("audit", "list").output.contains("rotateKey"))
        #expect(try carillon("keys", "rotate", "nonsense").errors.contains("there is no"))
        #expect(try carillon("keys", "rotate", "nonsense", "--overlap", "8d").errors.contains("7d at most"))
    }
}
