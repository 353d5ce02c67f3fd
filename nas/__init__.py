"""The most accurate small Keras network under a hard budget, and an honest answer whether the search was worth it."""

from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from nas.errors import NasError
    from nas.library.export import export
    from nas.library.measure import measure
    from nas.library.replay import replay
    from nas.library.search import search
    from nas.library.verdict import verdict

__all__ = ["NasError", "__version__", "export", "measure", "replay", "search", "verdict"]
_ELSEWHERE = {"NasError": "nas.errors"}


def __getattr__(name: str) -> object:
    """A word's function, imported when it is first asked for: the rooms behind it take seconds."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module
    from warnings import catch_warnings, filterwarnings

    with catch_warnings():
        filterwarnings("ignore", "IProgress not found")  # Optuna imports bars for notebooks; we draw our own
        found = getattr(import_module(_ELSEWHERE.get(name, f"nas.library.{name}")), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
