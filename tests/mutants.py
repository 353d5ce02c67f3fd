"""Small deliberate breaks, each of which must turn a test red: `make mutants`.

Each break is made in a copy of the working tree, and the tests named for it are run there. Ends with exit code 1 if one
survives. `python tests/mutants.py bias` runs those whose names contain a word.
"""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

ROOT = Path(__file__).parents[1]
TIMEOUT_SECONDS = 300
NOT_COPIED = shutil.ignore_patterns(".git", ".venv", "runs", "__pycache__", ".*_cache", ".hypothesis", "*.egg-info")


@dataclass(frozen=True)
class Mutant:
    """One break."""

    name: str
    file: str
    old: str
    new: str
    tests: str
    """What must turn red, as pytest's arguments."""


COST, SHAPES = "nas/architecture/cost.py", "nas/architecture/shapes.py"
DRIVER, STUDY = "nas/engine/driver.py", "nas/engine/study.py"
TRAINER = "nas/training/trainer.py"
LAW_1 = "tests/architecture/test_against_keras.py"
LAW_2 = "tests/spaces/test_plain.py"
COMPACT = "tests/spaces/test_compact.py"
LAW_3 = "tests/training/test_segments.py"
MODERN_PLAN = "tests/training/test_modern_plan.py"
LAWS_4_5 = "tests/engine/test_driver.py"
EXPORT = "tests/exporting/"
FOREIGN = "tests/training/test_hypermodel.py"

MUTANTS = (
    Mutant("an off-by-one in a shape", SHAPES, "// strides[0] + 1,", "// strides[0],", LAW_1),
    Mutant("same padding that rounds down", SHAPES, "-(-size[0] // strides[0])", "size[0] // strides[0]", LAW_1),
    Mutant("a forgotten bias", COST, "(kernel + layer.use_bias) * layer.filters", "kernel * layer.filters", LAW_1),
    Mutant("moving statistics not counted", COST, "parameters=weights + frozen", "parameters=weights", LAW_1),
    Mutant(
        "multiplications of a convolution counted by its input",
        COST,
        "macs = kernel * prod(made)",
        "macs = kernel * prod(given)",
        "tests/architecture/test_cost.py",
    ),
    Mutant(
        "a kernel that is not clipped", "search_spaces/plain.py", "(min(size, height), min(size, width))", "(size, size)", LAW_2
    ),
    Mutant(
        "a share of the budget that is not kept to",
        "search_spaces/compact.py",
        "frame.at(max(0, beyond - 1))\n\n\ndef",
        "frame.at(beyond)\n\n\ndef",
        COMPACT,
    ),
    Mutant("a stage that is not wider", "search_spaces/compact_reading.py", "part.scale, k", "1.0, k", COMPACT),
    Mutant("a thin network left long", "search_spaces/compact.py", "THIN: Final = 4", "THIN: Final = 1", COMPACT),
    Mutant(
        "a contract that looks at one task's ranges",
        "nas/testing.py",
        "if before != asked:",
        "if False:",
        "tests/spaces/test_contract.py",
    ),
    Mutant("a located dense layer that is lost", "search_spaces/plain.py", "dense[0] if len(dense) > 1 else 0", "0", LAW_2),
    Mutant("optimizer state lost between segments", TRAINER, '_restore("optimizer",', '(lambda *_: None)("optimizer",', LAW_3),
    Mutant(
        "the same order in every epoch",
        TRAINER,
        "(seed, _ORDER_STREAM, epoch)",
        "(seed, _ORDER_STREAM)",
        "tests/training/test_order.py",
    ),
    Mutant(
        "a global generator",
        TRAINER,
        "generator.permutation(count)",
        "np.random.permutation(count)",
        "tests/training/test_order.py",
    ),
    Mutant(
        "a last batch that is not trained",
        "nas/training/tensorflow_runner.py",
        "    if count % batch:",
        "    if False:",
        "tests/training/test_trainer.py",
    ),
    Mutant(
        "a counted refusal",
        "nas/engine/records.py",
        'self.outcome in {"completed", "stopped"}',
        'self.outcome in {"completed", "stopped", "refused"}',
        LAWS_4_5,
    ),
    Mutant("a refusal that the sampler does not hear of", STUDY, "trial.set_constraint(name, share)", "pass", LAWS_4_5),
    Mutant(
        "a network over the budget that is trained",
        DRIVER,
        "baseline is None and not fits(",
        "baseline is None and None and not fits(",
        LAWS_4_5,
    ),
    Mutant(
        "a file's own tables that nobody estimates",
        "nas/architecture/footprint.py",
        '"file": 681',
        '"file": 81',
        "tests/architecture/test_footprint.py",
    ),
    Mutant(
        "activations that never share memory",
        "nas/architecture/footprint.py",
        "if other.first > buffer.last or buffer.first > other.last:",
        "if False:",
        "tests/architecture/test_footprint.py",
    ),
    Mutant(
        "a board whose whole RAM is the model's",
        "nas/architecture/devices.py",
        "self.reserved_ram_kib - RESERVED_RAM_KIB",
        "self.reserved_ram_kib",
        "tests/architecture/test_devices.py",
    ),
    Mutant("a repeated network that is trained again", DRIVER, "if first is not None:", "if False:", LAWS_4_5),
    Mutant(
        "a baseline that is counted", "nas/engine/records.py", "return self.baseline is None and self", "return self", LAWS_4_5
    ),
    Mutant(
        "a sampler that does not know the proposal's number",
        "nas/engine/samplers.py",
        '"sampling", trial.number)',
        '"sampling", id(self) % 1000)',
        LAWS_4_5,
    ),
    Mutant(
        "an interrupted trial that is forgotten",
        STUDY,
        "self._storage.set_trial_state_values(trial._trial_id, TrialState.WAITING)",
        "self._storage.set_trial_state_values(trial._trial_id, TrialState.FAIL)",
        LAWS_4_5,
    ),
    Mutant(
        "a checkpoint that is not written",
        "nas/engine/results.py",
        "        write_whole(self._checkpoint(work), buffer.getvalue())\n",
        "",
        LAWS_4_5,
    ),
    Mutant(
        "a stopper that keeps the worse half",
        "nas/engine/stoppers.py",
        "rival > curve[-1]",
        "rival < curve[-1]",
        "tests/engine/test_stoppers.py",
    ),
    Mutant(
        "a training that goes on with no chance left",
        "nas/engine/stoppers.py",
        "chance >= self.probability",
        "chance >= 0",
        "tests/engine/test_stoppers.py",
    ),
    Mutant(
        "a forest that proposes what does not fit",
        "nas/engine/forest.py",
        "fits(measure(network), budget=budget) and ",
        "",
        "tests/engine/test_samplers.py",
    ),
    Mutant(
        "a training that is stopped by networks that cost more",
        "nas/engine/rivals.py",
        "rival_curves(ended, within=within)",
        "rival_curves(ended, within={})",
        "tests/engine/test_front_search.py",
    ),
    Mutant(
        "a network named by hand that is told like a race's winner",
        "nas/evaluation/verdict.py",
        "if plan.picked:",
        "if False:",
        "tests/evaluation/test_picking.py",
    ),
    Mutant(
        "a forest that proposes what it knows",
        "nas/engine/forest.py",
        " and key not in seen",
        "",
        "tests/engine/test_samplers.py tests/engine/test_forest.py",
    ),
    Mutant(
        "another training begun from where the last one was left",
        TRAINER,
        "training.restore(work.checkpoint or _beginning(work, slots=training.slots))",
        "training.restore(Checkpoint(0, _named('model', training.model.variables) | training.slots))",
        LAW_3,
    ),
    Mutant(
        "another seed's training that begins with the last one's moments",
        TRAINER,
        '        _restore("optimizer", self.optimizer.variables, start)\n',
        "",
        LAW_3,
    ),
    Mutant(
        "averaged weights that go on training",
        TRAINER,
        'if any(name.startswith("raw/") for name in start.arrays):',
        "if False:",
        MODERN_PLAN,
    ),
    Mutant("weights that are judged without their average", TRAINER, "weight.assign(average)", "pass", MODERN_PLAN),
    Mutant(
        "images varied alike in every epoch",
        "nas/training/augmenting.py",
        "(seed, _STREAM, epoch)",
        "(seed, _STREAM)",
        MODERN_PLAN,
    ),
    Mutant(
        "weights that do not decay",
        "nas/training/tensorflow_runner.py",
        "self._optimizer._apply_weight_decay(variables)",
        "pass",
        MODERN_PLAN,
    ),
    Mutant(
        "comparators that are denied the winner's plan",
        "nas/evaluation/planning.py",
        "return tuple(dict.fromkeys((*plans, *own)))",
        "return tuple(dict.fromkeys((plans[0], *own)))",
        "tests/evaluation/test_recipes.py",
    ),
    Mutant(
        "networks under other plans that count as repeated",
        "nas/engine/order.py",
        "self.tuning.draw(trial) if self.tuning else self.plan",
        "self.plan",
        "tests/engine/test_tuning.py",
    ),
    Mutant(
        "a new field of plans that changes the keys of old ones",
        "nas/training/plan.py",
        "exclude_if=partial(_equal, default)",
        "exclude_if=None",
        "tests/training/test_plan.py",
    ),
    Mutant(
        "an opening of the test set that is not recorded",
        "nas/data/sealed.py",
        "    _append(",
        "    (lambda *_: None)(",
        "tests/data/test_sealed.py",
    ),
    Mutant(
        "another way to the test set",
        "nas/training/trainer.py",
        "from nas.data import DataRef",
        "import nas.data.sealed\nfrom nas.data import DataRef",
        "tests/test_seal.py -m 'not slow'",
    ),
    Mutant(
        "a mismatch that is kept",
        "nas/exporting/checks.py",
        "if not figure <= tolerance:",
        "if figure > 9:",
        EXPORT + "test_checks.py",
    ),
    Mutant(
        "no numbers that agree",
        "nas/exporting/checks.py",
        "if not figure <= tolerance:",
        "if figure > tolerance:",
        EXPORT + "test_checks.py",
    ),
    Mutant(
        "an export in two steps",
        "nas/files.py",
        "elif not _exchange(draft, final):",
        "else:",
        "tests/test_files.py -k moment",
    ),
    Mutant(
        "formats of other weights kept",
        "nas/exporting/shipping.py",
        "if before and before.key == card.key:",
        "if before:",
        EXPORT + "test_shipping.py -k kept",
    ),
    Mutant(
        "pixels divided twice",
        "nas/exporting/released.py",
        "pixels if rescaling_inside else pixels / np.float32(255)",
        "pixels / np.float32(255)",
        EXPORT + "test_shipping.py -k computes",
    ),
    Mutant(
        "the luckiest seed shipped",
        "nas/evaluation/predictions.py",
        "(len(self.val_accuracies) - 1) // 2",
        "-1",
        "tests/cli/test_releases.py",
    ),
    Mutant(
        "a zero point forgotten",
        "nas/exporting/litert_facts.py",
        "np.round(values / how.scale) + how.zero_point",
        "np.round(values / how.scale)",
        EXPORT + "test_c_source.py",
    ),
    Mutant(
        "workers that run the script again",
        "nas/training/cluster.py",
        'if not key.startswith("init_main_")',
        "if key",
        "tests/library/test_script.py",
    ),
    Mutant(
        "an environment that is left as workers have it",
        "nas/library/at_work.py",
        "os.environ.update(environment)",
        "pass",
        "tests/library/test_at_work.py",
    ),
    Mutant(
        "a flag that a word calls otherwise",
        "nas/library/export.py",
        "calibration: int = 500",
        "calibration: int = 400",
        "tests/library/test_words.py",
    ),
    Mutant(
        "a build's hyperparameter that keeps its default",
        "nas/training/hyperparameters.py",
        "self.values[new.name] = self._ask(declared(new))",
        "self._ask(declared(new))",
        FOREIGN,
    ),
    Mutant(
        "a foreign model whose weights ignore the seed", "nas/training/hypermodel.py", "_seeded(seed),", "_seeded(0),", FOREIGN
    ),
    Mutant("penalties that do not count", "nas/training/tensorflow_runner.py", "mean += tf.add_n(penalties)", "pass", FOREIGN),
    Mutant(
        "a clipped optimizer that is not left to itself",
        "nas/training/tensorflow_runner.py",
        "if not self._plain:",
        "if False:",
        FOREIGN,
    ),
    Mutant(
        "kernels counted once for all places",
        "nas/training/seen_layers.py",
        "_size(kernels) * _positions(call)",
        "_size(kernels)",
        "tests/training/test_seen_layers.py",
    ),
    Mutant(
        "a network that cannot be built and is trained",
        DRIVER,
        "if failure is not None and first is None:",
        "if False:",
        "tests/engine/test_foreign_spaces.py -k cannot_be_built",
    ),
    Mutant(
        "Optuna not told of a failed trial",
        "nas/kerastuner/oracle.py",
        "TrialStatus.FAILED: TrialState.FAIL",
        "",
        "tests/kerastuner/test_kerastuner.py -k failed",
    ),
)


def main() -> int:
    wanted = [mutant for mutant in MUTANTS if all(word in mutant.name for word in sys.argv[1:])]
    survivors = 0
    with TemporaryDirectory(prefix="nas-mutants-") as folder:
        copy = Path(folder) / "nas"
        shutil.copytree(ROOT, copy, ignore=NOT_COPIED)
        for mutant in wanted:
            begin = perf_counter()
            killed = _is_killed(mutant, copy)
            survivors += not killed
            print(f"{'red ' if killed else 'SURVIVED'}  {perf_counter() - begin:5.1f} s  {mutant.name}", flush=True)  # noqa: T201
    print(f"{len(wanted) - survivors} of {len(wanted)} breaks turned a test red.")  # noqa: T201
    return 1 if survivors else 0


def _is_killed(mutant: Mutant, copy: Path) -> bool:
    file = copy / mutant.file
    whole = file.read_text(encoding="utf-8")
    if mutant.old not in whole:
        raise SystemExit(f"{mutant.file} no longer holds {mutant.old!r}; bring the break {mutant.name!r} up to date.")
    file.write_text(whole.replace(mutant.old, mutant.new, 1), encoding="utf-8")
    command = f"{sys.executable} -m pytest -q -x -n 0 -p no:cacheprovider {mutant.tests}"
    environment = os.environ | {"PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        ended = subprocess.run(
            command, shell=True, cwd=copy, env=environment, capture_output=True, text=True, check=False, timeout=TIMEOUT_SECONDS
        )
    except subprocess.TimeoutExpired:
        return True  # a test that never ends is red as well
    finally:
        file.write_text(whole, encoding="utf-8")
    if ended.returncode not in {0, 1}:
        raise SystemExit(f"The tests {mutant.tests} did not run:\n{ended.stdout[-2000:]}{ended.stderr[-2000:]}")
    return ended.returncode == 1


if __name__ == "__main__":
    sys.exit(main())
