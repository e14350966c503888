package import RuleEngine

/// What a server may ask of the world outside: files, and what this build of the compiler knows. The program fills it in.
package struct ProjectDisk: Sendable {
    /// The folder of the project that a file or folder belongs to: the nearest upwards that holds a project file.
    package var locate: @Sendable (_ path: String) -> String?
    /// Paths of all files below a folder, relative to it, in the order of their bytes.
    package var paths: @Sendable (_ folder: String) -> [String]
    package var bytes: @Sendable (_ path: String) -> [UInt8]?
    package var catalog: @Sendable (_ folder: String) -> Catalog
    /// How a text travels as SMS, in a few words: its alphabet, its length, its parts.
    package var sizeAsSMS: @Sendable (_ text: String) -> String

    /// Where the pages about the codes of findings can be read: an address that ends with `/`.
    package var pages: String?

    package init(
        locate: @escaping @Sendable (String) -> String?, paths: @escaping @Sendable (String) -> [String],
        bytes: @escaping @Sendable (String) -> [UInt8]?, catalog: @escaping @Sendable (String) -> Catalog,
        sizeAsSMS: @escaping @Sendable (String) -> String
    ) {
        self.locate = locate
        self.paths = paths
        self.bytes = bytes
        self.catalog = catalog
        self.sizeAsSMS = sizeAsSMS
    }
}
