/// A template text as written: what stands where, nothing resolved. Ranges are bytes of the content.
indirect enum TemplateNode: Sendable {
    case text(Range<Int>)
    case output(TemplateOutput)
    case branch([TemplateArm])
    case loop(TemplateLoop)
    case link(TemplateLink)
    case block(TemplateBlock)
    /// `<<content>>` in a layout: where the message stands.
    case content(Range<Int>)
}

/// `<<block "footer">>`
struct TemplateBlock: Sendable {
    let mark: Range<Int>
    /// Without its quotes.
    let name: Range<Int>
}

/// `<<expression | filter: argument>>`
struct TemplateOutput: Sendable {
    /// The marks included.
    let mark: Range<Int>
    let expression: Range<Int>
    let filters: [FilterCall]
    /// False where a filter couldn't be read: what the mark yields isn't known then.
    let isSound: Bool
}

/// One arm of an `<<if>>`; the `<<else>>` has no condition.
struct TemplateArm: Sendable {
    let mark: Range<Int>
    let condition: Range<Int>?
    var body: [TemplateNode] = []
}

/// `<<for item in list>> … <<end>>`
struct TemplateLoop: Sendable {
    let mark: Range<Int>
    let variable: Range<Int>
    let list: Range<Int>
    var body: [TemplateNode] = []
}

/// `<<link "url" as "name">>`, or `<<short_link "url" as "name">>`
struct TemplateLink: Sendable {
    let mark: Range<Int>
    let isShort: Bool
    /// Without its quotes.
    let url: Range<Int>
    let address: [TemplateNode]
    let name: String?
    let nameRange: Range<Int>?
}

struct FilterCall: Sendable {
    let name: String
    let range: Range<Int>
    let arguments: [FilterArgument]
}

/// Arguments are literals: what a filter does is known before any contact is.
struct FilterArgument: Sendable {
    enum Value: Sendable, Hashable {
        case text([UInt8])
        case integer(Int64)
        /// Millionths.
        case decimal(Int64)
        case days(Int64)
        case microseconds(Int64)
    }

    let value: Value
    let range: Range<Int>
}
