import Runner
import Testing

@Suite("The name of a link that was followed")
struct NamedLinkTests {
    private static let links = [
        NamedLink(name: "invite", address: "https://acme.example/invite"),
        NamedLink(name: "own", address: "https://acme.example/p/<<contact.id>>?a=1&amp;b=<<contact.seats>>"),
        NamedLink(name: "any", address: "https://acme.example/p/<<contact.id>>"),
        NamedLink(name: "one", address: "https://two.example/<<contact.id>>"),
        NamedLink(name: "two", address: "https://two.example/<<contact.plan>>"),
    ]

    @Test(
        arguments: [
            ("https://acme.example/invite", "invite"), ("https://acme.example/invite/", nil),
            // Two fit: the one that says more of the address.
            ("https://acme.example/p/17?a=1&b=3", "own"), ("https://acme.example/p/17", "any"),
            // Two say as much: nobody knows which.
            ("https://two.example/x", nil), ("https://other.example/", nil), ("", nil),
        ] as [(String, String?)])
    func `is that of the link which fits best`(address: String, name: String?) {
        #expect(NamedLink.name(of: address, among: Self.links) == name)
        #expect(NamedLink.name(of: address, among: Self.links.reversed()) == name)
    }
}
