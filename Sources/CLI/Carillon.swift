import ArgumentParser

@main
struct Carillon: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "carillon", abstract: "Campaigns, checked before anybody is in them.")
}
