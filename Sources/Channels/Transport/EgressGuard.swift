/// Decides where requests to an address that a user named may go.
///
/// A public address is reached by name, over TLS, on the port 443 or 8443. Private ones are refused unless the
/// channel allows them; then they may be named by number, without TLS, on any port.
struct EgressGuard: Sendable {
    let allowsPrivate: Bool
    /// Public addresses that are ours all the same: the machine's own.
    var refused: Set<EgressAddress> = []

    /// What can be said before the name is looked up.
    func check(_ url: EgressURL) throws(EgressURL.Fault) {
        if let literal = url.literal {
            guard allowsPrivate else {
                throw .literalRefused
            }
            try check(literal, for: url)
        } else if !allowsPrivate {
            if url.host == "localhost" || url.host.hasSuffix(".localhost") {
                throw .privateRefused
            }
            try checkPublic(url)
        }
    }

    /// One forbidden address among a name's addresses refuses them all: which one is used would be chance.
    func check(_ addresses: [EgressAddress], for url: EgressURL) throws(EgressURL.Fault) {
        for address in addresses {
            try check(address, for: url)
        }
    }

    func check(_ address: EgressAddress, for url: EgressURL) throws(EgressURL.Fault) {
        switch address.reach {
        case .closed:
            throw .addressRefused
        case .local:
            guard allowsPrivate else {
                throw .privateRefused
            }
        case .open where !allowsPrivate && refused.contains(address):
            throw .addressRefused
        case .open:
            guard url.literal == nil else {
                throw .literalRefused
            }
            try checkPublic(url)
        }
    }

    private func checkPublic(_ url: EgressURL) throws(EgressURL.Fault) {
        guard url.isSecure else {
            throw .plainHTTP
        }
        guard url.port == 443 || url.port == 8443 else {
            throw .portRefused
        }
    }
}
