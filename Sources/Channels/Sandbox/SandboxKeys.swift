package import Crypto
package import CryptoExtras
import FoundationEssentials

/// The key pairs of the sandbox. They stand here for everybody to read, so they prove nothing but that a sandbox is
/// spoken to: a project takes them only where a command was given `--sandbox`.
package enum SandboxKeys {
    /// With this the sandbox signs as Amazon does, and Vonage's applications log in to it.
    package static let rsa: _RSA.Signing.PrivateKey? = Base64Text.decode(rsaKey.filter { !$0.isWhitespace })
        .flatMap { try? _RSA.Signing.PrivateKey(derRepresentation: Data($0)) }

    /// With this the sandbox signs as SendGrid does.
    package static let curve: P256.Signing.PrivateKey? = try? P256.Signing.PrivateKey(
        rawRepresentation: Data(SHA256.hash(data: Array("carillon sandbox".utf8)))
    )

    /// The certificate of the RSA key, in PEM.
    package static let certificate = "-----BEGIN CERTIFICATE-----\n\(certificateText)\n-----END CERTIFICATE-----\n"

    private static let rsaKey = """
        MIIEpAIBAAKCAQEAy85V3daKs1UTEyoaFEyberQ3HPeL8A2ho0VpJwF0Azi810Wc4/h5kYViRLHzHinqstht1l4vNWQlTGIs43TS
        y90+ygWyLAZI5mIRjbi72y9S92DMzjk/3l89kLJBl11z70klL82l95C6AEa8UPvAWkR03KwVsc3lb+63vgBKHT8jxBB3AFaIMjY2
        aWuO5GuWt03fb5Ur7llDIuTsPqqxiirBT3E01Jc/sdmTVc045qIXy/wi9GeVnYwhix9dNnTFO1kSiwZFG8xX+8H/tB4dL65sNID/
        fc8yGyZXbCv9wYQxdW3BCRrXX5tP23/GmgDIZQTdInUMlbXE0oa2Kc9N3QIDAQABAoIBAAJjp1OWdEuo/m9UnrfNlrn1iHEafnMG
        nUT0br7X210+TfX7zlK/F+Zfm3oVxJfgtBOsrKRauCiAYyIDpdxNZbFmJRBztPNUtuphbwUYKVQ/kNuWMHfbrmuxk/0JqLbiyx+c
        j0v33OqLnaeItpqdrKITgiUQcdu97ApblXeOTZ7l02Ex79lfEwlMpTd5BZISjqUYYPnB/9nw2vwQKD9k0+WU7eMcYmEmBUV/MA6z
        2DRyoIvFkHh0KWqpBUkGUrBuhCIsqzIi41cZiAYeC6kac3tTJDwp4pf969Ev3WY2v7gQZ0aOGaATgBpLdcUFVXexpQXl0rEwY0Vi
        MdkW560O6IECgYEA9qIRsjGlM5lz/06TMCLkpuMXrLzsYQu3eYlZ9tmSu02P41fo5h+6uPUb8cfPRn1u3t41Bizvt06jHfJa0F70
        8+wiTTda8AwWl9ItFqIfhWOFUAHnAD9syhK8PK984nM72LMBN/uphJmGQAWbYpzBrsdp5H45AVYMuiXr4MXNF4kCgYEA04vfdXrh
        RyTpQiNTkBBTIPNlfSKmADeX14tffN/3zQoyKbfTk0vY2W3ZnVYmS4Ix3bRG4L70BATli+LRQX4BUifip8nMkgPv3ZnfXWjytdwz
        61IWXIeETXgQw+zSCcKAv9WmZpjos/uKOWb0EVIfsbUOum6C8Gmd0K3+idfr2rUCgYEA7cwEDfDqHR9HBZHoPtBV8Ecja4zYyRU3
        +ToigOz1Gh1Fr+jyCPfs3CqQoAWMZ6XHQaG0NFkdZHuwsM4dG62CtrElvZey2aJ+IjInARyeEcmMH0FGTinZJdj8n/KAEgMTX/Pw
        J99BajVwiMgfMux7np5tDj9ZjV0/djfb/2QYRCkCgYBlWkNiftAGDPowtMopYJjjVZnPPVV5DymRnHXQV2Ha+8KS2D7m+FTZv1ae
        mhLY5HTNurymmvZAIrRzs+T70soBOZjPONDpODeo3Tr1/v0iAnFhkj+ib08E6rxlkkYDZQvYXR1PVH1RFffgjqHq1oTW2F9JFP9o
        /cEdpO8pzahzbQKBgQCDayRFzaOBQvm2wzTB0Pr81+exGQD4Usokz/8ZA7N3NR67J9aGAa7D/VryC9dP2AFinfrSuUIq1D/UeRyx
        a9aDmby9JEpX3PfV/bB6a42hiYBjzWw8GNuQN3t9wb9GaMO52ZLUCcbZrqm8VyCQP1SRbZB2bM1idOomb0UNAWwLTQ==
        """

    private static let certificateText = """
        MIICsjCCAZoCAQEwDQYJKoZIhvcNAQELBQAwHjEcMBoGA1UEAwwTc25zLnNhbmRi
        b3guZXhhbXBsZTAgFw0yMDAxMDEwMDAwMDBaGA8yMDcwMDEwMTAwMDAwMFowHjEc
        MBoGA1UEAwwTc25zLnNhbmRib3guZXhhbXBsZTCCASIwDQYJKoZIhvcNAQEBBQAD
        ggEPADCCAQoCggEBAMvOVd3WirNVExMqGhRMm3q0Nxz3i/ANoaNFaScBdAM4vNdF
        nOP4eZGFYkSx8x4p6rLYbdZeLzVkJUxiLON00svdPsoFsiwGSOZiEY24u9svUvdg
        zM45P95fPZCyQZddc+9JJS/NpfeQugBGvFD7wFpEdNysFbHN5W/ut74ASh0/I8QQ
        dwBWiDI2NmlrjuRrlrdN32+VK+5ZQyLk7D6qsYoqwU9xNNSXP7HZk1XNOOaiF8v8
        IvRnlZ2MIYsfXTZ0xTtZEosGRRvMV/vB/7QeHS+ubDSA/33PMhsmV2wr/cGEMXVt
        wQka11+bT9t/xpoAyGUE3SJ1DJW1xNKGtinPTd0CAwEAATANBgkqhkiG9w0BAQsF
        AAOCAQEAjQ/ZLKJHZwVXcRhhx5KCgVDfyoV0kh7icx9N+iQ+0WIhq4bWvcXvJmTS
        PJxQjPqZApSqWFip8ZTI6zA+WHJ60ex5BIex33UHFIQV73DAyca9p0Lva++wQdtG
        iEl6g5knAn/XsG21lzF2FKHG8jUaHhgQI77D/SW0Qn/+akp8J+uzcxJh46MfRqiT
        jAffqj073AeGhyoljAQ5OoLt/ajT2lvw2btl8GvdmHP1ZJR47KzEqM+IGXak5BxG
        PXhxHQOPovgyUuNSNIwKALAzGFBL60R/cynHX0AJhSn0Iv3WDwnZVqRCDFLy0dZG
        vFUWocdK9VH++H5ARzygR6I0QFJ2wQ==
        """
}
