import Runner

// Its requirements stand with the drivers that they open.
extension SQLiteStore: ServiceStore {}
