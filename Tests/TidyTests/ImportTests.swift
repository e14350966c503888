import Testing

/// The dependency rule of CONTRIBUTING.md, read from the sources: the build checks it too, where its flag is given.
@Suite struct ImportTests {
    /// What each module may import beside the standard library's own modules.
    private static let allowed: [String: Set<String>] = [
        "RuleEngine": ["CSystemYAML", "FoundationEssentials"],
        "Channels": ["CCurlShim", "Crypto", "CryptoExtras", "FoundationEssentials"],
        "Runner": ["RuleEngine", "Channels", "Crypto", "CryptoExtras", "FoundationEssentials"],
        "Storage": ["RuleEngine", "Runner", "CSystemSQLite", "Crypto", "FoundationEssentials"],
        "Server": [
            "Runner", "RuleEngine", "Hummingbird", "HummingbirdCore", "HTTPTypes", "NIOCore", "Logging",
            "FoundationEssentials", "CSystemZlib",
        ],
        "LanguageServer": ["RuleEngine"],
        "Sandbox": [
            "Channels", "Crypto", "CryptoExtras", "FoundationEssentials", "CSystemTLS", "NIOCore", "NIOHPACK",
        ],
        "CLI": [
            "RuleEngine", "Channels", "Runner", "Storage", "Server", "Sandbox", "LanguageServer", "ArgumentParser",
            "FoundationEssentials",
        ],
        "Bench": [
            "RuleEngine", "LanguageServer", "Channels", "Runner", "Storage", "TestKit", "FoundationEssentials",
        ],
        "TestKit": ["RuleEngine", "Channels", "Runner", "FoundationEssentials"],
    ]
    private static let language: Set<String> = ["Swift", "Glibc", "Synchronization", "Dispatch"]
    /// The engine is text and values: it has no way to ask the system for anything.
    private static let engineMayNot: Set<String> = ["Dispatch"]

    @Test func `every module imports only what its room may know`() {
        for (module, allowed) in Self.allowed {
            for file in SourceTree.files("Sources/" + module, endingIn: [".swift"]) {
                for name in Self.imports(of: file) {
                    let isAllowed = allowed.contains(name) || Self.language.contains(name)
                    #expect(isAllowed, "\(file) imports \(name)")
                    if module == "RuleEngine" { #expect(!Self.engineMayNot.contains(name), "\(file) imports \(name)") }
                }
            }
        }
    }

    @Test func `libyaml is known only to the folder that reads`() {
        for file in SourceTree.files("Sources/RuleEngine", endingIn: [".swift"])
        where Self.imports(of: file).contains("CSystemYAML") {
            #expect(file.path.hasPrefix("Sources/RuleEngine/Source/"), "\(file)")
        }
    }

    @Test func `libcurl is known only to the folder that carries`() {
        for file in SourceTree.files("Sources/Channels", endingIn: [".swift"])
        where Self.imports(of: file).contains("CCurlShim") {
            #expect(file.path.hasPrefix("Sources/Channels/Transport/"), "\(file)")
        }
    }

    @Test func `OpenSSL and the words of HTTP 2 are known only to the folders that speak them`() {
        for file in SourceTree.files("Sources/Sandbox", endingIn: [".swift"]) {
            let imports = Self.imports(of: file)
            if imports.contains("CSystemTLS") { #expect(file.path.hasPrefix("Sources/Sandbox/TLS/"), "\(file)") }
            if imports.contains("NIOHPACK") { #expect(file.path.hasPrefix("Sources/Sandbox/HTTP2/"), "\(file)") }
        }
    }

    private static func imports(of file: SourceTree.File) -> Set<String> {
        var names: Set<String> = []
        for line in file.codeLines {
            let words = line.text.split { $0 == " " || $0 == "\t" }
            guard let index = words.firstIndex(of: "import"), index <= 2, index + 1 < words.count else { continue }
            let isModifier = words[..<index].allSatisfy { $0.hasPrefix("@") || Self.modifiers.contains(String($0)) }
            guard isModifier else { continue }
            // `import struct Module.Name` names a kind first.
            let name =
                Self.kinds.contains(String(words[index + 1]))
                ? words[min(index + 2, words.count - 1)] : words[index + 1]
            names.insert(String(name.split(separator: ".")[0]))
        }
        return names
    }

    private static let modifiers: Set<String> = ["package", "public", "internal", "fileprivate", "private"]
    private static let kinds: Set<String> = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]
}
