"""A script that searches, without a main guard and from start to end."""

import subprocess
import sys

import pytest
from command_line import Ended, environment

SCRIPT = """
import os
import numpy as np
import nas
print("the script begins")
before = dict(os.environ)
generator = np.random.default_rng(0)
labels = np.arange(90) % 3
images = generator.integers(0, 100, (90, 8, 8), np.uint8) + np.uint8(50) * labels[:, None, None].astype(np.uint8)
found = nas.search(data=(images, labels), budget=300, trials=1, workers=1, baselines=False, verdict=False, progress=False)
print(found)
print("environment as before:", dict(os.environ) == before)
"""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Ended:
    folder = tmp_path_factory.mktemp("script")
    (folder / "script.py").write_text(SCRIPT)
    ours = environment(NAS_CACHE=folder / "cache", NAS_DATA=folder / "data")
    command = (sys.executable, "script.py")
    came = subprocess.run(command, cwd=folder, env=ours, capture_output=True, text=True, check=False, timeout=170)
    return Ended(came.returncode, came.stdout, came.stderr)


def test_its_workers_do_not_run_it_again(ended: Ended) -> None:
    assert ended.succeeded().out.count("the script begins") == 1


def test_it_says_what_it_prints_and_nothing_else(ended: Ended) -> None:
    assert ended.err == ""
    lines = ended.out.splitlines()
    assert lines[1].startswith("Search arrays-")
    assert lines[3].startswith("1 tried: 1 to the end, 0 stopped early, 15 of 15 epochs;")
    assert lines[-1] == "environment as before: True"
