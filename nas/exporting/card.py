"""The model card: what an export is, where it is from, what it costs, and how it was checked."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from nas.architecture import Budget, Network, devices, fit, measure
from nas.architecture.budget import UNITS
from nas.data import DataRef
from nas.errors import ExportError
from nas.exporting.checks import NOTABLE_DROP, Check
from nas.exporting.litert_facts import Quantisation
from nas.exporting.released import Conversion
from nas.training.plan import TrainingPlan

FORMAT: Final = 1
CARD, PAGE = "model_card.json", "model_card.md"
_CARD_BYTES: Final = 8 * 2**20


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TestEvidence(_Data):
    """What is known of a network on test images."""

    __test__ = False  # no test case, whatever pytest makes of the name

    accuracy: float
    """Mean over the confirmation seeds."""
    low: float
    """Lower end of the mean's 95 % interval over seeds."""
    high: float
    """Upper end."""
    seeds: int
    """How many these are."""
    shipped_accuracy: float
    """Of the training that is shipped."""
    images: int
    """How many test images there are."""
    openings: int
    """How often the user had opened them by then, whatever the study."""
    deployed: str | None = None
    """The format whose answers these figures are of, or None for the network as it was trained."""


class Evidence(_Data):
    """How good the network is known to be."""

    verdict: tuple[str, ...] = ()
    """The verdict's sentences; empty if there is none, or if it does not speak of this network."""
    test: TestEvidence | None = None
    """None if no test image was shown to the network."""
    score: float | None = None
    """Mean validation accuracy of the shipped training's last three epochs; None where it trained on these images too."""


class Artifact(_Data):
    """A format of an export."""

    format: str
    """As `--format` calls it."""
    title: str
    """What it is, for a person."""
    file: str
    """Its file or folder, relative to the card."""
    size_bytes: int
    """Of all its files."""
    sha256: Mapping[str, str]
    """Hash of each of its files, by path relative to the card."""
    check: Check | None = None
    """How it compares with Keras; None for source code, which holds what another format was checked for."""
    runtime: str | None = None
    """What it was checked in."""
    latency_us: float | None = None
    """Time for one image on one thread of the machine at hand, called from Python, the least of five medians, in microseconds."""
    arena_bytes: int | None = None
    """RAM that the interpreter of TensorFlow Lite Micro allocates for it on a 64-bit machine; None if that is not known."""
    micro_largest_step: int | None = None
    """Largest difference, in steps of int8, between the answers of TensorFlow Lite Micro and LiteRT; None if not known."""
    operators: tuple[str, ...] = ()
    """Operators that a LiteRT runtime needs for it."""
    input: Quantisation | None = None
    """How its input is quantised; None for float32."""
    output: Quantisation | None = None
    """How its output is quantised; None for float32."""


class ModelCard(_Data):
    """Everything that leaves with a network."""

    format: Literal[1] = FORMAT
    label: str
    """What tables call the network."""
    study: str
    why: str
    """Why this network and this seed's weights."""
    refit: bool
    """Whether it was trained once more, on training and validation images together, after it was judged."""
    network: Network
    plan: TrainingPlan
    data: DataRef
    source: str
    """Where the data came from."""
    pixels: str | None = None
    """What the source's pixels were and what became of them; None where they were bytes from 0 to 255 and were kept."""
    class_names: tuple[str, ...]
    """In the order of the outputs."""
    training_images: int
    seed: int
    weights_sha256: str
    conversion: Conversion
    evidence: Evidence
    parameters: int
    """As Keras counts them."""
    macs: int
    """Multiply-accumulate operations for one image."""
    peak_activation_bytes: int
    """Largest input and output of one layer together, as int8, by arithmetic."""
    budget: Budget
    """What the study allowed a network to cost."""
    artifacts: tuple[Artifact, ...]
    environment: Mapping[str, Any]
    """Date, machine and versions."""

    @property
    def key(self) -> tuple[str, str, str]:
        """What must be equal for two exports to hold formats of the same thing."""
        return (self.network.key, self.weights_sha256, self.conversion.model_dump_json())

    def artifact(self, name: str) -> Artifact | None:
        """The artifact of that format, or None."""
        return next((one for one in self.artifacts if one.format == name), None)

    @property
    def float_accuracy(self) -> float | None:
        """Validation accuracy of the float formats, or None if there is none."""
        checks = [one.check for one in self.artifacts if one.check and one.format != "litert-int8"]
        return checks[0].accuracy if checks else None

    @property
    def int8_drop(self) -> float | None:
        """Percentage points of validation accuracy that int8 loses, or None if that was not measured."""
        int8 = self.artifact("litert-int8")
        if int8 is None or int8.check is None or self.float_accuracy is None:
            return None
        return 100 * (self.float_accuracy - int8.check.accuracy)

    @property
    def excess(self) -> str:
        """By how much what was measured is over the study's budget, in words; empty where it is within it."""
        return self._over(self._measured)

    @property
    def budget_kept(self) -> str:
        """What became of the study's budget, in words; of what was not measured, as it is estimated, if it can be."""
        missing = [name for name in self.budget.limits if name not in self._measured]
        if self.excess or not missing:
            return f"**{self.excess}**" if self.excess else "kept"
        which = " and ".join(UNITS[name].removeprefix("bytes of ") for name in missing)
        if not (cost := measure(self.network)).estimates_bytes:
            return f"kept, but {which} not measured"
        over = self._over({name: getattr(cost, name) for name in missing})
        return f"**{over}**, as estimated" if over else f"kept, {which} as estimated"

    @property
    def _measured(self) -> Mapping[str, int]:
        int8 = self.artifact("litert-int8") or self.artifact("c")
        measured = {"parameters": self.parameters, "macs": self.macs}
        if int8 and int8.arena_bytes:
            measured["ram_bytes"] = int8.arena_bytes
        if int8 and int8.format == "litert-int8":
            measured["flash_bytes"] = int8.size_bytes
        return measured

    def _over(self, known: Mapping[str, int]) -> str:
        over = {name: known[name] - limit for name, limit in self.budget.limits.items() if name in known}
        return ", ".join(f"{excess:,} {UNITS[name]} over" for name, excess in over.items() if excess > 0)

    @property
    def fits(self) -> Mapping[str, str]:
        """For each board of `nas devices` by title whether the int8 file and its arena fit; empty if they were not measured."""
        int8 = self.artifact("litert-int8")
        if int8 is None or int8.arena_bytes is None:
            return {}
        flash_bytes, ram_bytes = int8.size_bytes, int8.arena_bytes
        return {one.title: fit(one, flash_bytes=flash_bytes, ram_bytes=ram_bytes).words for one in devices()}

    @property
    def limits(self) -> tuple[str, ...]:
        """What whoever uses the network should know, a sentence each."""
        height, width, channels = self.network.input_shape
        said = [
            (
                f"It knows images like those of {self.data.name} alone, {height} × {width} pixels with {channels}"
                f" channel{'s' if channels > 1 else ''}; other sizes, polarity or lighting were not tried."
            ),
            (
                f"It names one of its {len(self.class_names)} classes for every image, also for one that shows none of them, and"
                " its probabilities are not calibrated."
            ),
        ]
        if self.refit:
            said.append(
                "It was trained once more, on training and validation images together: it is not the network that was judged,"
                " and its validation figures are of images that it was trained on."
            )
        if self.excess:
            said.append(f"It is over the study's budget of {self.budget.words}: {self.excess}, as measured.")
        if self.int8_drop is not None and self.int8_drop > NOTABLE_DROP:
            said.append(f"In int8 it loses {self.int8_drop:.2f} points of validation accuracy, more than {NOTABLE_DROP:g}.")
        return tuple(said)


class ForeignCardError(ExportError):
    """A card of that name which another tool wrote."""


def read_card(folder: Path) -> ModelCard | None:
    """The card in an export's folder, or None if there is none.

    Raises:
        ExportError: If it is damaged, of a newer format, or another tool's.
    """
    path = folder / CARD
    try:
        if path.stat().st_size > _CARD_BYTES:
            raise ExportError(f"{path} has {path.stat().st_size:,} bytes; a model card has at most {_CARD_BYTES:,}.")
        value = json.loads(path.read_bytes())
        written = value.get("format")
        if written is None:
            raise ForeignCardError(f"{path} is no card of nas; move it away and export again.")
        if isinstance(written, int) and written > FORMAT:
            raise ExportError(f"{path} has format {written}, newer than the {FORMAT} that this version reads; update nas.")
        return ModelCard.model_validate(value)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise ExportError(f"{path} cannot be read ({error.strerror}).") from None
    except (ValueError, AttributeError, ValidationError, RecursionError):
        raise ExportError(f"{path} is damaged; move its folder away and export again.") from None


def card_page(card: ModelCard) -> str:
    """`model_card.md`: the card for a person."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("nas.exporting"),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
    )
    return environment.get_template(f"{PAGE}.j2").render(card=card, notable=NOTABLE_DROP)
