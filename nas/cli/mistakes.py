"""What a person typed wrong, in one sentence."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Literal, get_args, get_origin

from cyclopts import CoercionError, CycloptsError, MissingArgumentError, UnknownOptionError, UnusedCliTokensError, ValidationError
from cyclopts.exceptions import UnknownCommandError

_WANTED: dict[type, str] = {int: "a whole number", float: "a number", bool: "true or false"}


def describe_mistake(error: CycloptsError) -> str:
    """One sentence that says what came, what was wanted, and where to look."""
    match error:
        case UnknownCommandError():
            given = (error.unused_tokens or [""])[0]
            return _unknown("flag" if given.startswith("-") else "command", given, known=_commands(error))
        case UnknownOptionError():
            flags = [name for argument in error.argument_collection for name in argument.names]
            return _unknown("flag", error.token.keyword or error.token.value, known=flags)
        case CoercionError() if error.token is not None and error.target_type is not None:
            return f"{_name(error)} takes {_wanted(error.target_type)}, not {error.token.value!r}."
        case ValidationError() if error.argument is not None:
            message = error.exception_message.rstrip(".").replace(">=", "at least").replace("<=", "at most")
            return f"{_name(error)} {message[:1].lower()}{message[1:]}, not {error.argument.value}."
        case MissingArgumentError() if error.argument is not None:
            lack = "lacks its value" if _name(error).startswith("-") else "is missing"
            return f"{_name(error)} {lack}; `{_called(error)} --help` says what it is."
        case UnusedCliTokensError():
            given = " ".join(error.unused_tokens or [])
            return f"`{_called(error)}` has no place for {given!r}; `{_called(error)} --help` says what it takes."
        case _:
            return " ".join(str(error).split())


def _unknown(kind: str, given: str, *, known: Iterable[str]) -> str:
    names = list(known)
    nearest = get_close_matches(given, names, n=1)
    return f"There is no {kind} {given}; " + (f"did you mean {nearest[0]}?" if nearest else f"choose from {', '.join(names)}.")


def _commands(error: CycloptsError) -> list[str]:
    return [name for name in error.app or () if not name.startswith("-")]


def _name(error: CycloptsError) -> str:
    token = getattr(error, "token", None) or next(iter(error.argument.tokens if error.argument else ()), None)
    keyword = getattr(error, "keyword", None) or (token.keyword if token else None)
    return keyword or (error.argument.name if error.argument else "a value")


def _called(error: CycloptsError) -> str:
    return " ".join(("nas", *(error.command_chain or ())))


def _wanted(kind: type) -> str:
    if get_origin(kind) is Literal:
        *others, last = map(str, get_args(kind))
        return f"{', '.join(others)} or {last}" if others else last
    return _WANTED.get(kind, f"a {kind.__name__}")
