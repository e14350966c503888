import ArgumentParser
import Channels
import Glibc
import LanguageServer
import RuleEngine
import Runner

struct LSP: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lsp",
        abstract: "Serve an editor: findings, completion, rename and more, over standard input and output.",
        discussion: """
            Speaks the Language Server Protocol 3.17. An editor starts it; docs/guides/editor.md says how to set up some.
            It ends with the editor: with 0 after `shutdown` and `exit`, otherwise with 1.
            """
    )

    @Option(help: "Where the pages about codes lie: an address or a folder. Editors link codes to them.")
    var docs: String?

    func run() throws {
        var disk = ProjectDisk(
            locate: { Self.project(around: $0) },
            paths: { FileReading.files(below: $0) },
            bytes: { FileReading.bytes(of: $0) },
            catalog: { Self.catalog(of: $0) },
            sizeAsSMS: { text in
                let size = SMSText(text)
                return "\(size.units) characters as \(size.encoding.rawValue), "
                    + Figures.count(size.segments, "part")
            }
        )
        disk.pages = try docs.map { try Self.pages($0) }
        let status = EditorConnection(server: LanguageServer(disk: disk)).serve()
        if status != 0 { throw CommandFailure.silent(.failed) }
    }

    /// The nearest folder upwards with a project file. Links stay as the editor wrote them: it knows files by their names.
    private static func project(around path: String) -> String? {
        var folder = path
        while !folder.isEmpty, folder != "/" {
            if FileReading.isFile(folder + "/" + ProjectFolder.fileName) { return folder }
            folder = folder.lastIndex(of: "/").map { String(folder[..<$0]) } ?? ""
        }
        return nil
    }

    /// With the fields of earlier imports, where the project has any. An editor gets its answers without them too.
    private static func catalog(of folder: String) -> Catalog {
        (try? Workspace(folder: ProjectFolder(path: folder)).catalog()) ?? .standard()
    }

    private static func pages(_ docs: String) throws(CommandFailure) -> String {
        let address = docs.contains("://") ? docs : FileURI.uri(of: try AbsolutePath.of(docs))
        return address.hasSuffix("/") ? address : address + "/"
    }
}
