"""What a report puts on record: settings, seeds, versions, hashes, openings, and the commands to do it again."""

import json
from collections.abc import Mapping
from typing import Any

from nas.engine.environment import FILE as ENVIRONMENT
from nas.engine.environment import VERDICT_FILE as VERDICT_ENVIRONMENT
from nas.engine.reading import StudyView
from nas.errors import DataError
from nas.evaluation.holdout import count_openings
from nas.evaluation.judging import Judged
from nas.evaluation.report.again import search_command, verdict_commands
from nas.evaluation.report.page import Block, Code, Section, Table, Text
from nas.evaluation.report.wording import NONE, level, times


def record_section(view: StudyView, judged: Judged | None) -> Section:
    """Everything that the figures depend on."""
    rows = (
        *_settings(view),
        *_recipe(view),
        ("search seed", str(view.settings.seed)),
        *(_seeds(judged) if judged else ()),
        *_data(view, judged),
        *_environments(view),
    )
    return Section("On record", (Table(("what", "value"), rows, words=("value",)),))


def openings_section(view: StudyView, judged: Judged | None) -> Section:
    """How often the test set was opened, by this study and in all."""
    if judged:
        told = judged.verdict.openings_of_study, judged.verdict.openings_in_all
    else:
        try:
            counted = count_openings(view.data, study_folder=view.folder.path)
        except DataError as error:
            return Section("Openings of the test set", (Text(f"They cannot be counted here: {error}"),))
        told = counted.study, counted.in_all
    when = f" when the verdict of {judged.plan.date} was written" if judged else ""
    text = f"By this study: {times(told[0])}. By this user, whatever the study: {times(told[1])}. So it stood{when or ' now'}."
    return Section("Openings of the test set", (Text(text.replace(" So it stood now.", "")),))


def again_section(view: StudyView, judged: Judged | None) -> Section:
    """The commands to do it again."""
    lines = [search_command(view), *(verdict_commands(view, judged.plan, judged.verdict) if judged else ())]
    blocks: list[Block] = [Code("\n".join(lines), "sh")]
    own = {*view.resolved.own, *((one.name for one in judged.plan.comparators if one.side == "hand") if judged else ())}
    if any(f"{name}.json" in word for name in own for word in " ".join(lines).split()):
        blocks.append(
            Text("Files named there hold the networks that the user brought; they stand in study.toml and verdict-plan.json.")
        )
    if f"{view.settings.plan}.toml" in " ".join(lines).split():
        blocks.append(Text(f"{view.settings.plan}.toml holds the training plan, which stands in study.toml as [resolved.plan]."))
    blocks.append(
        Text("With one worker a search comes out the same, trial by trial; with more, the order in which they end differs.")
    )
    return Section("To do it again", tuple(blocks))


def _settings(view: StudyView) -> tuple[tuple[str, str], ...]:
    values = view.settings.model_dump(exclude={"seed", "plan", "tune_plan", "workers"})
    return tuple((name.replace("_", " "), _plain(value)) for name, value in values.items())


def _recipe(view: StudyView) -> tuple[tuple[str, str], ...]:
    recipe = view.plan.model_dump()
    name = recipe.pop("name")
    recipe |= {f"augmentation {key}": value for key, value in recipe.pop("augmentation", {}).items()}
    told = ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in recipe.items())
    rows = (("training recipe", f"{name}: {told}"),)
    tuned = ("tuned", "learning rate, batch size and augmentation strength vary from trial to trial, around the recipe's")
    return (*rows, tuned) if view.settings.tune_plan else rows


def _seeds(judged: Judged) -> tuple[tuple[str, str], ...]:
    plan = judged.plan
    released = ", ".join(f"{one.name}: {one.released_seed}" for one in judged.verdict.standings)
    return (
        ("selection seeds", _listed(plan.selection_seeds)),
        ("confirmation seeds", _listed(judged.verdict.seeds)),
        ("compared as", f"{plan.deployed} files" if plan.deployed else "trained"),
        ("released seeds", released),
        ("looks", f"{len(plan.looks)} planned, at {_listed(plan.looks)} seeds a network, at {level(plan.level_of_a_look)} each"),
        ("verdict planned on", f"{plan.date}, by nas {plan.nas_version}"),
        ("SHA-256 of the verdict plan", plan.key),
    )


def _data(view: StudyView, judged: Judged | None) -> tuple[tuple[str, str], ...]:
    split = ", ".join(f"{key} {value}" for key, value in view.data.split.model_dump().items())
    rows = (
        ("validation images", split),
        ("SHA-256 of the data", view.data.sha256),
        ("SHA-256 of the space's source", view.resolved.space_sha256),
        ("SHA-256 of the recipe", view.resolved.plan_key),
    )
    return (*rows, ("test images", f"{judged.plan.test_images:,}")) if judged else rows


def _environments(view: StudyView) -> tuple[tuple[str, str], ...]:
    """Of the search, and of the verdict where that has one of its own: in older studies it took the search's place."""
    begun = ("study begun by", f"nas {view.resolved.nas_version}")
    search = _environment(view, ENVIRONMENT) or (("machine", f"unknown: {ENVIRONMENT} is not there"),)
    verdict = _environment(view, VERDICT_ENVIRONMENT)
    same = verdict == search
    return (begun, *search, *(() if same else tuple((f"verdict {name}", value) for name, value in verdict)))


def _environment(view: StudyView, file: str) -> tuple[tuple[str, str], ...]:
    """Two rows, or none where the file is not there."""
    try:
        facts: Mapping[str, Any] = json.loads((view.folder.path / file).read_bytes())
    except (OSError, ValueError):
        return ()
    versions = ", ".join(f"{name} {value}" for name, value in facts.get("versions", {}).items())
    machine = (
        f"{facts.get('processor', NONE)}, {facts.get('cores', NONE)} cores, {facts.get('system', '')} {facts.get('machine', '')}"
    )
    return (
        ("computed by", f"nas {facts.get('nas', NONE)}, Python {facts.get('python', NONE)}, {versions}"),
        ("machine", f"{machine}, {facts.get('memory_bytes', 0) / 2**30:.0f} GiB, {facts.get('workers', NONE)} workers"),
    )


def _listed(values: tuple[int, ...]) -> str:
    return ", ".join(map(str, values)) or NONE


def _plain(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int) else str(value)
