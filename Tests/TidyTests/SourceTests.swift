import Testing

@Suite struct SourceTests {
    /// Time, chance and files come in by one door, so that a test or a replay can hold it shut.
    @Test(arguments: ["Date()", "UUID()", ".random(in:", "FileManager"])
    func `clock, chance and files come from the environment`(forbidden: String) {
        // The place that makes the environment of the machine it runs on, and the one that makes a data folder's key.
        let doors = ["Sources/Runner/RunnerEnvironment.swift", "Sources/Storage/SQLite/StoreKey.swift"]
        for module in ["RuleEngine", "Channels", "Runner", "Storage"] {
            for file in SourceTree.files("Sources/" + module, endingIn: [".swift"]) where !doors.contains(file.path) {
                for line in file.codeLines {
                    #expect(!line.text.contains(forbidden), "\(file):\(line.number)")
                }
            }
        }
    }

    /// One module that imports it loads ICU for the whole program, and start-up takes three times as long.
    @Test func `nothing imports the whole of Foundation`() {
        for file in SourceTree.files("Sources", endingIn: [".swift"]) {
            for line in file.codeLines where line.text.contains("import ") {
                let words = line.text.split(separator: " ")
                #expect(words.last != "Foundation" && words.last != "FoundationNetworking", "\(file):\(line.number)")
            }
        }
    }

    @Test(arguments: ["Sources", "Tests"])
    func `a file holds one idea, in at most 400 lines`(folder: String) {
        for file in SourceTree.files(folder, endingIn: [".swift"]) {
            #expect(file.lines.count <= 400, "\(file) has \(file.lines.count) lines")
        }
    }

    @Test(arguments: ["Manager", "Helper", "Utils"])
    func `a type is named for its duty`(word: String) {
        for file in SourceTree.files("Sources", endingIn: [".swift"]) {
            for line in file.codeLines {
                for kind in ["struct ", "class ", "enum ", "actor ", "protocol "] {
                    guard let range = line.text.firstRange(of: kind) else { continue }
                    let name = line.text[range.upperBound...].prefix { $0.isLetter || $0.isNumber }
                    #expect(!name.contains(word), "\(file):\(line.number)")
                }
            }
        }
    }

    @Test func `no file knows the machine it was written on`() {
        let endings = [".swift", ".md", ".yaml", ".yml", ".sh", ".py", ".c", ".h", "Makefile", ".json"]
        // Taken apart, so that this file is not a finding of its own.
        let folders = ["/" + "work/", "/" + "home/", "/" + "root/", "/" + "Users/"]
        for file in SourceTree.files("", endingIn: endings) {
            for (index, line) in file.lines.enumerated() {
                for folder in folders {
                    #expect(!line.contains(folder), "\(file):\(index + 1)")
                }
            }
        }
    }
}
