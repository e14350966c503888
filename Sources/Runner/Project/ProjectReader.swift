package import RuleEngine
import Synchronization

/// The project's files, compiled: read again when somebody asks a second later, and compiled again where they changed.
package final class ProjectReader: Sendable {
    private struct State {
        var readAt = -Double.infinity
        var digest: UInt64 = 0
        var files: [SourceFile] = []
        var result: Compiler.Result?
    }

    /// Seconds for which what was read counts.
    private static let freshness = 1.0

    package let folder: ProjectFolder
    private let environment: RunnerEnvironment
    private let catalog: @Sendable () throws -> Catalog
    private let workers: Workers
    private let state = Mutex(State())

    package init(
        folder: ProjectFolder, environment: RunnerEnvironment, workers: Workers,
        catalog: @escaping @Sendable () throws -> Catalog
    ) {
        self.folder = folder
        self.environment = environment
        self.workers = workers
        self.catalog = catalog
    }

    /// The files that `current` has compiled.
    package func files() throws -> [SourceFile] {
        try compiled().files
    }

    package func readCatalog() throws -> Catalog { try catalog() }

    /// One caller compiles, the others wait for what comes of it.
    package func current() throws -> Compiler.Result { try compiled().result }

    /// With the files that it was compiled from, and a number that changes with them.
    package func compiled() throws -> (result: Compiler.Result, files: [SourceFile], digest: UInt64) {
        try state.withLock { state in
            let result = try Self.read(&state, self)
            return (result, state.files, state.digest)
        }
    }

    /// What was written to the files counts at once.
    package func forget() {
        state.withLock { $0.readAt = -Double.infinity }
    }

    private static func read(_ state: inout State, _ reader: ProjectReader) throws -> Compiler.Result {
        let now = reader.environment.monotonic()
        if let result = state.result, now - state.readAt < freshness { return result }
        let files = try reader.folder.read()
        let digest = digest(of: files)
        state.readAt = now
        if let result = state.result, digest == state.digest { return result }
        let result = Compiler.compile(files, catalog: try reader.catalog(), workers: reader.workers)
        state.result = result
        state.digest = digest
        state.files = files
        return result
    }

    /// FNV-1a over paths and texts: it only has to see that something is otherwise.
    private static func digest(of files: [SourceFile]) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for file in files {
            for byte in file.path.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
            for byte in file.bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
            hash = (hash ^ 0xFF) &* 0x100_0000_01B3
        }
        return hash
    }
}
