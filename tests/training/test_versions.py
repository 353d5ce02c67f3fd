"""Which backend a training's figures are by: the variable's, else that of Keras's own settings file."""

from pathlib import Path

import pytest

from nas.training.versions import versions


@pytest.mark.parametrize(
    ("variable", "file", "backend", "package"),
    [
        (None, None, "tensorflow", "tensorflow"),
        (None, '{"backend": "jax"}', "jax", "jax"),
        ("tensorflow", '{"backend": "jax"}', "tensorflow", "tensorflow"),
        ("jax", None, "jax", "jax"),
        (None, '{"floatx": "float32"}', "tensorflow", "tensorflow"),
        (None, "no json", "tensorflow", "tensorflow"),
    ],
)
def test_the_backend_is_the_one_that_keras_will_take(
    variable: str | None, file: str | None, backend: str, package: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setenv("KERAS_BACKEND", variable) if variable else monkeypatch.delenv("KERAS_BACKEND", raising=False)
    if file is not None:
        (tmp_path / "keras.json").write_text(file)
    found = versions.__wrapped__()
    assert (found["backend"], list(found)) == (backend, ["backend", "keras", package, "numpy"])
