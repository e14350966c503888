import Testing

@testable import Channels

struct EgressURLTests {
    private static let longest = "https://example.com/" + String(repeating: "a", count: 2028)

    @Test(arguments: [
        ("https://example.com", "https://example.com:443/"),
        ("https://example.com/", "https://example.com:443/"),
        ("HTTPS://Example.COM/Hook", "https://example.com:443/Hook"),
        ("https://example.com:443/hook", "https://example.com:443/hook"),
        ("https://example.com:8443/hook?a=b&c=%20d", "https://example.com:8443/hook?a=b&c=%20d"),
        ("https://example.com?a=b", "https://example.com:443/?a=b"),
        ("https://example.com/a:b@c", "https://example.com:443/a:b@c"),
        ("https://xn--bcher-kva.example/", "https://xn--bcher-kva.example:443/"),
        ("https://a.b.c.d.example.co.uk/x", "https://a.b.c.d.example.co.uk:443/x"),
        ("https://1password.example1/x", "https://1password.example1:443/x"),
        ("https://8.8.8.example/x", "https://8.8.8.example:443/x"),
        (longest, "https://example.com:443" + longest.dropFirst(19)),
    ])
    func `Public names over TLS are read and allowed`(text: String, normal: String) throws {
        let url = try EgressURL(text)
        try EgressGuard(allowsPrivate: false).check(url)
        try EgressGuard(allowsPrivate: true).check(url)
        #expect(url.text(target: url.target) == normal)
    }

    @Test(arguments: [
        (longest + "a", EgressURL.Fault.tooLong),
        ("", .badScheme), ("example.com", .badScheme), ("//example.com", .badScheme), ("https:", .badScheme),
        ("https:/example.com", .badScheme), ("https:example.com", .badScheme), ("ftp://example.com", .badScheme),
        ("file:///etc/passwd", .badScheme), ("gopher://example.com", .badScheme), ("dict://a.example:1/", .badScheme),
        ("javascript:alert(1)", .badScheme), ("data:text/plain,x", .badScheme), ("httpss://a.example", .badScheme),
        ("ldap://a.example", .badScheme), ("smtp://a.example", .badScheme), ("scp://a.example/x", .badScheme),
        ("://example.com", .badScheme), (":", .badScheme),
        (" https://example.com", .badCharacter), ("https://example.com ", .badCharacter),
        ("https://exa mple.com", .badCharacter), ("https://example.com/a b", .badCharacter),
        ("https://example.com/\r\nHost: a", .badCharacter), ("https://example.com/\n", .badCharacter),
        ("https://example.com/\0", .badCharacter), ("https://example.com\0.a.example", .badCharacter),
        ("https://example.com\\@127.0.0.1/", .badCharacter), ("https:\\\\example.com", .badCharacter),
        ("https://bücher.example", .badCharacter), ("https://example。com", .badCharacter),
        ("https://１２７.０.０.１", .badCharacter), ("https://ⓔxample.com", .badCharacter),
        ("https://example.com/ü", .badCharacter), ("https://exam\u{200B}ple.com", .badCharacter),
        ("https://example.com/\t", .badCharacter), ("https://example.com/\u{7F}", .badCharacter),
        ("https://user@example.com", .userInfo), ("https://user:pw@example.com", .userInfo),
        ("https://example.com@127.0.0.1", .userInfo), ("https://@example.com", .userInfo),
        ("https://example.com:443@127.0.0.1/", .userInfo), ("https://a@b@c.example/", .userInfo),
        ("https://example.com/#x", .fragment), ("https://example.com#@127.0.0.1/", .fragment),
        ("https://example.com?#", .fragment),
        ("https://", .badHost), ("https:///", .badHost), ("https:///etc/passwd", .badHost), ("https://:443/", .badHost),
        ("https://.", .badHost), ("https://.example.com", .badHost), ("https://example.com.", .badHost),
        ("https://example..com", .badHost), ("https://-example.com", .badHost), ("https://example-.com", .badHost),
        ("https://exa_mple.com", .badHost), ("https://example.com%2f", .badHost), ("https://%31%32%37.0.0.1", .badHost),
        ("https://exa*mple.com", .badHost), ("https://exa,mple.com", .badHost), ("https://a;b.example", .badHost),
        ("https://[", .badHost), ("https://[]", .badHost), ("https://[::1", .badHost), ("https://::1", .badHost),
        ("https://[127.0.0.1]", .badHost), ("https://[fe80::1%25eth0]", .badHost), ("https://[fe80::1%eth0]", .badHost),
        ("https://[::1]x", .badHost), ("https://[example.com]", .badHost), ("https://127.0.0.1.", .badHost),
        ("https://" + String(repeating: "a", count: 64) + ".example", .badHost),
        ("https://" + String(repeating: "a.", count: 130) + "example", .badHost),
        ("https://2130706433", .unusualAddress), ("https://0x7f000001", .unusualAddress),
        ("https://017700000001", .unusualAddress), ("https://0177.0.0.1", .unusualAddress),
        ("https://0x7f.0.0.1", .unusualAddress), ("https://127.1", .unusualAddress),
        ("https://127.0.1", .unusualAddress),
        ("https://127.0.0.01", .unusualAddress), ("https://127.0.0.0x1", .unusualAddress),
        ("https://0", .unusualAddress),
        ("https://0x0", .unusualAddress), ("https://1.2.3.4.5", .unusualAddress),
        ("https://256.256.256.256", .unusualAddress),
        ("https://example.123", .unusualAddress), ("https://example.0x", .unusualAddress),
        ("https://0X7F.1", .unusualAddress),
        ("https://4294967296", .unusualAddress), ("https://127.0.0.1.1", .unusualAddress),
        ("https://example.com:", .badPort), ("https://example.com:0", .badPort),
        ("https://example.com:65536", .badPort),
        ("https://example.com:-1", .badPort), ("https://example.com:+443", .badPort),
        ("https://example.com:44 3", .badCharacter),
        ("https://example.com:443:443", .badPort), ("https://example.com:0x1bb", .badPort),
        ("https://example.com:http", .badPort),
        ("https://example.com:000443", .badPort), ("https://[::1]:", .badPort), ("https://a.example:99999", .badPort),
    ])
    func `What could be read in two ways is refused`(text: String, fault: EgressURL.Fault) {
        #expect(throws: fault) { try EgressURL(text) }
    }

    @Test(arguments: [
        ("http://example.com/", EgressURL.Fault.plainHTTP), ("http://example.com:443/", .plainHTTP),
        ("https://example.com:80/", .portRefused), ("https://example.com:22/", .portRefused),
        ("https://example.com:25/", .portRefused), ("https://example.com:6379/", .portRefused),
        ("https://example.com:65535/", .portRefused), ("https://example.com:444/", .portRefused),
        ("https://localhost/", .privateRefused), ("https://LOCALHOST/", .privateRefused),
        ("https://a.localhost/", .privateRefused), ("http://localhost:8080/", .privateRefused),
        ("https://127.0.0.1/", .literalRefused), ("https://8.8.8.8/", .literalRefused),
        ("https://10.0.0.1/", .literalRefused), ("https://169.254.169.254/latest/", .literalRefused),
        ("https://[::1]/", .literalRefused), ("https://[::ffff:127.0.0.1]/", .literalRefused),
        ("https://[2606:4700::1111]/", .literalRefused), ("https://[fd00::1]:8443/", .literalRefused),
        ("https://0.0.0.0/", .literalRefused), ("https://192.168.1.1/", .literalRefused),
    ])
    func `A channel for public receivers refuses the rest before it looks a name up`(
        text: String,
        fault: EgressURL.Fault
    ) throws {
        let url = try EgressURL(text)
        #expect(throws: fault) { try EgressGuard(allowsPrivate: false).check(url) }
    }

    @Test(arguments: [
        "http://127.0.0.1:8080/", "https://127.0.0.1/", "http://10.1.2.3:9000/x", "http://[::1]:8080/",
        "https://[fd00::1]/", "http://192.168.1.1/", "http://172.16.0.1/", "http://100.64.0.1/",
        "http://localhost:3000/", "http://receiver.internal:3000/", "https://receiver.internal:9443/",
    ])
    func `A channel that allows private receivers takes them by number, without TLS and on any port`(
        text: String
    ) throws {
        try EgressGuard(allowsPrivate: true).check(EgressURL(text))
    }

    @Test(arguments: [
        ("https://8.8.8.8/", EgressURL.Fault.literalRefused), ("http://1.1.1.1/", .literalRefused),
        ("http://169.254.169.254/latest/meta-data/", .addressRefused), ("http://0.0.0.0/", .addressRefused),
        ("http://[::]/", .addressRefused), ("http://[::ffff:127.0.0.1]/", .addressRefused),
        ("http://[fe80::1]/", .addressRefused), ("http://224.0.0.1/", .addressRefused),
        ("http://[fd00:ec2::254]/", .addressRefused), ("http://100.100.100.200/", .addressRefused),
        ("http://255.255.255.255/", .addressRefused), ("https://[2606:4700::1111]/", .literalRefused),
    ])
    func `Even then, metadata services and public numbers are refused`(text: String, fault: EgressURL.Fault) throws {
        let url = try EgressURL(text)
        #expect(throws: fault) { try EgressGuard(allowsPrivate: true).check(url) }
    }

    @Test(arguments: [
        (["8.8.8.8"], false, "https://a.example", nil as EgressURL.Fault?),
        (["8.8.8.8", "2606:4700::1111"], false, "https://a.example", nil),
        (["8.8.8.8", "10.0.0.1"], false, "https://a.example", .privateRefused),
        (["8.8.8.8", "::1"], false, "https://a.example", .privateRefused),
        (["8.8.8.8", "169.254.169.254"], true, "https://a.example", .addressRefused),
        (["10.0.0.1"], true, "http://a.example:3000", nil),
        (["10.0.0.1", "8.8.8.8"], true, "http://a.example", .plainHTTP),
        (["8.8.8.8"], true, "https://a.example:3000", .portRefused),
        (["8.8.8.8"], true, "https://a.example", nil),
    ])
    func `One forbidden address refuses a name`(
        addresses: [String],
        allowsPrivate: Bool,
        url: String,
        fault: EgressURL.Fault?
    ) throws {
        let url = try EgressURL(url)
        let addresses = try addresses.map { try #require(EgressAddress($0)) }
        var seen: EgressURL.Fault?
        do throws(EgressURL.Fault) {
            try EgressGuard(allowsPrivate: allowsPrivate).check(addresses, for: url)
        } catch {
            seen = error
        }
        #expect(seen == fault)
    }
}
