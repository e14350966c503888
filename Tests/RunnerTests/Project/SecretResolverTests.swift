import Channels
import Glibc
import Runner
import Testing

@Suite("Secrets")
struct SecretResolverTests {
    @Test func `an environment variable comes first`() throws {
        let resolver = SecretResolver(environment: ["CARILLON_SECRET_MAIL_PROD": "user:word"])
        #expect(try resolver.secret(named: "mail-prod").exposed == "user:word")
    }

    @Test func `a file that others can read is refused`() throws {
        let folder = "/tmp/carillon-secrets-\(getpid())"
        mkdir(folder, 0o700)
        defer {
            unlink(folder + "/mail")
            rmdir(folder)
        }
        let descriptor = open(folder + "/mail", O_CREAT | O_WRONLY | O_TRUNC, 0o600)
        _ = "user:word\n".withCString { write(descriptor, $0, strlen($0)) }
        close(descriptor)
        let resolver = SecretResolver(environment: ["CARILLON_SECRETS": folder])
        #expect(try resolver.secret(named: "mail").exposed == "user:word")
        chmod(folder + "/mail", 0o644)
        #expect(throws: SecretResolver.Failure.self) { try resolver.secret(named: "mail") }
    }

    @Test(arguments: ["../etc/passwd", "", "a/b", ".."])
    func `a name can't leave the folder`(name: String) {
        let resolver = SecretResolver(environment: ["CARILLON_SECRETS": "/tmp"])
        #expect(throws: SecretResolver.Failure.self) { try resolver.secret(named: name) }
    }

    @Test func `no description shows it`() throws {
        let secret = try SecretResolver(environment: ["CARILLON_SECRET_X": "hunter2"]).secret(named: "x")
        var dumped = ""
        dump(secret, to: &dumped)
        for text in ["\(secret)", String(reflecting: secret), dumped] {
            #expect(!text.contains("hunter2"))
        }
    }
}
