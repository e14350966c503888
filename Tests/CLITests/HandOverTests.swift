import Glibc
import Testing

/// A campaign that is begun while a server with its runner works on the same folder: real processes.
@Suite struct HandOverTests {
    /// A server of this folder on a port of its own, ended with the value.
    private final class Server {
        let process: pid_t
        private let carillon: Program
        private var isOver = false

        /// Returns when its runner has the right to send.
        init(_ carillon: Program, _ arguments: [String] = []) throws {
            self.carillon = carillon
            // Its words go where the next command's do not.
            let line = """
                cd '\(carillon.folder)' && exec '\(Program.executable)' serve --port 0 \(arguments.joined(separator: " ")) \
                > serve.log 2>&1
                """
            process = try carillon.spawn(executable: "/bin/sh", ["-c", line])
            let deadline = time(nil) + 60
            while !carillon.read("serve.log").contains("serving http")
                || (arguments.isEmpty && !carillon.read(".carillon/runner.lock").contains("campaigns"))
            {
                guard time(nil) < deadline else { throw Program.Failure(message: carillon.read("serve.log")) }
                sched_yield()
            }
        }

        func end(_ signal: Int32 = SIGTERM) {
            guard !isOver else { return }
            isOver = true
            kill(process, signal)
            _ = carillon.wait(for: process)
        }

        deinit { end(SIGKILL) }
    }

    /// A run whose words go into a file of its own, whatever commands are given beside it.
    private struct Follower {
        let carillon: Program
        let process: pid_t

        init(_ carillon: Program) throws {
            self.carillon = carillon
            let line = """
                cd '\(carillon.folder)' && exec '\(Program.executable)' run hello --json > run.json 2> run.err
                """
            process = try carillon.spawn(executable: "/bin/sh", ["-c", line])
        }

        /// Its report, and what it said beside.
        func wait() -> String {
            _ = carillon.wait(for: process)
            return carillon.read("run.json") + carillon.read("run.err")
        }

        /// Until so many messages are in the outbox.
        func waitForMessages(_ count: Int) throws {
            let deadline = time(nil) + 60
            while carillon.files(in: "outbox").count < count {
                guard time(nil) < deadline else { throw Program.Failure(message: "no message in a minute") }
                sched_yield()
            }
        }
    }

    @Test func `a server's runner takes a campaign over, and whoever began it sees its end`() throws {
        let carillon = try Program.withContacts()
        defer { carillon.remove() }
        let server = try Server(carillon)
        defer { server.end() }
        let run = try carillon("run", "hello", "--json")
        #expect(run.status == 0, "\(run.errors)")
        #expect(run.output.contains(#""ending": "finished""#))
        #expect(Numbers(run.output)["accepted"] == 4)
        #expect(carillon.files(in: "outbox").count == 4)
        #expect(try carillon("status", "hello", "--verify").status == 0)
        // As without a server: it is not sent again by accident.
        #expect(try carillon("run", "hello").status == 4)
        #expect(carillon.files(in: "outbox").count == 4)
    }

    @Test func `pause, resume and kill reach the launch inside the server`() throws {
        let carillon = try Program.withSlowCampaign()
        defer { carillon.remove() }
        let server = try Server(carillon)
        defer { server.end() }
        let running = try Follower(carillon)
        try running.waitForMessages(1)
        #expect(try carillon("pause", "hello").status == 0)
        let paused = running.wait()
        #expect(paused.contains(#""ending": "paused""#), "\(paused)")
        let sent = carillon.files(in: "outbox").count
        #expect(sent < 4)
        #expect(try carillon("resume", "hello", "--json").output.contains(#""runner": true"#))
        let again = try Follower(carillon)
        try again.waitForMessages(sent + 1)
        #expect(try carillon("kill", "hello").status == 0)
        let killed = again.wait()
        // The server goes on by itself: where the follower came after the kill, it is told that.
        #expect(killed.contains(#""ending": "killed""#) || killed.contains(#""reason": "killed""#), "\(killed)")
        let last = carillon.files(in: "outbox").count
        #expect(last < 4)
        #expect(try carillon("status", "hello", "--verify").status == 0)
        #expect(carillon.files(in: "outbox").count == last)
    }

    @Test func `Ctrl-C only ends the following, and the server's end gives the launch back`() throws {
        let carillon = try Program.withSlowCampaign()
        defer { carillon.remove() }
        let server = try Server(carillon)
        defer { server.end() }
        let running = try Follower(carillon)
        try running.waitForMessages(1)
        kill(running.process, SIGINT)
        let left = running.wait()
        #expect(left.contains(#""ending": "left""#), "\(left)")
        #expect(left.contains("carillon pause hello"))
        let follower = try Follower(carillon)
        server.end()
        // The server has drained; the follower takes the rest up itself.
        let ended = follower.wait()
        #expect(ended.contains(#""ending": "finished""#), "\(ended)")
        #expect(carillon.files(in: "outbox").count == 4)
        #expect(try carillon("status", "hello", "--verify").status == 0)
    }

    @Test func `a server waits for a run that sends, and a server without a runner leaves sending to others`() throws {
        let carillon = try Program.withSlowCampaign()
        defer { carillon.remove() }
        let running = try Follower(carillon)
        try running.waitForMessages(1)
        let server = try Server(carillon, ["--runner"])
        #expect(running.wait().contains(#""ending": "finished""#))
        server.end()
        #expect(carillon.read("serve.log").contains("the runner waits"))
        #expect(carillon.files(in: "outbox").count == 4)
        let plain = try Server(carillon, ["--no-runner"])
        defer { plain.end() }
        try carillon.edit("channels/email-main.yaml", "limits: {rate: 1/s}\n", "")
        #expect(try carillon("run", "hello", "--new-launch").status == 0)
        #expect(carillon.files(in: "outbox").count == 8)
    }
}
