/// The words that an editor can offer, with what is said about each. They come from the tables that the compiler reads.
package enum LanguageWords {
    package struct Word: Sendable {
        package let name: String
        /// How it is written.
        package let usage: String
    }

    package static let functions =
        ExpressionFunction.allCases.map { Word(name: $0.rawValue, usage: $0.usage) }
        + HistoryQuery.Function.allCases.map { function in
            Word(name: function.rawValue, usage: usage(of: function))
        }

    private static func usage(of function: HistoryQuery.Function) -> String {
        switch function {
        case .count, .any, .none, .first, .last: "\(function.rawValue)(event, last 30d, where event.field == …)"
        case .sum: "sum(event.field, last 30d, where event.field == …)"
        case .clicked: #"clicked(step or template, link "name", last 30d)"#
        case .sent, .delivered, .opened, .replied: "\(function.rawValue)(step or template, last 30d)"
        }
    }

    package static let filters = TemplateFilter.allCases.map { filter in
        Word(name: filter.rawValue, usage: "\(filter.usage), after \(filter.operand)")
    }

    package static let fieldTypes = FieldTypeReader.names.map(\.name) + ["one_of(…)", "list of text", "optional text"]
    package static let inputTypes = InputType.names

    /// The names of the links that a template declares.
    package static func links(of template: Document?) -> Set<String> {
        template.map { DeclaredLinkNames.all(in: $0.node) } ?? []
    }

    /// What is wrong with a name of a document, step or input.
    package static func faultOfID(_ text: String) -> String? {
        do throws(Units.Fault) {
            try Units.id(text)
            return nil
        } catch {
            return error.text
        }
    }

    /// What is wrong with a name of a field or event.
    package static func faultOfFieldName(_ text: String) -> String? {
        do throws(Units.Fault) {
            try Units.fieldName(text)
            return nil
        } catch {
            return error.text
        }
    }

    /// As a schema writes it.
    package static func name(of type: ValueType) -> String {
        if case .oneOf(let words) = type { return "one_of(\(words.joined(separator: ", ")))" }
        return FieldTypeReader.name(of: type)
    }

    /// What a channel document may hold beside the keys of every channel.
    package static func keys(ofProvider name: String, in catalog: Catalog) -> [Key] {
        catalog.providers.first { $0.name == name }?.keys ?? []
    }
}
