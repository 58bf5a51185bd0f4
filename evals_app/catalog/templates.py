"""Which columns a prompt's template asks for. Templates are parsed here and never rendered."""

from __future__ import annotations

from functools import cache

from jinja2 import TemplateSyntaxError, meta
from jinja2.sandbox import ImmutableSandboxedEnvironment


@cache
def _environment() -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment()


def columns_of(template: str) -> set[str]:
    """ValueError says what is wrong with a template that is none."""
    try:
        return set(meta.find_undeclared_variables(_environment().parse(template)))
    except TemplateSyntaxError as error:
        raise ValueError(f"{error.message} (line {error.lineno} of the template)") from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
