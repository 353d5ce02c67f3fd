"""Where a user's module lies, and what is written in it, without running it."""

import ast
import atexit
import importlib.util
import shutil
import sys
from hashlib import sha256
from pathlib import Path
from tempfile import mkdtemp


def look_here() -> None:
    """Lets modules of the current folder be found: a console script does not have it on its path."""
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)


def module_source(name: str) -> bytes | None:
    """The source of a module, or None where there is none; whoever imports it is told why."""
    try:
        spec = importlib.util.find_spec(name)
    except Exception:  # whatever a package around it raises
        return None
    if spec is None or not spec.has_location or spec.origin is None or not spec.origin.endswith(".py"):
        return None
    try:
        return Path(spec.origin).read_bytes()
    except OSError:
        return None


def keep_module(name: str, source: bytes) -> None:
    """Lets this process find a module that came over the network, after all that it finds by itself."""
    folder = Path(mkdtemp(prefix="nas-modules-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = folder.joinpath(*name.split(".")).with_suffix(".py")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(source)
    sys.path.append(str(folder))
    importlib.invalidate_caches()


def source_sha256(name: str) -> str:
    """Hash of a module's source, or of its name where it has none."""
    return sha256(module_source(name) or name.encode()).hexdigest()


def builds_keras(source: bytes, name: str) -> bool:
    """Whether a name in a module's source is a KerasTuner HyperModel or a build function, as far as the source says.

    A class is taken for a HyperModel, and a function of one argument for a build function; a space of ours takes two. What
    is assigned or imported counts as a HyperModel where the module speaks of KerasTuner.

    >>> builds_keras(b"def model(hp): ...", "model"), builds_keras(b"def space(trial, task): ...", "space")
    (True, False)
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return False  # whoever imports it says what is wrong
    for statement in reversed(tree.body):
        match statement:
            case ast.ClassDef() if statement.name == name:
                return True
            case ast.FunctionDef() if statement.name == name:
                given = statement.args
                required = len(given.posonlyargs) + len(given.args) - len(given.defaults)
                return required == 1 and not given.vararg
            case ast.Assign() | ast.AnnAssign() | ast.Import() | ast.ImportFrom() if name in _bound(statement):
                return b"keras_tuner" in source or b"kerastuner" in source or b"HyperModel" in source
    return False


def _bound(statement: ast.Assign | ast.AnnAssign | ast.Import | ast.ImportFrom) -> set[str]:
    match statement:
        case ast.Assign():
            return {target.id for target in statement.targets if isinstance(target, ast.Name)}
        case ast.AnnAssign():
            return {statement.target.id} if isinstance(statement.target, ast.Name) else set()
        case _:
            return {alias.asname or alias.name for alias in statement.names}
