extension GuardedEgress {
    /// Why an address would never be called, as far as it can be said before its name is looked up: a code that stays,
    /// and a sentence that goes on behind the address. Nil where nothing speaks against it.
    package static func fault(in url: String, allowsPrivate: Bool) -> (code: String, sentence: String)? {
        do throws(EgressURL.Fault) {
            try EgressGuard(allowsPrivate: allowsPrivate).check(try EgressURL(url))
            return nil
        } catch {
            return (error.code, error.rawValue)
        }
    }
}
