// Whatever stands in a file, the compiler comes back with diagnostics or a graph. Compiled by `fuzz/run.sh` together with
// the engine's sources into one module, because the fuzzer brings its own `main`.

import Glibc

/// Read once. A run compiles it together with the fuzzed bytes.
private let base: SourceFile = {
    guard let path = getenv("CARILLON_FUZZ_BASE"), let file = fopen(path, "r") else { fatalError("no base file") }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    let count = fread(&bytes, 1, bytes.count, file)
    return SourceFile(path: "carillon.yaml", bytes: Array(bytes[..<count]))
}()

private let catalog = Catalog(
    providers: [
        Catalog.Provider(
            name: "outbox", kinds: [],
            settings: [Catalog.Setting(name: "folder", kind: .text, isRequired: false)], needsSender: false)
    ],
    packs: [
        Catalog.Pack(id: "eu.eprivacy", version: "1", minimumConsent: ["email": .softOptIn], needsLawfulBasis: false)
    ],
    zoneRules: { _ in nil })

private func compile(_ bytes: [UInt8]) -> Compiler.Result {
    Compiler.compile([base, SourceFile(path: "fuzzed.yaml", bytes: bytes)], catalog: catalog)
}

/// Every program's version, by kind and id.
private func versions(_ project: CheckedProject) -> [String: [UInt8]] {
    var found: [String: [UInt8]] = [:]
    for (id, campaign) in project.campaigns {
        found["campaign " + id] = ProgramGraph.lower(campaign, in: project).canonicalForm
    }
    for journey in project.journeys {
        let graph = ProgramGraph.lower(journey, in: project)
        _ = GraphPrinter.mermaid(graph)
        found["\(journey.kind.rawValue) \(journey.id)"] = graph.canonicalForm
    }
    return found
}

/// Seconds that this thread has computed. The fuzzer's own `-timeout` counts waiting for a busy machine, too.
private func computed() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

@_cdecl("LLVMFuzzerInitialize")
public func startFuzzing(_ count: UnsafeMutablePointer<CInt>, _ arguments: UnsafeMutableRawPointer) -> CInt {
    let result = Compiler.compile([base], catalog: catalog)
    let text = DiagnosticRenderer(sources: result.sources).text(result.diagnostics)
    precondition(result.project != nil, "every fuzzed file would fail beside an unsound base:\n\(text)")
    return 0
}

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let started = computed()
    run(Array(UnsafeBufferPointer(start: data, count: count)))
    precondition(computed() - started < 1, "a file kept the compiler busy for more than a second")
    return 0
}

private func run(_ bytes: [UInt8]) {
    let result = compile(bytes)
    let renderer = DiagnosticRenderer(sources: result.sources)
    _ = renderer.text(result.diagnostics)
    _ = renderer.json(result.diagnostics)

    // What formats must format to the same again, and mean the same.
    if case .formatted(let formatted) = Formatter.format(bytes) {
        precondition(Formatter.format(formatted) == .formatted(formatted), "formatting twice differs")
        if let project = result.project {
            guard let other = compile(formatted).project else { fatalError("the formatted file does not compile") }
            precondition(versions(project) == versions(other), "the formatted file means something else")
        }
    }
}
