import ArgumentParser
import Runner

struct Init: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write a small project that works at once.",
        discussion: "Nothing that exists is written over. The project's name is the folder's."
    )

    @Argument(help: "The folder; made if it is not there.")
    var folder = "."

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() throws {
        let files = StarterProject.files(id: Self.projectID(of: try AbsolutePath.of(folder)))
        if let taken = files.first(where: { FolderWriting.exists(folder + "/" + $0.path) && $0.path != ".gitignore" }) {
            throw CommandFailure(
                .refused,
                reason: "exists",
                message: "\(folder)/\(taken.path) is there already",
                help: "choose an empty folder: carillon init my-project"
            )
        }
        var written: [String] = []
        for file in files where !FolderWriting.exists(folder + "/" + file.path) {
            let path = folder + "/" + file.path
            if let slash = path.lastIndex(of: "/") { try FolderWriting.makeFolders(String(path[..<slash])) }
            try FolderWriting.write(file.text, to: path)
            written.append(file.path)
        }
        let output = Terminal.output
        if json {
            let report: JSON = ["folder": .string(folder), "files": JSON(written)]
            output.write(report.text)
            return
        }
        output.line("A project with one campaign:")
        for path in written { output.line("  " + (folder == "." ? "" : folder + "/") + path) }
        output.line("\nNext:")
        if folder != "." { output.line("  cd \(folder)") }
        output.write(
            """
              carillon check                            errors and warnings of all files
              carillon contacts import contacts.csv     eight contacts
              carillon plan campaigns/hello.yaml        who would get it; sends nothing
              carillon run campaigns/hello.yaml         writes the messages into outbox/

            """
        )
    }

    /// The folder's name, as far as it can be an id.
    static func projectID(of path: String) -> String {
        let name = path.split(separator: "/").last.map(String.init) ?? ""
        var id = ""
        for byte in name.lowercased().utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                id.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                if !id.isEmpty, id.last != "-" { id.append("-") }
            }
        }
        while id.last == "-" { id.removeLast() }
        let startsWithLetter = id.utf8.first.map { $0 >= UInt8(ascii: "a") } ?? false
        return startsWithLetter ? id : "project" + (id.isEmpty ? "" : "-" + id)
    }
}
