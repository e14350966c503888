/// A single condition in words, for whoever shows one by itself.
package enum ConditionWords {
    package static func phrase(_ condition: TypedExpression, in project: CheckedProject) -> Phrase {
        Wording(project: project).condition(condition.root)
    }
}
