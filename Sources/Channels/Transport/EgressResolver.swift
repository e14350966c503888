import CCurlShim
import Glibc

/// Looks names up on a thread of its own, since the system's lookup blocks for as long as it likes.
final class EgressResolver: Sendable {
    enum Answer: Sendable {
        case addresses([EgressAddress])
        case failed(code: String)
    }

    /// Tests pass their own, to play a name server that changes its mind.
    typealias Lookup = @Sendable (_ host: String) -> Answer

    private let questions: Inbox<String?>

    init(lookup: @escaping Lookup, answer: @escaping @Sendable (Answer) -> Void) throws(ChannelSetupError) {
        let questions = try Inbox<String?>()
        self.questions = questions
        let worker = try WorkerThread {
            while true {
                let asked = questions.take()
                if asked.isEmpty {
                    questions.sleep()
                }
                for host in asked {
                    guard let host else {
                        return
                    }
                    answer(lookup(host))
                }
            }
        }
        // Nobody waits for a lookup that hangs; the thread ends behind it.
        worker.detach()
    }

    func ask(_ host: String) {
        questions.put([host])
    }

    func end() {
        questions.put([nil])
    }

    static let system: Lookup = { host in
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = Int32(AI_ADDRCONFIG)
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, nil, &hints, &list)
        defer {
            if let list {
                freeaddrinfo(list)
            }
        }
        guard code == 0 else {
            return .failed(code: code == EAI_AGAIN ? "lookup_failed" : "host_not_found")
        }
        var addresses: [EgressAddress] = []
        var entry = list
        while let current = entry {
            if let raw = current.pointee.ai_addr,
                let address = EgressAddress(raw, length: Int(current.pointee.ai_addrlen)), !addresses.contains(address)
            {
                addresses.append(address)
            }
            entry = current.pointee.ai_next
        }
        return addresses.isEmpty ? .failed(code: "host_not_found") : .addresses(addresses)
    }
}
