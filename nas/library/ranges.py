"""Numbers that are checked where no command line does it."""

from nas.errors import StudyError


def require_between(name: str, value: float | None, *, least: float, most: float | None, above: bool = False) -> None:
    """Nothing, for a number in a range, or None; what is not a number is in none.

    Args:
        name: What the argument is called.
        value: What was given.
        least: The smallest number that is allowed; with `above`, all allowed ones are larger.
        most: The largest, or None.
        above: Whether `least` itself is not allowed.

    Raises:
        StudyError: If it is outside.
    """
    if value is None:
        return
    if not value >= least or (above and value == least):
        raise StudyError(f"{name} must be {'more than' if above else 'at least'} {least:g}, not {value}.")
    if most is not None and value > most:
        raise StudyError(f"{name} must be at most {most:g}, not {value}.")
