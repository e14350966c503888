import Dispatch
import Glibc
import Synchronization

/// Answers that stay open by themselves, told when the server is about to end: it waits for whatever is still being
/// answered, and these would never be.
final class OpenStreams: Sendable {
    private struct State {
        var isEnding = false
        var enders: [@Sendable () -> Void] = []
    }

    private let state = Mutex(State())

    var isEnding: Bool { state.withLock { $0.isEnding } }

    /// - Parameter end: called once, when the server is about to end.
    func onEnd(_ end: @escaping @Sendable () -> Void) {
        state.withLock { $0.enders.append(end) }
    }

    func end() {
        let enders = state.withLock { state in
            defer { state.enders.removeAll() }
            state.isEnding = true
            return state.enders
        }
        for end in enders { end() }
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
