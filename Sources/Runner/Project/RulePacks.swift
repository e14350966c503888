import RuleEngine
enum RulePacks { static let shipped: [Catalog.Pack] = [] }
