import Testing

@testable import Channels

struct EgressAddressTests {
    /// Both ends of every block of the table, and the neighbours outside.
    @Test(arguments: [
        ("0.0.0.0", "closed"), ("0.255.255.255", "closed"), ("1.0.0.0", "open"), ("1.1.1.1", "open"),
        ("9.255.255.255", "open"), ("10.0.0.0", "local"), ("10.255.255.255", "local"), ("11.0.0.0", "open"),
        ("100.63.255.255", "open"), ("100.64.0.0", "local"), ("100.127.255.255", "local"), ("100.128.0.0", "open"),
        ("100.100.100.199", "local"), ("100.100.100.200", "closed"), ("100.100.100.201", "local"),
        ("126.255.255.255", "open"), ("127.0.0.0", "local"), ("127.0.0.1", "local"), ("127.255.255.255", "local"),
        ("128.0.0.0", "open"), ("168.63.129.15", "open"), ("168.63.129.16", "closed"), ("169.253.255.255", "open"),
        ("169.254.0.0", "closed"), ("169.254.169.254", "closed"), ("169.254.255.255", "closed"),
        ("169.255.0.0", "open"), ("172.15.255.255", "open"), ("172.16.0.0", "local"), ("172.31.255.255", "local"),
        ("172.32.0.0", "open"), ("191.255.255.255", "open"), ("192.0.0.0", "closed"), ("192.0.0.255", "closed"),
        ("192.0.1.0", "open"), ("192.0.2.0", "closed"), ("192.0.2.255", "closed"), ("192.0.3.0", "open"),
        ("192.88.98.255", "open"), ("192.88.99.0", "closed"), ("192.88.99.255", "closed"), ("192.88.100.0", "open"),
        ("192.167.255.255", "open"), ("192.168.0.0", "local"), ("192.168.255.255", "local"), ("192.169.0.0", "open"),
        ("198.17.255.255", "open"), ("198.18.0.0", "closed"), ("198.19.255.255", "closed"), ("198.20.0.0", "open"),
        ("198.51.99.255", "open"), ("198.51.100.0", "closed"), ("198.51.100.255", "closed"),
        ("198.51.101.0", "open"), ("203.0.112.255", "open"), ("203.0.113.0", "closed"),
        ("203.0.113.255", "closed"), ("203.0.114.0", "open"), ("223.255.255.255", "open"), ("224.0.0.0", "closed"),
        ("239.255.255.255", "closed"), ("240.0.0.0", "closed"), ("255.255.255.255", "closed"),
    ])
    func `IPv4 addresses have the reach of their block`(address: String, reach: String) throws {
        #expect("\(try #require(EgressAddress(address)).reach)" == reach)
    }

    @Test(arguments: [
        ("::", "closed"), ("::1", "local"), ("::2", "closed"), ("::7f00:1", "closed"), ("::ffff:127.0.0.1", "closed"),
        ("::ffff:8.8.8.8", "closed"), ("::ffff:0:0", "closed"), ("64:ff9b::1", "closed"),
        ("64:ff9b::8.8.8.8", "closed"), ("64:ff9b:1::", "closed"), ("64:ff9b:1:ffff::", "closed"),
        ("64:ff9b:2::", "closed"), ("100::", "closed"), ("100::ffff:ffff:ffff:ffff", "closed"),
        ("100:0:0:1::", "closed"), ("1fff:ffff::", "closed"), ("2000::", "open"), ("2001::", "closed"),
        ("2001:1ff:ffff::", "closed"), ("2001:200::", "open"), ("2001:db7:ffff::", "open"),
        ("2001:db8::", "closed"), ("2001:db8:ffff:ffff::1", "closed"), ("2001:db9::", "open"),
        ("2001:4860:4860::8888", "open"), ("2002::", "closed"), ("2002:7f00:1::", "closed"),
        ("2002:ffff::", "closed"), ("2003::", "open"), ("2606:4700::1111", "open"), ("3ffe::", "open"),
        ("3fff::", "closed"), ("3fff:fff::", "closed"), ("3fff:1000::", "open"), ("4000::", "closed"),
        ("5f00::1", "closed"), ("fbff::", "closed"), ("fc00::", "local"), ("fd00::1", "local"),
        ("fd00:ec2::254", "closed"), ("fdff:ffff::", "local"), ("fe00::", "closed"), ("fe80::1", "closed"),
        ("febf::1", "closed"), ("fec0::1", "closed"), ("ff00::", "closed"), ("ff02::1", "closed"),
        ("ffff:ffff::", "closed"),
    ])
    func `IPv6 addresses have the reach of their block`(address: String, reach: String) throws {
        #expect("\(try #require(EgressAddress(address)).reach)" == reach)
    }

    @Test(arguments: [
        "", "1", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "0x7f.0.0.1", "127.1", "2130706433", " 127.0.0.1",
        "127.0.0.1 ", "fe80::1%eth0", ":::", "1::2::3", "12345::", "localhost", "127.0.0.1\0.example.com",
    ])
    func `Only plain notation is an address`(text: String) {
        #expect(EgressAddress(text) == nil)
    }

    @Test(arguments: ["127.0.0.1", "255.255.255.255", "::1", "2001:db8::1", "fe80::1:2:3"])
    func `An address is written as it is read`(text: String) {
        #expect(EgressAddress(text)?.description == text)
    }
}
