import Testing

@testable import Sandbox

@Suite struct ScriptTests {
    @Test func `a script says how the sandbox behaves`() throws {
        let text = """
            {"seed": 7, "model": {"opened": 0.5, "pace": 0, "replies": ["Hi"]}, "limits": {"telegram": 5, "vonage": null},
             "faults": [{"do": "throttle", "provider": "twilio", "wait": 3, "form": "date", "after": 2, "times": 1},
                        {"do": "error", "provider": "twilio", "code": "21610", "to": "+491511234567"}]}
            """
        let script = try SandboxScript(json: Array(text.utf8))
        #expect(script.seed == 7)
        #expect(script.model.opened == 0.5)
        #expect(script.limits == ["telegram": 5, "vonage": nil])
        #expect(script.faults.count == 2)
        #expect(script.faults[0].deed == .throttle(wait: 3, .date))
        #expect(script.faults[1].deed == .error("21610"))
    }

    @Test(arguments: [
        ("[", "it is not valid JSON"),
        ("[]", "the script is not an object"),
        (#"{"sed": 7}"#, "the script has no `sed`; it may hold seed, model, limits, faults"),
        (#"{"model": {"opened": 2}}"#, "model.opened is not a number from 0.0 to 1.0"),
        (#"{"faults": [{"provider": "twilio"}]}"#, "faults[0] has no `do`"),
        (
            #"{"faults": [{"do": "error", "code": "1"}]}"#,
            "faults[0]: an error is a provider's own, so `provider` must be given"
        ),
        (
            #"{"faults": [{"do": "error", "provider": "telegram", "code": "1"}]}"#,
            "faults[0].code: `telegram` documents no error `1`"
        ),
        (#"{"faults": [{"do": "status"}]}"#, "faults[0] has no `status`"),
    ])
    func `a mistake in a script is told with its place`(text: String, message: String) {
        #expect(throws: SandboxScript.Fault(message: message)) {
            try SandboxScript(json: Array(text.utf8))
        }
    }
}
