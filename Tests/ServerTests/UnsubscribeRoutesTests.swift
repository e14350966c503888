import Testing

@testable import Server

@Suite struct UnsubscribeRoutesTests {
    private let path = "/u/" + ServerFixture.token

    @Test func `a GET shows a button and records nothing, however often it comes`() async throws {
        let fixture = ServerFixture()
        let response = try await fixture.serve { client in
            for _ in 0..<3 { _ = try client.request("GET", "/u/" + ServerFixture.token) }
            return try client.request("GET", "/u/" + ServerFixture.token)
        }
        #expect(response.status == 200)
        #expect(response.body.contains("<button type=\"submit\">"))
        #expect(fixture.descriptions == 4)
        #expect(fixture.recorded.isEmpty)
    }

    @Test func `a HEAD records nothing`() async throws {
        let fixture = ServerFixture()
        let response = try await fixture.serve { try $0.request("HEAD", "/u/" + ServerFixture.token) }
        #expect(response.status == 200)
        #expect(response.body.isEmpty)
        #expect(fixture.recorded.isEmpty)
    }

    @Test(arguments: [
        ("application/x-www-form-urlencoded", "List-Unsubscribe=One-Click"),
        ("application/x-www-form-urlencoded; charset=utf-8", "a=b&List%2DUnsubscribe=One%2dClick"),
        (
            "multipart/form-data; boundary=xyz",
            "--xyz\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--xyz--\r\n"
        ),
        (
            "multipart/form-data; boundary=\"x y\"",
            "--x y\r\nContent-Type: text/plain\r\ncontent-disposition: form-data; name=List-Unsubscribe\r\n\r\nOne-Click\r\n"
                + "--x y--"
        ),
    ])
    func `a one-click POST is recorded and answered without a page`(type: String, body: String) async throws {
        let fixture = ServerFixture()
        let response = try await fixture.serve {
            try $0.form("/u/" + ServerFixture.token, body, headers: ["Content-Type": type])
        }
        #expect(response.status == 200)
        #expect(response.body == "unsubscribed\n")
        #expect(response.headers["location"] == nil)
        #expect(response.headers["set-cookie"] == nil)
        #expect(fixture.recorded == [ServerFixture.token])
    }

    @Test func `the link of a test message works, and says that there is nothing to unsubscribe from`() async throws {
        let fixture = ServerFixture()
        let (page, click) = try await fixture.serve { client in
            let path = "/u/" + ServerFixture.testToken
            return (try client.request("GET", path), try client.form(path, "List-Unsubscribe=One-Click"))
        }
        #expect(page.status == 200)
        #expect(page.body.contains("Ce lien fonctionne"))
        #expect(!page.body.contains("<form"))
        #expect(click.status == 200)
        #expect(click.body == "a test message: nothing was changed\n")
    }

    @Test func `a one-click POST may be repeated`() async throws {
        let fixture = ServerFixture()
        let statuses = try await fixture.serve { client in
            try (0..<3).map { _ in
                try client.form("/u/" + ServerFixture.token, "List-Unsubscribe=One-Click").status
            }
        }
        #expect(statuses == [200, 200, 200])
    }

    @Test func `the page's own button leads to a page that says so`() async throws {
        let fixture = ServerFixture()
        let (done, again) = try await fixture.serve { client in
            let done = try client.form("/u/" + ServerFixture.token, "confirm=yes", headers: ["Accept-Language": "en"])
            return (done, try client.request("GET", "/u/" + ServerFixture.token, headers: ["Accept-Language": "en"]))
        }
        #expect(done.status == 200)
        #expect(done.body.contains("You are unsubscribed"))
        #expect(again.body.contains("You are unsubscribed"))
        #expect(fixture.recorded == [ServerFixture.token])
    }

    @Test(arguments: ["", "x=y", "List-Unsubscribe=One-Click-Not", "confirm=no", "%zz=%", "="])
    func `a POST that asks for neither records nothing and offers the button`(body: String) async throws {
        let fixture = ServerFixture()
        let response = try await fixture.serve { try $0.form("/u/" + ServerFixture.token, body) }
        #expect(response.status == 400)
        #expect(response.body.contains("<button"))
        #expect(fixture.recorded.isEmpty)
    }

    @Test(arguments: [
        "/u/" + String(ServerFixture.token.reversed()), "/u/" + ServerFixture.token.uppercased(), "/u/short",
        "/u/" + String(repeating: "a", count: 129), "/u/..%2f..%2fetc%2fpasswd",
        "/u/%00%00%00%00%00%00%00%00%00%00%00%00",
    ])
    func `a link that is not ours is a page without information`(path: String) async throws {
        let fixture = ServerFixture()
        let (asked, posted) = try await fixture.serve { client in
            (try client.request("GET", path), try client.form(path, "List-Unsubscribe=One-Click"))
        }
        for response in [asked, posted] {
            #expect(response.status == 404)
            #expect(response.body.contains("This link is not valid"))
            #expect(!response.body.contains("Acme"))
        }
        #expect(fixture.recorded.isEmpty)
    }

    @Test func `a store that does not answer is a 503 that says nothing was changed`() async throws {
        let fixture = ServerFixture()
        let response = try await fixture.serve {
            try $0.form("/u/" + ServerFixture.brokenToken, "List-Unsubscribe=One-Click")
        }
        #expect(response.status == 503)
        #expect(response.headers["retry-after"] != nil)
        #expect(response.body.contains("Nothing was changed"))
    }

    @Test(arguments: [
        ("de-AT,de;q=0.9,en;q=0.5", "Abmelden"), ("en", "Unsubscribe"), ("fr;q=0.4, en;q=0.8", "Unsubscribe"),
        ("fr", "Se désabonner"), ("ja", "Abmelden"), ("", "Abmelden"), ("de;q=0, en;q=0.1", "Unsubscribe"),
    ])
    func `the page speaks the browser's language, else the mail's`(header: String, button: String) async throws {
        let response = try await ServerFixture().serve {
            try $0.request("GET", "/u/" + ServerFixture.token, headers: ["Accept-Language": header])
        }
        #expect(response.body.contains(">\(button)</button>"))
    }

    @Test func `the brand's name is text, whatever it holds`() async throws {
        let response = try await ServerFixture().serve { try $0.request("GET", "/u/" + ServerFixture.token) }
        #expect(response.body.contains("Acme &lt;Garden&gt; &amp; Söhne"))
        #expect(!response.body.contains("<Garden>"))
    }
}
