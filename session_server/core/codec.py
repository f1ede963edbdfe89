"""JSON text <-> messages. Everything from outside becomes a type here, or a ``Refusal``."""

import json
from typing import Annotated, Final

from pydantic import Discriminator, TypeAdapter, ValidationError
from pydantic_core import to_json

from session_server.core.errors import Refusal
from session_server.core.messages import Ack, Error, Message, Request

#: Neither side sends more in one message; a batch of 100 ms is some 1.5 kB.
MAX_BYTES: Final = 65_536

_REQUEST: TypeAdapter[Request] = TypeAdapter(Annotated[Request, Discriminator("type")])


def parse(text: str) -> Request:
    """Return the request in ``text``, or raise ``Refusal`` with all that is wrong with it."""
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > MAX_BYTES:
        raise Refusal("too_large", f"the message has {size} bytes; the most is {MAX_BYTES}")
    if "\\u0000" in text:
        raise Refusal("malformed", "the message holds a NUL character, which no text of ours does")
    try:
        return _REQUEST.validate_json(text)
    except ValidationError as error:
        raise _refusal(text, error) from None


def ref_of(text: str) -> int | None:
    """Return the ``ref`` of a message that could not be parsed, where it has a usable one."""
    try:
        ref = json.loads(text)["ref"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return ref if isinstance(ref, int) and not isinstance(ref, bool) and 1 <= ref <= 2**53 else None


def dump(message: Message) -> bytes:
    """Return ``message`` as UTF-8 JSON; a number that is not finite becomes null, for JSON has none."""
    if isinstance(message, Ack):
        # There is one for every frame, and what a dataclass holds takes pydantic longer to find out than to write.
        return to_json({"type": message.type, "tracks": message.tracks})
    if isinstance(message, Error):
        fields = {"type": "error", "ref": message.ref, "code": message.code, "message": message.message}
        return to_json({**fields, "retry": message.retry, **message.details}, inf_nan_mode="null")
    return to_json(message, inf_nan_mode="null")


def _refusal(text: str, error: ValidationError) -> Refusal:
    faults = error.errors(include_url=False, include_context=False)
    kinds = {fault["type"] for fault in faults}
    if "union_tag_invalid" in kinds:
        return Refusal("unknown_type", _one_line(faults[0]["msg"]))
    if "union_tag_not_found" in kinds:
        return Refusal("malformed", "the message has no \"type\"; see clients/PROTOCOL.md for the messages there are")
    if "json_invalid" in kinds:
        return Refusal("malformed", f"not a JSON object: {_one_line(faults[0]['msg'])}")
    told = [f"{'.'.join(map(str, fault['loc'][1:])) or 'message'}: {fault['msg']}" for fault in faults[:5]]
    return Refusal("malformed", _one_line("; ".join(told)))


def _one_line(text: str) -> str:
    """Bound what a hostile message can make us repeat."""
    return " ".join(text.split())[:400]
