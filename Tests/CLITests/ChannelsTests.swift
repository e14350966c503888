import Glibc
import Testing

/// `carillon channels`, against a sandbox and a server in processes of their own.
@Suite(.serialized) struct ChannelsTests {
    private static let sms = """
        channel: sms-eu
        kind: sms
        provider: twilio
        from: "+14155550100"
        secret: twilio
        limits: {rate: 20/s}
        cost: {per_message: EUR 0.07}

        """

    private static func project() throws -> Program {
        let carillon = try Program()
        guard try carillon("init").status == 0 else { throw Program.Failure(message: "no project") }
        try carillon.write("channels/sms-eu.yaml", sms)
        return carillon
    }

    @Test func `the list says what is configured and what is missing`() throws {
        let carillon = try Self.project()
        defer { carillon.remove() }
        let list = try carillon("channels", "list")
        #expect(list.status == 0, "\(list.errors)")
        #expect(list.output.contains("sms-eu"))
        #expect(list.output.contains("no secret"))
        #expect(list.output.contains("20/s"))
        #expect(list.output.contains("EUR 0.07"))
        #expect(list.output.contains("unused"))
        let json = try carillon("channels", "list", "--json")
        #expect(json.output.contains(#""state": "no secret""#))
        // A channel that has sent.
        #expect(try carillon("contacts", "import", "contacts.csv").status == 0)
        #expect(try carillon("run", "hello").status == 0)
        #expect(try carillon("channels", "list").output.contains("works"))
    }

    @Test func `a test without a secret or a provider says what to do`() throws {
        let carillon = try Self.project()
        defer { carillon.remove() }
        let missing = try carillon("channels", "test", "sms-eu")
        #expect(missing.status == 1)
        #expect(missing.output.contains("FAIL settings"), "\(missing.output)")
        let unknown = try carillon("channels", "test", "nothing")
        #expect(unknown.status == 2)
        #expect(unknown.errors.contains("sms-eu"))
        // Nobody listens at this port.
        let away = try carillon("channels", "test", "sms-eu", "--json", "--sandbox", "http://127.0.0.1:9")
        #expect(away.status == 1)
        #expect(away.output.contains("connection_refused"), "\(away.output)")
    }

    @Test func `a whole round trip by the sandbox, a STOP that is answered, and a test that is refused after it`()
        throws
    {
        let carillon = try Self.project()
        defer { carillon.remove() }
        let ports = Self.freePorts()
        // Not the shell's function: what runs in the background must be ended itself.
        let program = Program.prefix(carillon.folder)[2]
        let line = """
            '\(program)' sandbox --port \(ports.sandbox) --webhooks http://127.0.0.1:\(ports.server) > sandbox.log 2>&1 & p1=$!
            '\(program)' serve --port \(ports.server) --sandbox http://127.0.0.1:\(ports.sandbox) > serve.log 2>&1 & p2=$!
            for i in $(seq 200); do
                grep -q serving serve.log && grep -q phones sandbox.log && break; sleep 0.1
            done
            carillon channels test sms-eu --to +491511234567 --webhooks http://127.0.0.1:\(ports.server) \
                --sandbox http://127.0.0.1:\(ports.sandbox)
            echo "status $?"
            curl -s -o /dev/null --data-urlencode 'c=sms/sms-eu/+491511234567' -d text=HELP \
                http://127.0.0.1:\(ports.sandbox)/reply
            for i in $(seq 100); do
                curl -s "http://127.0.0.1:\(ports.sandbox)/api/messages?to=%2B491511234567" > phone.json
                grep -q "reply STOP to get no more" phone.json && echo answered && break; sleep 0.1
            done
            kill $p1 $p2; wait
            """
        let outcome = try carillon.shell(line)
        #expect(outcome.output.contains("ok   credentials"), "\(outcome.output) \(carillon.read("serve.log"))")
        #expect(outcome.output.contains("ok   webhook"))
        #expect(outcome.output.contains("ok   send"))
        #expect(outcome.output.contains("the provider told:"))
        #expect(outcome.output.contains("status 0"))
        // Somebody types HELP on the phone page, and the answer appears there.
        #expect(outcome.output.contains("answered"), "\(carillon.read("phone.json"))")
        #expect(try carillon("suppress", "+491511234567", "--channel", "sms").status == 0)
        let refused = try carillon(
            "channels", "test", "sms-eu", "--to", "+491511234567", "--sandbox", "http://127.0.0.1:9")
        #expect(refused.status == 1)
    }

    /// The sandbox takes two in a row.
    private static func freePorts() -> (sandbox: Int, server: Int) {
        let base = 20_000 + Int(getpid()) % 20_000 / 4 * 4
        // The sandbox takes two more for mail and TLS.
        return (base, base + 3)
    }
}
