/// Addresses that a hostile user might name to reach what only this machine can reach. None of them may lead to a lookup
/// or to a connection.
enum EgressCorpus {
    static let all: [String] = notations + forms + hosts + ports + schemes

    /// 127.0.0.1, a private network and the metadata service, in the notations that some reader of URLs takes.
    private static let notations: [String] = [
        "127.0.0.1", "127.1", "127.0.1", "127.000.000.001", "0127.0.0.1", "0177.0.0.1", "0177.0.0.01", "00177.0.0.1",
        "0x7f.0.0.1", "0x7f.1", "0x7F.0x0.0x0.0x1", "0x7f000001", "0X7F000001", "0x0000007f000001", "2130706433",
        "02130706433", "017700000001", "0017700000001", "4294967295", "4294967296", "6425673729", "0", "0.0", "0.0.0.0",
        "00.00.00.00", "0x0", "127.255.255.254", "127.127.127.127", "10.0.0.1", "10.1", "0xa000001", "167772161",
        "012.0.0.1", "172.16.0.1", "172.16.1", "0xac100001", "2886729729", "172.31.255.255", "192.168.0.1", "192.168.1",
        "0xc0a80001", "3232235521", "030052000001", "169.254.169.254", "169.254.43518", "0xa9fea9fe", "2852039166",
        "025177524776", "0251.0376.0251.0376", "0xa9.0xfe.0xa9.0xfe", "169.254.170.2", "100.64.0.1", "100.100.100.200",
        "168.63.129.16", "192.0.0.192", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "8.8.8.8",
        "[::]", "[::1]", "[0:0:0:0:0:0:0:1]", "[0000:0000:0000:0000:0000:0000:0000:0001]", "[::127.0.0.1]",
        "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::ffff:0:127.0.0.1]", "[0:0:0:0:0:ffff:127.0.0.1]",
        "[::ffff:169.254.169.254]", "[::ffff:a9fe:a9fe]", "[64:ff9b::7f00:1]", "[64:ff9b::169.254.169.254]",
        "[64:ff9b:1::1]", "[2002:7f00:1::]", "[2002:a9fe:a9fe::]", "[2001::1]", "[2001:db8::1]", "[fc00::1]",
        "[fd00::1]", "[fd00:ec2::254]", "[fe80::1]", "[fe80::1%25lo]", "[fe80::1%lo]", "[ff02::1]", "[100::1]",
        "[2606:4700:4700::1111]", "[::1]]", "[[::1]]", "[::1%00]", "[v1.x]", "[127.0.0.1]", "[1]", "::1",
    ].map { "https://\($0)/" }

    /// One address to us and another to the next reader.
    private static let forms: [String] = [
        "https://good.example@127.0.0.1/", "https://127.0.0.1@good.example/", "https://good.example:pw@127.0.0.1/",
        "https://@127.0.0.1/", "https://good.example%40127.0.0.1/", "https://good.example\\@127.0.0.1/",
        "https://good.example\\.127.0.0.1/", "https://127.0.0.1\\good.example/", "https:\\\\127.0.0.1/",
        "https:///127.0.0.1/", "https:////127.0.0.1/", "https:/127.0.0.1/", "https:127.0.0.1/", "//127.0.0.1/",
        "https://good.example#@127.0.0.1/", "https://127.0.0.1#good.example/", "https://127.0.0.1?good.example/#",
        "https://good.example\t.evil.example/", "https://127.0.0.1\t/", "https://127.0.0.1\n/", "https://127.0.0.1 /",
        " https://127.0.0.1/", "https://127.0.0.1/\r\nHost: good.example", "https://good.example/\0",
        "https://127.0.0.1%00.good.example/", "https://127.0.0.1%2f@good.example/", "https://127.0.0.1%23/",
        "https://good.example%09/", "https://%6c%6f%63%61%6c%68%6f%73%74/", "https://%31%32%37.0.0.1/",
        "https://127。0。0。1/", "https://１２７.０.０.１/", "https://①②⑦.0.0.1/", "https://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/", "https://lоcalhost/",
        "https://loc\u{200B}alhost/", "https://local\u{AD}host/", "https://\u{202E}tsohlacol/",
        "https://127.0.0.1\u{FEFF}/",
        "https://good.example:443@127.0.0.1/", "https://good.example:443:80/", "https://user:@good.example/",
        "https://:@good.example/", "https://good.example,127.0.0.1/", "https://good.example;127.0.0.1/",
        "https://good.example|127.0.0.1/", "https://{127.0.0.1}/", "https://<127.0.0.1>/", "https://`127.0.0.1`/",
        "https://$(id)/", "https://good.example/a b", "https://good.example/é", "HTTPS://127.0.0.1/", "https://",
        "https://?", "https://#", "https://:443/", "https://.", "https://..", "https://good..example/", "", " ", "/",
        "?",
        "https:// good.example/", "https://*.example/", "https://good_name.example/", "https://-a.example/",
        "https://a-.example/", "https://good.example./", "https://localhost./", "https://127.0.0.1./",
    ]

    /// Names that lead home whatever a name server says of them.
    private static let hosts: [String] = [
        "localhost", "LOCALHOST", "LocalHost", "a.localhost", "a.b.localhost", "127.0.0.1.localhost",
        "localhost.localhost",
    ].flatMap { ["https://\($0)/", "https://\($0):8443/admin"] }

    private static let ports: [String] = [
        "80", "22", "25", "3306", "5432", "6379", "8080", "8087", "9200", "11211", "2375", "10250", "444", "0", "65536",
        "-1", "+443", "0x1bb", "000443", "443a", "", " 443", "99999999999999999999",
    ].map { "https://good.example:\($0)/" }

    private static let schemes: [String] = [
        "http", "ftp", "ftps", "file", "gopher", "dict", "ldap", "ldaps", "smb", "smtp", "imap", "pop3", "scp", "sftp",
        "telnet", "tftp", "rtsp", "mqtt", "ws", "wss", "data", "javascript", "jar", "netdoc", "php", "unix", "httpss",
    ].map { "\($0)://good.example/" }
}
