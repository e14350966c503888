import ArgumentParser

/// What every command that works on a project takes.
struct CommonOptions: ParsableArguments {
    @Option(help: "The project's folder. Without it: the nearest one upwards that holds carillon.yaml.")
    var project: String?

    @Option(help: "The data folder. Without it: .carillon beside carillon.yaml.")
    var data: String?

    @Flag(help: "Print JSON instead of text.")
    var json = false
}
