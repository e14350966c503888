import CCurlShim
import Glibc
import Synchronization

/// Hands values to a thread that sleeps in `poll`: a locked array, and a descriptor that is written to only if the
/// thread sleeps.
final class Inbox<Element: Sendable>: Sendable {
    private struct State {
        var waiting: [Element] = []
        var isAsleep = false
    }

    private let state = Mutex(State())
    /// Readable when something came while the thread slept.
    let descriptor: Int32

    init() throws(ChannelSetupError) {
        descriptor = carillon_wake_descriptor()
        guard descriptor >= 0 else {
            throw ChannelSetupError(message: "can't open a wake-up descriptor (error \(errno))")
        }
    }

    deinit {
        close(descriptor)
    }

    func put(_ elements: some Sequence<Element>) {
        let wakes = state.withLock { state in
            state.waiting.append(contentsOf: elements)
            defer { state.isAsleep = false }
            return state.isAsleep
        }
        if wakes {
            wake()
        }
    }

    func wake() {
        var one: UInt64 = 1
        _ = write(descriptor, &one, 8)
    }

    /// Takes all there is. If there is nothing, the thread counts as asleep from here on: go to `poll` next.
    func take() -> [Element] {
        state.withLock { state in
            let taken = state.waiting
            state.waiting = []
            state.isAsleep = taken.isEmpty
            return taken
        }
    }

    /// Takes back a wake-up after `poll` said there is one.
    func drainWakeUps() {
        var count: UInt64 = 0
        _ = read(descriptor, &count, 8)
    }

    /// Sleeps until something comes. For threads that wait for nothing else.
    func sleep() {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        _ = poll(&entry, 1, -1)
        drainWakeUps()
    }
}
