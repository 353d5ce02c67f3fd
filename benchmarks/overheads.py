"""What a search costs besides training: start-up, idle workers, the driver's own time, storage, memory.

    python benchmarks/overheads.py [--seconds 180] [--data mnist]

Runs `nas search --no-baselines --budget 7000 --seed 1` for that long in a folder of its own, watches its processes and its
result files, and then reads these. Prints JSON. Work begins where the first segment did, the workers being there; the share of
worker time in epochs is from then on to the last result.
"""

import argparse
import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import monotonic, sleep, time

import psutil

from nas.architecture import Budget, measure
from nas.baselines import baselines
from nas.data import find
from nas.engine.records import TrialRecord, costs
from nas.engine.results import Training
from nas.engine.samplers import ProposalSampler
from nas.engine.search import task_of
from nas.engine.spaces import find_space
from nas.engine.storage import open_storage, sqlite_url
from nas.engine.study import Study
from nas.training.curve import EpochRow
from nas.training.plan import NOTEBOOK
from nas.training.versions import versions

MIB = 2**20
FIRST_RUNG = 1
"""Epochs of a search's first segments."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=180)
    parser.add_argument("--data", default="mnist")
    arguments = parser.parse_args()
    with TemporaryDirectory(prefix="overheads-") as folder:
        report = searched(Path(folder), seconds=arguments.seconds, data=arguments.data)
        report["storage_ms_a_trial"] = stored(Path(folder))
    print(json.dumps(report | {"versions": versions()}, indent=2))


def searched(runs: Path, *, seconds: int, data: str) -> dict[str, object]:
    """Figures of a real search."""
    command = [str(Path(sys.executable).with_name("nas")), "search", "--no-baselines", "--budget", "7000", "--trials", "100000"]
    command += ["--seed", "1", "--timeout", f"{seconds}s", "--data", data, "--runs", str(runs)]
    begun = time()
    process = psutil.Process(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).pid)
    driver_seconds, memory, appeared = 0.0, {"driver": 0, "worker": 0}, dict[Path, float]()
    while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
        try:
            times = process.cpu_times()
            driver_seconds = times.user + times.system
            memory["driver"] = max(memory["driver"], process.memory_info().rss)
            for child in process.children(recursive=True):
                memory["worker"] = max(memory["worker"], child.memory_info().rss)
        except psutil.NoSuchProcess:
            pass
        appeared |= dict.fromkeys(set(runs.glob("*/results/*.json")) - appeared.keys(), time())
        sleep(0.2)
    files = list(runs.glob("*/results/*.json"))
    trainings = {file: Training.model_validate_json(file.read_bytes()) for file in files}
    ends = sorted(file.stat().st_mtime for file in files)
    first = min(appeared, key=lambda file: appeared[file])
    segment = sum(row.seconds for row in trainings[first].curve[:FIRST_RUNG])
    busy = sum(training.seconds for training in trainings.values())
    workers = psutil.cpu_count() or 1
    return {
        "seconds": seconds,
        "trained": len(files),
        "epochs": sum(len(training.curve) for training in trainings.values()),
        "seconds_to_the_first_result": round(appeared[first] - begun, 1),
        "share_of_worker_time_in_epochs": round(busy / workers / (ends[-1] - (appeared[first] - segment)), 3),
        "driver_cpu_ms_a_trial": round(1000 * driver_seconds / len(files)),
        "peak_memory_mib": {name: round(size / MIB) for name, size in memory.items()},
        "median_seconds_between_last_segments": round(median(later - earlier for earlier, later in pairwise(ends)), 2),
    }


def stored(folder: Path) -> float:
    """Milliseconds that SQLite takes for a trained trial of five epochs: begun, five values, told."""
    task, space = task_of(find("mnist"), budget=Budget(parameters=7_000)), find_space("plain")
    network = baselines(task)["model-2"]
    sampler = ProposalSampler("random", space=space, task=task, study_seed=1, trained=lambda: 0, barren=lambda: 0)
    study = Study(open_storage(sqlite_url(folder / "study.db")), "stored", sampler=sampler, baselines={})
    rows = tuple(
        EpochRow(epoch=epoch, train_loss=1, train_accuracy=0.5, val_loss=1, val_accuracy=0.5, seconds=1) for epoch in range(1, 6)
    )
    spent = []
    for number in range(40):
        trial = study.ask()
        space.draw(trial, task)
        record = TrialRecord(
            number=number, outcome="completed", network=network, plan=NOTEBOOK, seed=1, curve=rows, seconds=5.0, **costs(network)
        )
        begin = monotonic()
        study.begin(trial)
        study.show_curve(trial, rows)
        study.tell(trial, record, excess={"parameters": measure(network).parameters / 7_000 - 1})
        spent.append(monotonic() - begin)
    return round(1000 * median(spent), 1)


if __name__ == "__main__":
    main()
