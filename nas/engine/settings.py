"""What a search is asked to do, as study.toml spells it."""

import tomllib
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

import tomli_w
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_serializer, field_validator

from nas.architecture import Architecture, Budget, find_device, parse_architecture, room_on
from nas.data import DataRef, Split
from nas.engine.objective import CostAim, Objective, cost_aim
from nas.engine.samplers import SamplerName
from nas.engine.stoppers import StopperName
from nas.errors import StudyError, wanted
from nas.files import write_whole
from nas.training.plan import NOTEBOOK, TrainingPlan
from nas.training.plan_files import find_plan

FORMAT = 1
FREE = ("trials", "timeout", "trial_timeout", "workers")
"""What may differ when a study goes on."""


class SearchSettings(BaseModel):
    """What a search is asked to do; each field is a flag of `nas search` and a key of study.toml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    space: str = "plain"
    """Name of a search space, or module:function."""
    data: str = "mnist"
    """Name of a data set; one from a path is called by its content, as in screws@1a2b3c4d."""
    val_split: Annotated[float, Field(gt=0, lt=1)] | None = None
    """Share of each class that is kept for validation, or None for the data set's own split."""
    image_size: Annotated[str, Field(pattern=r"^[1-9]\d{0,3}x[1-9]\d{0,3}$")] | None = None
    """Size as HEIGHTxWIDTH that a folder of images was scaled to, or None."""
    budget: Annotated[int, Field(ge=1)] = 7_000
    """Most parameters a network may have."""
    max_macs: Annotated[int, Field(ge=1)] | None = None
    """Most multiply-accumulate operations for one image, or None."""
    max_ram: Annotated[int, Field(ge=1)] | None = None
    """Most bytes of RAM (the arena of TensorFlow Lite Micro, as estimated), or None."""
    max_flash: Annotated[int, Field(ge=1)] | None = None
    """Most bytes of flash (the int8 LiteRT file, as estimated), or None."""
    fits: str | None = None
    """Name of a device that networks have to fit, which sets both of these, or None."""
    trials: Annotated[int, Field(ge=1)] = 100
    """Networks to train; refused and repeated proposals and baselines are not counted."""
    timeout: Annotated[float, Field(gt=0)] | None = None
    """Seconds after which no training goes on, or None."""
    trial_timeout: Annotated[float, Field(gt=0)] | None = None
    """Seconds that one network may train, or None; one that takes longer has failed."""
    workers: Annotated[int, Field(ge=1)] | None = None
    """Worker processes; None takes one for each processor."""
    seed: Annotated[int, Field(ge=0)] = 0
    """Gives every random choice of the study."""
    plan: str = NOTEBOOK.name
    """Name of the training recipe; one from a file is called by the file's name."""
    tune_plan: bool = False
    """Whether learning rate, batch size and augmentation strength vary from trial to trial, around the plan's."""
    objective: Objective = "accuracy"
    """What is to be large, and behind a comma what is to be small."""
    score: Literal["mean of the last 3 epochs"] = "mean of the last 3 epochs"
    """How a curve of validation accuracies becomes one number."""
    sampler: SamplerName = "forest"
    """Where proposals come from."""
    stopper: StopperName = "promising"
    """When a training is given up."""
    baselines: bool = True
    """Whether the hand-designed networks that fit are trained first."""

    @property
    def default_name(self) -> str:
        """The study's name if none is given.

        >>> SearchSettings(data="mnist:2000").default_name
        'mnist-2000-plain-7000-s0'
        """
        plain = "".join(sign if sign.isalnum() else "-" for sign in f"{self.data}-{self.space}")
        plan = [] if self.plan == NOTEBOOK.name else ["".join(sign if sign.isalnum() else "-" for sign in self.plan)]
        plan += ["tuned"] if self.tune_plan else []
        others = {
            "val": self.val_split and f"{self.val_split:g}".replace(".", "-"),
            "macs": self.max_macs,
            "ram": self.max_ram,
            "flash": self.max_flash,
        }
        limits = [f"{word}{limit}" for word, limit in others.items() if limit is not None]
        aims = ["front", self.aim] if self.aim else []
        return "-".join([plain, str(self.budget), *limits, *([self.fits] if self.fits else []), *plan, *aims, f"s{self.seed}"])

    @property
    def aim(self) -> CostAim | None:
        """The cost that is to be small beside a large accuracy, or None where accuracy is all."""
        return cost_aim(self.objective)

    @property
    def limits(self) -> Budget:
        """All that a network may cost; where a device and a flag limit the same, the smaller holds.

        Raises:
            BudgetError: If there is no such device, or no runtime for it.
        """
        own = Budget(parameters=self.budget, macs=self.max_macs, ram_bytes=self.max_ram, flash_bytes=self.max_flash)
        return own.tightened(room_on(find_device(self.fits))) if self.fits else own


class Resolved(BaseModel):
    """What the settings meant when the study began, so that they still mean it when it goes on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    space_sha256: str
    """Hash of the space's source."""
    data_sha256: str
    """Hash of the data set's content."""
    plan_key: str
    """Hash of the training recipe."""
    nas_version: str
    """The version that began the study."""
    plan: TrainingPlan | None = None
    """The training recipe itself; None in a study begun by a version that knew the notebook's alone."""
    storage: str | None = None
    """Where Optuna's study lies, without a password; None for the run's own folder."""
    split: Split | None = None
    """Which training images validate; None for the split that the data set's name stands for."""
    limits: dict[str, int] = Field(default_factory=dict)
    """Each limit by its name, a device's among them; empty in a study begun by a version that knew parameters alone."""
    own: dict[str, Architecture] = Field(default_factory=dict)
    """The user's own networks, by name: trained first where the space contains them, and compared with in the verdict."""

    @field_validator("own", mode="before")
    @classmethod
    def _read_spelled(cls, value: object) -> object:
        """Networks stand in study.toml as JSON: TOML would take a line for every number of a layer."""
        if not isinstance(value, dict):
            return value
        return {
            name: parse_architecture(one, source=f"the network {name} of study.toml") if isinstance(one, str) else one
            for name, one in value.items()
        }

    @field_serializer("own")
    def _spell(self, own: dict[str, Architecture]) -> dict[str, str]:
        return {name: network.canonical_json for name, network in own.items()}

    def recipe(self, name: str) -> TrainingPlan:
        """The training recipe that the study was begun with, whatever became of its file.

        Args:
            name: What it was called.

        Raises:
            StudyError: If it was not kept, and there is none of that name.
        """
        return self.plan or find_plan(name)

    def data(self, name: str) -> DataRef:
        """The data set that the study was begun with.

        Args:
            name: What it was called.
        """
        ref = DataRef(name=name, sha256=self.data_sha256)
        return ref if self.split is None else ref.model_copy(update={"split": self.split})


def read_settings(path: Path) -> dict[str, Any]:
    """The settings that a study.toml gives, without those it leaves out.

    Raises:
        StudyError: If the file cannot be read, is no TOML, or holds an unknown key or a value that is not allowed.
    """
    return _checked(_read_toml(path), path=path)


def read_study_file(path: Path) -> tuple[SearchSettings, Resolved]:
    """The effective settings that a run's study.toml holds.

    Raises:
        StudyError: If the file is missing or damaged, or of a newer format.
    """
    table = _read_toml(path)
    resolved = table.get("resolved")
    try:
        return SearchSettings(**_checked(table, path=path)), Resolved.model_validate(resolved)
    except ValidationError:
        raise StudyError(f"{path} is not the settings file of a run; it lacks its table [resolved].") from None


def kept_plan(path: Path) -> TrainingPlan | None:
    """The recipe itself that a run's study.toml holds; None for a file that holds settings alone.

    Raises:
        StudyError: If the file cannot be read, or its recipe is damaged.
    """
    resolved = _read_toml(path).get("resolved")
    kept = resolved.get("plan") if isinstance(resolved, dict) else None
    try:
        return None if kept is None else TrainingPlan.model_validate(kept)
    except ValidationError:
        raise StudyError(f"The table [resolved.plan] of {path} is damaged; remove it and give --plan.") from None


def write_study_file(path: Path, settings: SearchSettings, resolved: Resolved) -> None:
    """Writes the effective settings, whole or not at all."""
    table = {"format": FORMAT} | settings.model_dump(exclude_none=True) | {"resolved": resolved.model_dump(exclude_none=True)}
    write_whole(path, tomli_w.dumps(table).encode())


def check_settings(values: dict[str, Any], *, source: str) -> SearchSettings:
    """Settings from values, with defaults for the rest.

    Raises:
        StudyError: If a value is not allowed; the message names it.
        BudgetError: If there is no such device, or no runtime for it.
    """
    try:
        settings = SearchSettings(**values)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise StudyError(f"{source} has {name} = {first['input']!r}, but it must be {wanted(first)}.") from None
    _ = settings.limits
    return settings


def differences(now: SearchSettings, before: SearchSettings) -> list[tuple[str, object, object]]:
    """Name, value then, and value now of each setting that must not change and did."""
    return [
        (name, getattr(before, name), getattr(now, name))
        for name in SearchSettings.model_fields
        if name not in FREE and getattr(before, name) != getattr(now, name)
    ]


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise StudyError(f"The settings file {path} cannot be read ({error.strerror}).") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise StudyError(f"The settings file {path} is not valid TOML ({error}).") from None
    written = table.get("format", FORMAT)
    if not isinstance(written, int) or written > FORMAT:
        raise StudyError(f"The settings file {path} has format {written}, newer than the {FORMAT} that this version reads.")
    return table


def _checked(table: dict[str, Any], *, path: Path) -> dict[str, Any]:
    values = {name: value for name, value in table.items() if name not in {"format", "resolved"}}
    for name in values:
        if name not in SearchSettings.model_fields:
            nearest = get_close_matches(name, SearchSettings.model_fields, n=1)
            hint = f"; did you mean {nearest[0]!r}?" if nearest else "."
            raise StudyError(f"The settings file {path} has an unknown key {name!r}{hint}")
    check_settings(values, source=f"The settings file {path}")
    return values
