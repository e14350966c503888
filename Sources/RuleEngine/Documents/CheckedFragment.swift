/// Steps that programs share. They are expanded where they are used, so that nothing of it is left at run time.
package struct CheckedFragment: Sendable {
    package struct Input: Sendable {
        package var name: String
        package var type: InputType
        let standard: SyntaxScalar?
        package var span: SourceSpan
    }

    package var id: String
    package var about: String?
    package var inputs: [Input]
    package var span: SourceSpan
    let steps: SyntaxNode
}
