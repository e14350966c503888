import Channels
import RuleEngine
import Runner
import Storage

/// A project and its data folder, as the command line names them.
struct Workspace {
    let folder: ProjectFolder
    let dataFolder: String
    let environment = RunnerEnvironment.live

    init(_ options: CommonOptions) throws(CommandFailure) {
        if let path = options.project {
            let path = try AbsolutePath.of(path)
            guard FileReading.isFile(path + "/" + ProjectFolder.fileName) else {
                throw CommandFailure(
                    .usage,
                    reason: "no_project",
                    message: "there is no \(ProjectFolder.fileName) in \(path)",
                    help: "`carillon init \(options.project ?? "")` makes a project there"
                )
            }
            folder = ProjectFolder(path: path)
        } else if let found = ProjectFolder.locate(from: ".") {
            folder = found
        } else {
            throw CommandFailure(
                .usage,
                reason: "no_project",
                message: "there is no \(ProjectFolder.fileName) here or in a folder above",
                help: "change into your project, name it with --project, or make one: carillon init my-project"
            )
        }
        dataFolder =
            try options.data.map { path throws(CommandFailure) in try AbsolutePath.of(path) }
            ?? folder.defaultDataFolder
    }

    /// With its data where it lies unless somebody says otherwise.
    init(folder: ProjectFolder) {
        self.folder = folder
        dataFolder = folder.defaultDataFolder
    }

    /// Opens the data folder, and makes it where it is not there yet.
    func openStore() throws(CommandFailure) -> any Store {
        try openSQLite()
    }

    func openSQLite() throws(CommandFailure) -> SQLiteStore {
        try withStore { () throws(StoreError) in try SQLiteStore(folder: dataFolder) }
    }

    func files() throws(CommandFailure) -> [SourceFile] {
        try Self.files(of: folder)
    }

    static func files(of folder: ProjectFolder) throws(CommandFailure) -> [SourceFile] {
        do throws(ProjectFolder.Unreadable) {
            return try folder.read()
        } catch {
            throw CommandFailure(
                reason: "file", message: "can't read \(error.path): \(error.reason)",
                help: "whoever runs this has to be able to read every file of the project")
        }
    }

    /// Reads and compiles all files of the project.
    func compile() throws(CommandFailure) -> Compiler.Result {
        Compiler.compile(try files(), catalog: try catalog(), workers: .cores)
    }

    func catalog() throws(CommandFailure) -> Catalog {
        .standard(inferredSchema: try inferredSchema(), folder: folder.path)
    }

    /// The way from the working folder to the project, ending with `/`: a forge knows files by their way from the
    /// folder in which it runs us. Empty where we stand in the project, or below it.
    func prefix() throws(CommandFailure) -> String {
        let here = try AbsolutePath.resolved(".")
        let there = try AbsolutePath.resolved(folder.path)
        guard there.hasPrefix(here + "/") else { return "" }
        return String(decoding: there.utf8.dropFirst(here.utf8.count + 1), as: UTF8.self) + "/"
    }

    /// The compiled project; where there are errors, they are printed and the command ends.
    func checked() throws(CommandFailure) -> (project: CheckedProject, sources: SourceMap) {
        let result = try compile()
        guard let project = result.project else {
            throw CommandFailure(
                reason: "errors",
                message: DiagnosticReport(result).summary,
                help: "`carillon check` shows them",
                diagnostics: DiagnosticReport(result)
            )
        }
        return (project, result.sources)
    }

    /// Fields that came with earlier imports, for a project without a `schema:` document.
    private func inferredSchema() throws(CommandFailure) -> ContactSchema? {
        guard FolderWriting.exists(dataFolder + "/carillon.db") else { return nil }
        let store = try openStore()
        let fields = try withStore { () throws(StoreError) in try store.openContacts().inferredFields() }
        return fields.isEmpty ? nil : ContactSchema(id: "inferred", declared: fields, isInferred: true)
    }
}

/// Runs something that reads or writes the store, and tells a failure as the command line does.
func withStore<Value>(_ body: () throws(StoreError) -> Value) throws(CommandFailure) -> Value {
    do throws(StoreError) {
        return try body()
    } catch {
        throw CommandFailure(error)
    }
}

/// Runs something that may be refused, and tells a refusal as the command line does.
func orRefuse<Value>(_ body: () throws(LaunchRefusal) -> Value) throws(CommandFailure) -> Value {
    do throws(LaunchRefusal) {
        return try body()
    } catch {
        throw CommandFailure(error)
    }
}
