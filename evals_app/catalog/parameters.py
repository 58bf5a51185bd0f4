"""What may be set, of which type and between which bounds; pure checks that name the field."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hub.core.errors import InvalidInput

Value = int | float | str | bool | None


@dataclass(frozen=True, slots=True)
class Parameter:
    """`kind` is `int`, `float`, `text`, `bool` or `choice`. Bounds are inclusive; `most` of a text is
    its length. A default of None means: leave it to the engine."""

    name: str
    kind: str
    default: Value
    description: str
    least: float | None = None
    most: float | None = None
    choices: tuple[str, ...] = ()


def check(parameters: Sequence[Parameter], given: object, *, field: str) -> dict[str, Value]:
    """All parameters, defaults filled in. InvalidInput names what is unknown or out of bounds."""
    if given is None:
        given = {}
    if not isinstance(given, Mapping):
        raise InvalidInput(f"`{field}` must be an object with names and values.", field=field)
    known = {parameter.name: parameter for parameter in parameters}
    for name in given:
        if name not in known:
            raise InvalidInput(
                f"`{field}.{name}` is not known. Known: {', '.join(sorted(known))}.", field=f"{field}.{name}"
            )
    return {
        parameter.name: _checked(parameter, given[parameter.name], f"{field}.{parameter.name}")
        if given.get(parameter.name) is not None
        else parameter.default
        for parameter in parameters
    }


def _checked(parameter: Parameter, value: Any, field: str) -> Value:
    match parameter.kind:
        case "int":
            return _number(parameter, value, field, isinstance(value, int), "a whole number")
        case "float":
            number = _number(parameter, value, field, isinstance(value, int | float), "a number")
            return float(number)
        case "bool":
            if isinstance(value, bool):
                return value
            raise InvalidInput(f"`{field}` must be true or false.", field=field)
        case "choice":
            if value in parameter.choices:
                return str(value)
            raise InvalidInput(f"`{field}` must be one of {', '.join(parameter.choices)}.", field=field)
    return _text(parameter, value, field)


def _number(parameter: Parameter, value: Any, field: str, is_right_type: bool, word: str) -> int | float:
    if not is_right_type or isinstance(value, bool) or not math.isfinite(value):
        raise InvalidInput(f"`{field}` must be {word}.", field=field)
    too_small = parameter.least is not None and value < parameter.least
    too_large = parameter.most is not None and value > parameter.most
    if too_small or too_large:
        raise InvalidInput(
            f"`{field}` must lie between {parameter.least:g} and {parameter.most:g}.", field=field
        )
    number: int | float = value
    return number


def _text(parameter: Parameter, value: Any, field: str) -> str:
    limit = int(parameter.most or 200)
    if not isinstance(value, str) or len(value) > limit or "\x00" in value:
        raise InvalidInput(f"`{field}` must be a text of at most {limit} characters.", field=field)
    return value
