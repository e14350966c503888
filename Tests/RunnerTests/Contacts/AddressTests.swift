import Runner
import Testing

struct AddressTests {
    @Test(arguments: [
        ("anna@example.com", "anna@example.com"), (" Anna.B+x@EXAMPLE.Com ", "Anna.B+x@example.com"),
        ("o'neill@example.com", "o'neill@example.com"), ("kai@Bücher.example", "kai@xn--bcher-kva.example"),
        ("kai@bu\u{308}cher.example", "kai@xn--bcher-kva.example"), ("用户@例え.example", "用户@xn--r8jz45g.example"),
        ("a@例え。example", "a@xn--r8jz45g.example"),
    ])
    func `email addresses get one form`(_ typed: String, _ expected: String) {
        #expect(AddressNormalizer().normalize(kind: "email", typed) == .success(expected))
    }

    @Test(arguments: [
        ("anna", "it has no `@`"), ("@example.com", "nothing stands before the `@`"),
        ("a@", "nothing stands after the `@`"),
        ("a@b@example.com", "it has more than one `@`"), ("a b@example.com", "it holds a space"),
        ("a@example", "its domain has no dot"), ("a@example..com", "a dot in the domain has nothing on one side"),
        ("a..b@example.com", "a dot stands at the beginning or beside another one"),
        (".a@example.com", "a dot stands at the beginning or beside another one"),
        ("a.@example.com", "a dot stands before the `@`"), ("Anna <a@example.com>", "it holds a space"),
        ("<a@example.com>", "`<` can't stand before the `@`"), ("a@exam_ple.com", "`_` can't stand in a domain"),
        ("a@-example.com", "a part of the domain begins or ends with a hyphen"),
        ("a@192.168.0.1", "its domain ends in a number"),
        ("a\u{200B}b@example.com", "it holds a character that does not show"),
        (String(repeating: "a", count: 65) + "@example.com", "the part before the `@` is longer than 64 bytes"),
    ])
    func `what is no email address is told why`(_ typed: String, _ message: String) {
        guard case .failure(let fault) = AddressNormalizer().normalize(kind: "email", typed) else {
            Issue.record("accepted")
            return
        }
        #expect(fault.message == message)
    }

    @Test(
        arguments: [
            ("+49 30 1234567", nil, "+49301234567"), ("+49 (0)30/123-4567", nil, "+49301234567"),
            ("0049 30 1234567", nil, "+49301234567"), ("030 1234567", "DE", "+49301234567"),
            ("06 1 234 5678", "HU", "+3612345678"), ("02 1234 5678", "IT", "+390212345678"),
            ("(212) 555-0123", "US", "+12125550123"), ("1 212 555 0123", "US", "+12125550123"),
            ("011 49 30 1234567", "US", "+49301234567"),
        ] as [(String, String?, String)]
    )
    func `phone numbers come out in E 164`(_ typed: String, _ region: String?, _ expected: String) {
        let normalizer = AddressNormalizer(region: region.flatMap(CallingCodes.region))
        #expect(normalizer.normalize(kind: "phone", typed) == .success(expected))
    }

    @Test(arguments: [
        ("030 1234567", "it has no country calling code"), ("+49 30", "it is too short"),
        ("+4930123456789012", "it has more than 15 digits"), ("+999 1234567", "no country has its calling code"),
        ("call me", "it holds something that is neither a digit nor a separator"),
    ])
    func `what is no phone number is told why`(_ typed: String, _ message: String) {
        guard case .failure(let fault) = AddressNormalizer().normalize(kind: "phone", typed) else {
            Issue.record("accepted")
            return
        }
        #expect(fault.message == message)
    }

    /// One number is one person, whatever comes to it: who says STOP to a text is not called either.
    @Test(arguments: ["sms", "mms", "rcs", "voice", "voice_live", "voice_recorded"])
    func `whatever goes to a number is of the phone`(_ kind: String) {
        #expect(AddressNormalizer.kind(ofChannel: kind) == "phone")
        #expect(AddressNormalizer.kinds.allSatisfy { AddressNormalizer.kind(ofChannel: $0) == $0 })
    }

    @Test func `a hash doesn't depend on letter case, and does on key and kind`() {
        let hasher = AddressHasher(DataKey(bytes: Array(repeating: 1, count: 32)))
        let other = AddressHasher(DataKey(bytes: Array(repeating: 2, count: 32)))
        let key = hasher.key(kind: "email", "anna@example.com")
        #expect(key.count == 16)
        #expect(key == hasher.key(kind: "email", "Anna@example.com"))
        #expect(key != hasher.key(kind: "webchat", "anna@example.com"))
        #expect(key != other.key(kind: "email", "anna@example.com"))
        #expect(hasher.key(kind: "email", "É@example.com") == hasher.key(kind: "email", "e\u{301}@example.com"))
    }
}
