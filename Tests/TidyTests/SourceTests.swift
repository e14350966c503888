import Testing

@Suite struct SourceTests {
    /// Time, chance and files come in by one door, so that a test or a replay can hold it shut.
    @Test(arguments: ["Date()", "UUID()", ".random(in:", "FileManager"])
    func `clock, chance and files come from the environment`(forbidden: String) {
        // The place that makes the environment of the machine it runs on, and the one that makes a data folder's key.
        let doors = ["Sources/Runner/RunnerEnvironment.swift", "Sources/Storage/SQLite/StoreKey.swift"]
        for module in ["RuleEngine", "LanguageServer", "Channels", "Runner", "Storage"] {
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

    /// A machine that can't be cut without losing its shape may be longer; a type that grew duties may not. Tables of
    /// samples are data.
    @Test(arguments: ["Sources", "Tests"])
    func `nine files in ten fit 300 lines, and none has more than 500`(folder: String) {
        let files = SourceTree.files(folder, endingIn: [".swift"]).filter { !$0.path.hasSuffix("Samples.swift") }
        let long = files.filter { $0.lines.count > 300 }
        #expect(long.count * 10 <= files.count, "\(long.map { "\($0): \($0.lines.count)" })")
        for file in long { #expect(file.lines.count <= 500, "\(file) has \(file.lines.count) lines") }
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
