import Runner

// Its requirements stand with the drivers that they open: `Ledger/`, `Contacts/` and the runner's lock.
extension SQLiteStore: Store {}
