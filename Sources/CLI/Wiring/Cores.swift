import Dispatch
import Glibc
import RuleEngine

extension Workers {
    /// As many as the machine has cores for us.
    static let cores: Workers = {
        let count = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        guard count > 1 else { return .one }
        return Workers(count: count) { pieces, piece in
            DispatchQueue.concurrentPerform(iterations: pieces, execute: piece)
        }
    }()
}
