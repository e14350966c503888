import RuleEngine

/// Something with a name that is written in one place and meant in others.
enum Symbol: Hashable {
    case document(DocumentKind, String)
    case contactField(String)
    case event(String)
    case eventField(event: String, String)
    /// Named in one program or fragment.
    case step(DocumentKind, program: String, String)
    case input(fragment: String, String)
    case team(String)
    case brand(String)
    case openingHours(String)
    /// `endpoint.call`.
    case call(String)

    var name: String {
        switch self {
        case .document(_, let name), .contactField(let name), .event(let name), .eventField(_, let name),
            .step(_, _, let name), .input(_, let name), .team(let name), .brand(let name), .openingHours(let name),
            .call(let name):
            name
        }
    }
}

/// A place where a symbol is named.
struct Occurrence {
    let symbol: Symbol
    /// The name itself, without quotes.
    let span: SourceSpan
    var isDefinition = false
}

extension IncrementalCompiler {
    func occurrences(in document: Document) -> [Occurrence] {
        var walk = OccurrenceWalk(document, in: self)
        walk.walk()
        return walk.found
    }

    /// The symbol that is named at an offset of a file.
    func occurrence(at offset: Int, in file: FileID) -> Occurrence? {
        for document in documents(in: file) {
            let span = document.node.span
            guard Int(span.start) <= offset, offset <= Int(span.end) else { continue }
            let here = occurrences(in: document).filter { Int($0.span.start) <= offset && offset <= Int($0.span.end) }
            if let found = here.min(by: { $0.span.end - $0.span.start < $1.span.end - $1.span.start }) { return found }
        }
        return nil
    }

    func definition(of symbol: Symbol) -> Occurrence? {
        let owners: [Document]
        switch symbol {
        case .document(let kind, let id): owners = document(kind, id).map { [$0] } ?? []
        case .contactField, .event, .eventField: owners = documents.filter { $0.kind == .schema }
        case .step(let kind, let program, _): owners = document(kind, program).map { [$0] } ?? []
        case .input(let fragment, _): owners = document(.fragment, fragment).map { [$0] } ?? []
        case .team, .brand, .openingHours, .call: owners = documents.filter { $0.kind == .project }
        }
        for owner in owners {
            if let found = occurrences(in: owner).first(where: { $0.symbol == symbol && $0.isDefinition }) {
                return found
            }
        }
        return nil
    }

    /// Every place that names the symbol, by file and place.
    func occurrences(of symbol: Symbol) -> [Occurrence] {
        // A call is written in two parts where it is defined, so its last part is what every place has.
        let name = Array((symbol.name.split(separator: ".").last ?? "").utf8)
        var found: [Occurrence] = []
        // An alias stands for what was written elsewhere, which is one place however often it is meant.
        var seen: Set<SourceSpan> = []
        for document in documents where Self.mayName(name, sources.file(document.file).bytes) {
            found += occurrences(in: document).filter { $0.symbol == symbol && seen.insert($0.span).inserted }
        }
        return found
    }

    /// Cheaper than a walk through the document, and never wrong about a no: behind an escape any letter may stand.
    private static func mayName(_ name: [UInt8], _ bytes: [UInt8]) -> Bool {
        guard let first = name.first else { return false }
        return bytes.withUnsafeBufferPointer { bytes in
            for index in bytes.indices {
                if bytes[index] == UInt8(ascii: "\\") { return true }
                guard bytes[index] == first, index + name.count <= bytes.count else { continue }
                var at = 1
                while at < name.count, name[at] == bytes[index + at] { at += 1 }
                if at == name.count { return true }
            }
            return false
        }
    }
}
