"""What tools were given and said, masked by the names of the fields, and as text where a name tells nothing."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from voiceagent.compliance.redaction.redact import redact
from voiceagent.compliance.redaction.tokens import words
from voiceagent.compliance.redaction.values import Context, Kind
from voiceagent.conversation.card_number import is_card

_PARTS: Final = re.compile(r"[a-z]+|[A-Z]+(?![a-z])|[A-Z][a-z]*|\d+")
# A field whose name has all of these words holds that; the first that fits decides.
_NAMED: Final[tuple[tuple[Kind, tuple[str, ...]], ...]] = (
    (Kind.CARD, ("card number", "pan")),
    (Kind.CVV, ("cvv", "cvc", "security code")),
    (Kind.EXPIRY, ("expiry",)),
    (Kind.IBAN, ("iban",)),
    (Kind.SSN, ("ssn", "social security", "national insurance", "tax id", "passport")),
    (Kind.ACCOUNT, ("account number", "sort code", "routing number")),
    (Kind.CODE, ("pin", "password", "passcode", "otp", "token", "secret")),
    (Kind.EMAIL, ("email", "mail")),
    (Kind.PHONE, ("phone", "mobile", "telephone", "msisdn")),
    (Kind.BIRTH, ("birth", "birthday", "birthdate", "dob")),
    (Kind.POSTCODE, ("postcode", "zip", "postal code")),
    (Kind.ADDRESS, ("address", "street")),
    (Kind.NAME, ("surname", "firstname", "lastname", "fullname", "name")),
)
_FIELDS: Final = tuple((words(name), kind) for kind, names in _NAMED for name in names)
_NO_PERSON: Final = words(
    "product item file tool field company carrier product_name article model department branch shop store"
)
_REFERENCES: Final = words("id reference ref uuid")
_TIMES: Final = words("at on date time timestamp")
_ISO: Final = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?")
_LONG: Final = 7  # figures, as in a text


def redact_payload(payload: Mapping[str, Any], context: Context, counts: dict[str, int]) -> dict[str, Any]:
    """The payload with values masked; `counts` grows by what was masked, by kind."""
    return {key: _value(key, value, context, counts) for key, value in payload.items()}


def names_in_payload(payload: Mapping[str, Any]) -> Iterator[str]:
    """Words of people's names, lower-case: they will be said soon."""
    for key, value in payload.items():
        match value:
            case str() if kind_of_field(key) is Kind.NAME:
                yield from (word.strip(".,") for word in value.lower().split())
            case Mapping():
                yield from names_in_payload(value)
            case list() | tuple():
                yield from (name for item in value if isinstance(item, Mapping) for name in names_in_payload(item))
            case _:
                pass


def kind_of_field(key: str) -> Kind | None:
    """What a field of that name holds, None where the name does not say."""
    parts = _parts(key)
    if parts & _REFERENCES and "tax" not in parts:
        return None
    kind = next((kind for wanted, kind in _FIELDS if wanted <= parts), None)
    return None if kind is Kind.NAME and parts & _NO_PERSON else kind


def _parts(key: str) -> frozenset[str]:
    return frozenset(part.lower() for part in _PARTS.findall(key))


def _value(key: str, value: Any, context: Context, counts: dict[str, int]) -> Any:
    kind = kind_of_field(key)
    match value:
        case Mapping():
            return redact_payload(value, context, counts)
        case list() | tuple():
            return [_value(key, item, context, counts) for item in value]
        case bool() | None | "":
            return value
        case str() | int() | float() if kind is not None:
            return _marked(str(value), kind, counts)
        case str() if not _is_reference(key, value):
            return _text(value, context, counts)
        case int() | float() if _is_long(value) and not _parts(key) & (_REFERENCES | _TIMES):
            return _marked(str(value), Kind.NUMBER, counts)
        case _:
            return value


def _is_reference(key: str, value: str) -> bool:
    """What one system calls a thing in another, or a moment; a card's number is neither, whatever it is called."""
    reference = bool(_parts(key) & _REFERENCES) or bool(_ISO.fullmatch(value))
    return reference and not is_card("".join(character for character in value if character.isdecimal()))


def _is_long(value: float) -> bool:
    return sum(character.isdecimal() for character in str(value)) >= _LONG


def _marked(value: str, kind: Kind, counts: dict[str, int]) -> str:
    if re.fullmatch(r"\[[A-Z]+\]", value):
        return value
    counts[kind.value] = counts.get(kind.value, 0) + 1
    return kind.mark


def _text(value: str, context: Context, counts: dict[str, int]) -> str:
    masked = redact(value, context)
    for span in masked.spans:
        counts[span.kind.value] = counts.get(span.kind.value, 0) + 1
    return masked.text
