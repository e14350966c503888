import Glibc

/// A thread of our own. What blocks (sockets, files, name lookup) runs here and never in a task, since the pool of
/// tasks has only as many threads as the machine has cores.
package final class WorkerThread: @unchecked Sendable {
    // `thread` is written once, before `init` returns, and read only by `join` and `detach`.
    private var thread = pthread_t()

    package init(_ body: @escaping @Sendable () -> Void) throws(ChannelSetupError) {
        let box = Unmanaged.passRetained(Body(body))
        let code = pthread_create(
            &thread, nil,
            { raw in
                guard let raw else {
                    return nil
                }
                // Writing to a closed connection must be an error for us and not the end of the process. Blocking
                // the signal here leaves the rest of the process as it was.
                var blocked = sigset_t()
                sigemptyset(&blocked)
                sigaddset(&blocked, SIGPIPE)
                pthread_sigmask(SIG_BLOCK, &blocked, nil)
                Unmanaged<Body>.fromOpaque(raw).takeRetainedValue().run()
                return nil
            }, box.toOpaque())
        if code != 0 {
            box.release()
            throw ChannelSetupError(message: "can't start a thread (error \(code))")
        }
    }

    /// Waits for the thread to end. Once only.
    package func join() {
        pthread_join(thread, nil)
    }

    /// Lets the thread end by itself. For a thread that may hang in a call that nothing can cut short.
    package func detach() {
        pthread_detach(thread)
    }

    private final class Body: Sendable {
        let run: @Sendable () -> Void

        init(_ run: @escaping @Sendable () -> Void) {
            self.run = run
        }
    }
}
