import Glibc
import TestKit
import Testing

@testable import Channels

/// A TLS server with certificates of its own, made by the system's `openssl` and served by Python.
@Suite(.serialized, .enabled(if: TLSFixture.isPossible))
struct HTTPTLSTests {
    private func exchange(
        _ fixture: TLSFixture,
        host: String,
        authority: String?
    ) throws -> HTTPResult? {
        var account = try HTTPAccount.local("https://\(host):\(fixture.port)/hook")
        account.authorityFile = authority
        account.lookup = { _ in EgressAddress("127.0.0.1").map { .addresses([$0]) } ?? .failed(code: "none") }
        return try account.exchange()
    }

    @Test func `Only the right authority and the right name are trusted`() throws {
        let fixture = try #require(TLSFixture(), "openssl or python3 failed")
        let trusted = try exchange(fixture, host: "receiver.example", authority: fixture.folder + "/ca.pem")
        #expect(trusted == .answered(HTTPAnswer(status: 200, body: Array("hello".utf8))))
        let refused = HTTPResult.notSent(code: "tls_certificate_refused")
        #expect(try exchange(fixture, host: "other.example", authority: fixture.folder + "/ca.pem") == refused)
        #expect(try exchange(fixture, host: "receiver.example", authority: fixture.folder + "/other.pem") == refused)
        #expect(try exchange(fixture, host: "receiver.example", authority: nil) == refused)
        let missing = try exchange(fixture, host: "receiver.example", authority: fixture.folder + "/none.pem")
        #expect(missing == .notSent(code: "tls_ca_file_unreadable"))
    }

    @Test func `A server that speaks no TLS is told nothing`() throws {
        let server = HTTPFaultServer { _ in .answer(200) }
        defer { server.stop() }
        // It reads a client's hello as a head without end; the time is over before any request was written.
        let account = try HTTPAccount.local("https://127.0.0.1:\(server.port)/", timeout: 0.3)
        #expect(try account.exchange() == .notSent(code: "timeout"))
        #expect(server.requests.isEmpty)
    }
}

/// Two authorities, a certificate of the first for `receiver.example` or another name, and a server that shows it. It
/// answers a POST with its body, a GET of a `.pem` with a given text and any other with `fine`.
final class TLSFixture {
    static let isPossible =
        ChildProcess(["openssl", "version"])?.succeeds() == true && ChildProcess(["python3", "-V"])?.succeeds() == true

    let folder: String
    let port: Int
    private let server: ChildProcess

    /// Nil too where the port is taken.
    init?(host: String = "receiver.example", port wanted: Int = 0, pem: String = "") {
        var template = Array("/tmp/carillon-tls-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            return nil
        }
        let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
        let authority = ["-addext", "keyUsage=critical,keyCertSign"]
        let commands = [
            ["openssl", "req", "-x509", "-subj", "/CN=ca", "-keyout", "ca.key", "-out", "ca.pem"] + key + authority,
            ["openssl", "req", "-x509", "-subj", "/CN=other", "-keyout", "other.key", "-out", "other.pem"] + key
                + authority,
            [
                "openssl", "req", "-x509", "-subj", "/CN=leaf", "-CA", "ca.pem", "-CAkey", "ca.key", "-keyout",
                "leaf.key",
                "-out", "leaf.pem", "-addext", "subjectAltName=DNS:\(host)",
                "-addext", "basicConstraints=critical,CA:FALSE",
            ] + key,
        ]
        let inFolder = commands.map { command in
            command.map { $0.hasSuffix(".pem") || $0.hasSuffix(".key") ? folder + "/" + $0 : $0 }
        }
        guard inFolder.allSatisfy({ ChildProcess($0)?.succeeds() == true }),
            let server = ChildProcess(["python3", "-c", TLSFixture.script, folder, "\(wanted)", pem]),
            let line = server.readLine(), let port = Int(line)
        else {
            return nil
        }
        self.folder = folder
        self.port = port
        self.server = server
    }

    /// The next path that somebody asked for by GET.
    func nextPath() -> String? { server.readLine() }

    deinit {
        for name in ["ca", "other", "leaf"] {
            unlink(folder + "/\(name).pem")
            unlink(folder + "/\(name).key")
        }
        rmdir(folder)
    }

    /// Ends with its standard input.
    private static let script = """
        import http.server, os, ssl, sys, threading
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = 'HTTP/1.1'
            def do_POST(self):
                body = self.rfile.read(int(self.headers['content-length']))
                self.send_response(200)
                self.send_header('Content-Length', str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            def do_GET(self):
                print(self.path, flush=True)
                body = (sys.argv[3] if self.path.endswith('.pem') else 'fine').encode()
                self.send_response(200)
                self.send_header('Content-Length', str(len(body)))
                self.end_headers()
                self.wfile.write(body)
        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            def finish_request(self, request, address):
                try:
                    secure = context.wrap_socket(request, server_side=True)
                    Handler(secure, address, self)
                    secure.close()
                except OSError:
                    pass
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[1] + '/leaf.pem', sys.argv[1] + '/leaf.key')
        server = Server(('127.0.0.1', int(sys.argv[2])), Handler)
        print(server.server_port, flush=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        sys.stdin.read()
        os._exit(0)
        """
}
