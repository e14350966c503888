import LanguageServer
import Testing

@Suite struct LifecycleTests {
    @Test func `the handshake says what the server can do`() throws {
        let editor = try Editor()
        let result = try editor.initialize(["general": ["positionEncodings": ["utf-32", "utf-8", "utf-16"]]])
        #expect(result["capabilities"]["positionEncoding"] == "utf-8")
        #expect(result["capabilities"]["renameProvider"]["prepareProvider"] == true)
        #expect(result["capabilities"]["textDocumentSync"]["change"] == 2)
        #expect(try editor.leave() == 0)
    }

    @Test func `without an offer positions are counted in UTF-16`() throws {
        let editor = try Editor()
        #expect(try editor.initialize()["capabilities"]["positionEncoding"] == "utf-16")
    }

    @Test func `a wrong order is refused, and the right one goes on`() throws {
        let editor = try Editor()
        #expect(try editor.ask("textDocument/hover", [:])["error"]["code"] == -32002)
        #expect(try editor.ask("initialize", 7)["error"]["code"] == -32602)
        _ = try editor.initialize()
        #expect(try editor.ask("initialize", ["capabilities": [:]])["error"]["code"] == -32600)
        #expect(try editor.ask("textDocument/foldingRange", [:])["error"]["code"] == -32601)
        #expect(try editor.ask("textDocument/hover", [:])["error"]["code"] == -32602)
        #expect(
            try editor.ask("textDocument/hover", ["textDocument": ["uri": editor.uri("schema.yaml")]])["error"]["code"]
                == -32602)
        #expect(try editor.ask("shutdown", nil)["error"] == .null)
        #expect(try editor.ask("textDocument/hover", [:])["error"]["code"] == -32600)
        editor.notify("exit", nil)
        #expect(editor.ended() == 0)
    }

    @Test func `exit without shutdown, and an editor that is gone, end with 1`() throws {
        let impatient = try Editor()
        _ = try impatient.initialize()
        impatient.notify("exit", nil)
        #expect(impatient.ended() == 1)
        let gone = try Editor()
        _ = try gone.initialize()
        #expect(gone.ended() == 1)
    }

    @Test(arguments: [
        ("{", -32700), ("{\"a\":1,}", -32700), ("\u{FEFF}{}", -32700), ("[]", -32600), ("7", -32600), ("{}", -32600),
        (#"{"id":{},"method":"shutdown"}"#, -32600), (#"{"id":1.5,"method":"shutdown"}"#, -32600),
    ])
    func `what is no request is answered as such, and the next one is`(content: String, code: Int) throws {
        let editor = try Editor()
        _ = try editor.initialize()
        editor.send(bytes: Array("Content-Length: \(content.utf8.count)\r\n\r\n\(content)".utf8))
        #expect(try editor.answer(to: .null)["error"]["code"] == .integer(code))
        #expect(try editor.leave() == 0)
    }

    @Test(arguments: [
        "Content-Length: 99999999999999999999\r\n\r\n", "Content-Length: -1\r\n\r\n", "Content-Length: 2 2\r\n\r\n{}",
        "Length: 2\r\n\r\n{}", "no header\r\n\r\n", String(repeating: "x", count: 9000),
    ])
    func `a stream that nobody can follow ends the program`(bytes: String) throws {
        let editor = try Editor()
        _ = try editor.initialize()
        editor.send(bytes: Array(bytes.utf8))
        #expect(editor.ended() == 1)
    }

    @Test func `it does not matter in which pieces the bytes come`() throws {
        let editor = try Editor()
        let message: JSONValue = ["jsonrpc": "2.0", "id": 1, "method": "initialize", "params": ["capabilities": [:]]]
        for byte in MessageFraming.framed(message) { editor.send(bytes: [byte]) }
        #expect(try editor.answer(to: 1)["result"]["serverInfo"]["name"] == "carillon")
    }

    @Test func `a request that is taken back before its turn is not worked on`() throws {
        let editor = try Editor()
        _ = try editor.initialize()
        let request: JSONValue = ["jsonrpc": "2.0", "id": "slow", "method": "textDocument/hover", "params": [:]]
        let cancellation: JSONValue = ["jsonrpc": "2.0", "method": "$/cancelRequest", "params": ["id": "slow"]]
        editor.send(bytes: MessageFraming.framed(request) + MessageFraming.framed(cancellation))
        #expect(try editor.answer(to: "slow")["error"]["code"] == -32800)
        // One that came too late is of no consequence.
        editor.send(cancellation)
        #expect(try editor.leave() == 0)
    }

    @Test func `files are watched where the editor lets us ask for it`() throws {
        let editor = try Editor()
        _ = try editor.initialize(["workspace": ["didChangeWatchedFiles": ["dynamicRegistration": true]]])
        _ = try editor.ask("shutdown", nil)
        #expect(editor.others.contains { $0["method"] == "client/registerCapability" })
    }
}
