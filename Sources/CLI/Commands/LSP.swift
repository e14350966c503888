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
            locate: { ProjectFolder.locate(from: FileReading.isFolder($0) ? $0 : Self.folder(of: $0))?.path },
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

    private static func folder(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
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
