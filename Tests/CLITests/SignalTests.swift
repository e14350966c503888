import Glibc
import Testing

/// A run that is still going on: one message every half second.
@Suite struct SignalTests {
    @Test(arguments: [SIGTERM, SIGINT])
    func `a signal drains the run, and running again finishes it`(signal: Int32) throws {
        let carillon = try Program.withSlowCampaign()
        defer { carillon.remove() }
        let running = try carillon.start("run", "hello", "--json")
        try running.waitForFirstMessage()
        kill(running.process, signal)
        let stopped = running.wait()
        #expect(stopped.status == 1)
        #expect(stopped.output.contains(#""ending": "interrupted""#))
        #expect(stopped.output.contains(#""state": "interrupted""#))
        let counts = Numbers(stopped.output)
        #expect((counts["open"] ?? 0) > 0)
        #expect(counts["uncertain"] == 0)

        try carillon.edit("channels/email-main.yaml", "limits: {rate: 1/s}\n", "")
        #expect(try carillon("run", "hello").status == 0)
        #expect(carillon.files(in: "outbox").count == 4)
        #expect(try carillon("status", "hello", "--verify").status == 0)
    }

    @Test func `a second run on the same folder is refused and names the first one's process`() throws {
        let carillon = try Program.withSlowCampaign()
        defer { carillon.remove() }
        let running = try carillon.start("run", "hello", "--json")
        try running.waitForFirstMessage()
        let second = try carillon("run", "hello")
        #expect(second.status == 4)
        #expect(second.errors.contains("process \(running.process)"))
        // What a person wants during a run works, and takes effect on what isn't yet intended.
        #expect(try carillon("suppress", "dimitri@example.net").status == 0)
        #expect(try carillon("status", "hello", "--json").output.contains(#""state": "running""#))
        kill(running.process, SIGTERM)
        _ = running.wait()
    }
}

extension Program {
    static func withSlowCampaign() throws -> Program {
        let program = try withContacts()
        try program.write(
            "channels/email-main.yaml", program.read("channels/email-main.yaml") + "limits: {rate: 1/s}\n")
        return program
    }

    func start(_ arguments: String...) throws -> Running {
        Running(program: self, process: try spawn(executable: "/usr/bin/env", Self.prefix(folder) + arguments))
    }

    struct Running {
        let program: Program
        let process: pid_t

        /// The outbox is where a message becomes visible; looked at until there is one.
        func waitForFirstMessage() throws {
            let deadline = time(nil) + 60
            while program.files(in: "outbox").isEmpty {
                guard time(nil) < deadline else { throw Failure(message: "no message in a minute") }
                sched_yield()
            }
        }

        func wait() -> Outcome {
            program.wait(for: process)
        }
    }
}
