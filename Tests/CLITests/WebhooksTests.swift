import Glibc
import Testing

/// `carillon webhooks ingest`, with requests in files.
@Suite struct WebhooksTests {
    /// With a secret in the environment and a file as standard input, as a shell would do it.
    private static func ingest(
        _ carillon: Program, _ arguments: String, secret: String, _ request: String
    ) throws -> Program.Outcome {
        try carillon.write("request.txt", request)
        let program = Program.prefix(carillon.folder)[2]
        let command = "cd '\(carillon.folder)' && \(secret) '\(program)' webhooks ingest \(arguments) < request.txt"
        return carillon.wait(for: try carillon.spawn(executable: "/bin/sh", ["-c", command]))
    }

    private static let secret = "CARILLON_SECRET_TELEGRAM_WEBHOOK=Zx8-kQ_3vN1"

    private static func update(_ secret: String, _ text: String) -> String {
        """
        POST /webhooks/telegram HTTP/1.1\r
        Content-Type: application/json\r
        X-Telegram-Bot-Api-Secret-Token: \(secret)\r
        \r
        {"update_id":7,"message":{"message_id":1,"date":1767607200,"chat":{"id":42,"type":"private"},"text":"\(text)"}}
        """
    }

    @Test func `a genuine request is stored once and read`() throws {
        let carillon = try Program()
        defer { carillon.remove() }
        #expect(try carillon("init").status == 0)
        let request = Self.update("Zx8-kQ_3vN1", "please stop texting me")
        let first = try Self.ingest(carillon, "telegram --json", secret: Self.secret, request)
        #expect(first.status == 0, "\(first.output) \(first.errors)")
        #expect(first.output.contains(#""result": "stored""#))
        #expect(first.output.contains(#""permissions": 1"#))
        let second = try Self.ingest(carillon, "telegram --json", secret: Self.secret, request)
        #expect(second.status == 0)
        #expect(second.output.contains(#""result": "repeated""#))
        let list = try carillon("suppress", "--list")
        #expect(list.output.contains("telegram"))
        #expect(try carillon("webhooks", "process").status == 0)
    }

    @Test func `a forged request changes nothing and says so by its exit code`() throws {
        let carillon = try Program()
        defer { carillon.remove() }
        #expect(try carillon("init").status == 0)
        let forged = try Self.ingest(
            carillon, "telegram --json", secret: Self.secret, Self.update("wrong", "stop"))
        #expect(forged.status == 4)
        #expect(forged.output.contains(#""reason": "webhook_bad_signature""#))
        #expect(try carillon("suppress", "--list").output.contains("no address is suppressed"))
    }

    @Test func `what can't be read fails, each with its own word`() throws {
        let carillon = try Program()
        defer { carillon.remove() }
        #expect(try carillon("init").status == 0)
        let broken = try Self.ingest(carillon, "telegram --json", secret: Self.secret, "no request at all")
        #expect(broken.status == 1)
        #expect(broken.output.contains("webhook_malformed"))
        let unset = try Self.ingest(carillon, "telegram --json", secret: "", Self.update("x", "stop"))
        #expect(unset.status == 1)
        #expect(unset.output.contains("webhook_unconfigured"))
        let unknown = try Self.ingest(carillon, "carrier-pigeon --json", secret: "", "")
        #expect(unknown.status == 2)
        #expect(unknown.output.contains("unknown_provider"))
    }

    @Test func `a handshake is answered with its challenge`() throws {
        let carillon = try Program()
        defer { carillon.remove() }
        #expect(try carillon("init").status == 0)
        let request = "GET /w?hub.mode=subscribe&hub.verify_token=tok&hub.challenge=00123 HTTP/1.1\r\n\r\n"
        let secret = #"CARILLON_SECRET_MESSENGER_WEBHOOK='{"app_secret":"s","verify_token":"tok"}'"#
        let answer = try Self.ingest(carillon, "messenger", secret: secret, request)
        #expect(answer.status == 0)
        #expect(answer.output == "00123\n")
    }
}

extension WebhooksTests {
    /// What providers tell, opt-outs among it, is lost where they get a 404 and give up.
    @Test func `while the project has errors, whoever calls is told to come again`() throws {
        let carillon = try Program()
        defer { carillon.remove() }
        #expect(try carillon("init").status == 0)
        try carillon.write("campaigns/broken.yaml", "campaign: broken\n")
        let answers = try carillon.shell(
            """
            carillon serve --port 0 > serve.txt 2> serve.err & server=$!
            for turn in $(seq 600); do grep -q serving serve.txt && break; sleep 0.1; done
            base=$(sed 's/serving //; s/  .*//' serve.txt)
            for path in webhooks/email-main webhooks/nobody api/v1/events readyz healthz; do
                curl -s -o /dev/null -w "$path %{http_code}\n" "$base/$path"
            done
            curl -s -o /dev/null -w "POST %{http_code}\n" -d x "$base/webhooks/email-main"
            kill $server; wait $server
            """)
        #expect(
            answers.output == """
                webhooks/email-main 503
                webhooks/nobody 503
                api/v1/events 503
                readyz 503
                healthz 200
                POST 503

                """, "\(answers.errors)")
        #expect(carillon.read("serve.err").contains("the API and webhooks answer 503"), "\(carillon.read("serve.err"))")
    }

    @Test func `the server takes what its channels are sent, and refuses what is forged`() throws {
        let carillon = try Program()
        defer { carillon.remove() }
        #expect(try carillon("init").status == 0)
        try carillon.write(
            "channels/tg.yaml", "channel: tg-main\nkind: telegram\nprovider: telegram\nsecret: tg-token\n")
        // One shell starts the server, sends with bash's own sockets and ends it.
        let script = """
            cd '\(carillon.folder)'
            CARILLON_SECRET_TG_MAIN_WEBHOOK=Zx8 '\(Program.prefix(carillon.folder)[2])' serve --port 0 > serve.txt 2> serve.err &
            server=$!
            until grep -q serving serve.txt; do kill -0 $server || exit 9; sleep 0.05; done
            port=$(sed 's/.*:\\([0-9]*\\) .*/\\1/' serve.txt)
            body='{"update_id":7,"message":{"message_id":1,"date":1767607200,"chat":{"id":42,"type":"private"},"text":"STOP"}}'
            for secret in bad Zx8 Zx8; do
                exec 3<>/dev/tcp/127.0.0.1/$port
                printf 'POST /webhooks/tg-main HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\nContent-Type: application/json\\r\\n' >&3
                printf 'X-Telegram-Bot-Api-Secret-Token: %s\\r\\nContent-Length: %s\\r\\n\\r\\n%s' $secret ${#body} "$body" >&3
                head -1 <&3
                exec 3<&-
            done
            kill $server; wait $server
            """
        let outcome = carillon.wait(for: try carillon.spawn(executable: "/bin/bash", ["-c", script]))
        let statuses = outcome.output.split(whereSeparator: \.isNewline).map {
            $0.split(separator: " ").dropFirst().first
        }
        #expect(statuses == ["401", "200", "200"], "\(outcome.output) \(outcome.errors) \(carillon.read("serve.err"))")
        // Whether the server had read it before it ended or not, it is read now.
        #expect(try carillon("webhooks", "process").status == 0)
        #expect(try carillon("suppress", "--list").output.contains("telegram"))
    }
}
