"""What schemathesis can't know of the API by its document (SCHEMATHESIS_HOOKS)."""

import re
import uuid

import schemathesis

# Refused for its form. All of it stands in the document, so nothing that fits the document may get one of these.
FORMAL = {
    "unknown_key", "missing_key", "unknown_parameter", "bad_parameter", "bad_name", "bad_cursor", "no_reason",
    "no_contact", "no_level", "no_cloud_event",
}
# Whether a value fits a field of the project's schema, no document of the API says.
OF_THE_PROJECT = {"putContact", "patchContact"}


@schemathesis.check
def form_is_told(ctx, response, case):
    if case.meta is None or not case.meta.generation.mode.is_positive or response.status_code not in (400, 422):
        return
    code = response.json().get("code")
    operation = case.operation.definition.raw.get("operationId")
    if code in FORMAL or (code == "wrong_value" and operation not in OF_THE_PROJECT):
        raise AssertionError(f"fits the document, and is refused for its form: {code}, {response.json().get('detail')}")


@schemathesis.hook
def before_call(context, case, kwargs):
    """A name comes once: with another body it is refused, as it should be."""
    # A request that is wrong on purpose, perhaps for want of a header, stays as it is.
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    for headers in (case.headers, kwargs.get("headers")):
        name = (headers or {}).get("Idempotency-Key")
        if isinstance(name, str) and re.fullmatch("[!-~]{1,255}", name):
            headers["Idempotency-Key"] = str(uuid.uuid4())
