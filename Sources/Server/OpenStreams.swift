import Dispatch
import Glibc
import Synchronization

/// Answers that stay open by themselves, told when the server is about to end: it waits for whatever is still being
/// answered, and these would never be.
final class OpenStreams: Sendable {
    private let enders = Mutex<[@Sendable () -> Void]>([])

    /// - Parameter end: called once, when the server is about to end.
    func onEnd(_ end: @escaping @Sendable () -> Void) {
        enders.withLock { $0.append(end) }
    }

    func end() {
        let all = enders.withLock { enders in
            defer { enders.removeAll() }
            return enders
        }
        for end in all { end() }
    }

    /// Beside the server, which hears the same signals.
    func endOnSignal() {
        for number in [SIGTERM, SIGINT] {
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { [weak self] in
                self?.end()
                // It holds itself until then.
                source.cancel()
            }
            source.resume()
        }
    }
}
