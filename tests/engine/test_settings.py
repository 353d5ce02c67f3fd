"""What a search is asked to do: how study.toml spells it, and what may change when a study goes on."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from nas.architecture import Budget, find_device
from nas.engine.folder import RunFolder
from nas.engine.settings import (
    FREE,
    Resolved,
    SearchSettings,
    check_settings,
    differences,
    read_settings,
    read_study_file,
    write_study_file,
)
from nas.engine.settling import settle
from nas.errors import NasError, StudyError

RESOLVED = Resolved(space_sha256="a" * 64, data_sha256="b" * 64, plan_key="c" * 64, nas_version="0.1.0")
CHANGED: dict[str, Any] = {
    "space": "other",
    "data": "mnist:2000",
    "budget": 500,
    "max_macs": 500_000,
    "max_ram": 8_192,
    "max_flash": 65_536,
    "fits": "pico",
    "trials": 7,
    "timeout": 90.5,
    "trial_timeout": 30.0,
    "workers": 3,
    "seed": 4,
    "plan": "short",
    "sampler": "random",
    "stopper": "none",
    "baselines": False,
}
"""A value other than the default for every setting that has one."""
LIMITS = ("max_macs", "max_ram", "max_flash", "fits", "val_split", "image_size")
"""Settings that are not there unless they are given."""
FIXED = [name for name in CHANGED if name not in FREE]


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    return RunFolder(tmp_path / "runs" / "first")


def toml(folder: Path, text: str) -> Path:
    path = folder / "study.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("settings", [SearchSettings(), SearchSettings(**CHANGED)], ids=["all defaults", "everything changed"])
def test_a_study_file_reads_back_as_it_was_written(run: RunFolder, settings: SearchSettings) -> None:
    write_study_file(run.settings, settings, RESOLVED)
    assert read_study_file(run.settings) == (settings, RESOLVED)


def test_every_setting_stands_in_a_study_file_even_at_its_default(run: RunFolder) -> None:
    write_study_file(run.settings, SearchSettings(), RESOLVED)
    written = tomllib.loads(run.settings.read_text())
    assert written.pop("format") == 1
    assert written.pop("resolved") == RESOLVED.model_dump(exclude_none=True)
    assert set(SearchSettings.model_fields) - set(written) == {"timeout", "trial_timeout", "workers", *LIMITS}  # TOML has no None
    assert SearchSettings(**written) == SearchSettings()


def test_the_settings_file_of_a_run_can_be_given_as_a_config(run: RunFolder) -> None:
    write_study_file(run.settings, SearchSettings(**CHANGED), RESOLVED)
    assert SearchSettings(**read_settings(run.settings)) == SearchSettings(**CHANGED)


def test_a_config_gives_only_what_it_names(tmp_path: Path) -> None:
    assert read_settings(toml(tmp_path, "budget = 900\nseed = 2\n")) == {"budget": 900, "seed": 2}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("bugdet = 3", r"has an unknown key 'bugdet'; did you mean 'budget'\?$", id="misspelt key"),
        pytest.param("colour = 3", r"has an unknown key 'colour'\.$", id="strange key"),
        pytest.param("format = 2", r"has format 2, newer than the 1 that this version reads\.$", id="newer format"),
        pytest.param("format = 'new'", r"has format new, newer than the 1", id="format in words"),
        pytest.param("budget = ", r"is not valid TOML \(Invalid value", id="no TOML"),
        pytest.param("budget = 0", r"has budget = 0, but it must be at least 1\.$", id="no budget"),
        pytest.param("budget = 'many'", r"has budget = 'many', but it must be a whole number\.$", id="budget in words"),
        pytest.param("budget = 7.5", r"has budget = 7\.5, but it must be a whole number\.$", id="half a parameter"),
        pytest.param("trials = -1", r"has trials = -1, but it must be at least 1\.$", id="negative trials"),
        pytest.param("timeout = 0", r"has timeout = 0, but it must be more than 0\.$", id="no time"),
        pytest.param("timeout = '30m'", r"has timeout = '30m', but it must be a number\.$", id="time in words"),
        pytest.param("workers = 0", r"has workers = 0, but it must be at least 1\.$", id="no workers"),
        pytest.param("seed = -1", r"has seed = -1, but it must be at least 0\.$", id="negative seed"),
        pytest.param("sampler = 'best'", r"has sampler = 'best', but it must be 'forest', 'tpe' or 'random'\.$", id="sampler"),
        pytest.param(
            "stopper = 'late'",
            r"has stopper = 'late', but it must be 'promising', 'halving', .* or 'none'\.$",
            id="stopper",
        ),
        pytest.param("baselines = 'some'", r"has baselines = 'some', but it must be true or false\.$", id="baselines"),
        pytest.param("space = 3", r"has space = 3, but it must be text\.$", id="space"),
        pytest.param("val_split = 1.0", r"has val_split = 1\.0, but it must be less than 1\.$", id="everything validates"),
        pytest.param("image_size = '24'", r"has image_size = '24', but it must be a height and a width, such", id="size"),
        pytest.param(
            "objective = 'size'",
            r"has objective = 'size', but it must be 'accuracy', 'accuracy,parameters' or 'accuracy,macs'\.$",
            id="objective",
        ),
        pytest.param("budget = [1]", r"has budget = \[1\], but it must be a whole number\.$", id="a list"),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused_in_one_sentence(tmp_path: Path, text: str, message: str) -> None:
    path = toml(tmp_path, text)
    with pytest.raises(StudyError, match=message) as refused:
        read_settings(path)
    assert str(refused.value).startswith(f"The settings file {path} ")
    assert "\n" not in str(refused.value)


def test_a_missing_file_and_one_in_another_encoding_are_refused(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"missing\.toml cannot be read \(No such file or directory\)\.$"):
        read_settings(tmp_path / "missing.toml")
    path = tmp_path / "latin.toml"
    path.write_bytes('space = "größe"'.encode("latin-1"))
    with pytest.raises(StudyError, match=r"latin\.toml is not valid TOML"):
        read_settings(path)


@pytest.mark.parametrize("text", ["budget = 3", "budget = 3\n[resolved]\nspace_sha256 = 'a'"], ids=["none", "in part"])
def test_a_config_is_not_taken_for_the_settings_of_a_run(tmp_path: Path, text: str) -> None:
    with pytest.raises(StudyError, match=r"is not the settings file of a run; it lacks its table \[resolved\]\.$"):
        read_study_file(toml(tmp_path, text))


def test_a_value_from_the_command_is_called_so() -> None:
    with pytest.raises(StudyError, match=r"^The command has budget = 0, but it must be at least 1\.$"):
        check_settings({"budget": 0}, source="The command")


def test_the_default_name_is_made_of_data_space_budget_and_seed() -> None:
    names = {
        SearchSettings().default_name,
        SearchSettings(data="mnist:2000", budget=500, seed=3).default_name,
        SearchSettings(space="my.spaces:small").default_name,
    }
    assert names == {"mnist-plain-7000-s0", "mnist-2000-plain-500-s3", "mnist-my-spaces-small-7000-s0"}


def test_a_second_aim_stands_in_the_default_name() -> None:
    assert SearchSettings(objective="accuracy,macs").default_name == "mnist-plain-7000-front-macs-s0"


def test_limits_that_are_given_stand_in_the_default_name() -> None:
    given = SearchSettings(max_macs=9, max_ram=8_000, max_flash=7_000, fits="pico")
    assert given.default_name == "mnist-plain-7000-macs9-ram8000-flash7000-pico-s0"
    assert SearchSettings(max_ram=8_000).default_name == "mnist-plain-7000-ram8000-s0"


def test_limits_of_flags_and_of_a_device_hold_together_each_by_the_smaller() -> None:
    pico = find_device("pico")
    assert SearchSettings().limits == Budget(parameters=7_000)
    assert SearchSettings(fits="pico").limits == Budget(
        parameters=7_000, ram_bytes=pico.free_ram_bytes, flash_bytes=pico.free_flash_bytes
    )
    tighter = SearchSettings(fits="pico", max_macs=5, max_ram=8_000, max_flash=10**9).limits
    assert tighter == Budget(parameters=7_000, macs=5, ram_bytes=8_000, flash_bytes=pico.free_flash_bytes)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"fits": "picoo"}, r"^There is no device 'picoo'; did you mean 'pico'\? Or see `nas devices`\.$"),
        ({"fits": "uno-r3"}, r"^No network fits Arduino UNO R3: there is no runtime for it \(.*\); see `nas devices`\.$"),
        ({"max_ram": 0}, r"^The command has max_ram = 0, but it must be at least 1\.$"),
        ({"max_flash": "64kB"}, r"^The command has max_flash = '64kB', but it must be a whole number\.$"),
    ],
    ids=["unknown device", "no runtime", "no memory", "a size in words"],
)
def test_a_limit_that_nothing_can_keep_to_is_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(NasError, match=message):
        check_settings(values, source="The command")


def test_differences_are_those_settings_that_must_not_change() -> None:
    before, now = SearchSettings(), SearchSettings(**CHANGED)
    assert differences(now, before) == [(name, getattr(before, name), CHANGED[name]) for name in FIXED]
    assert differences(before, before) == []


@pytest.mark.parametrize(
    ("given", "config", "budget"),
    [
        pytest.param({}, {}, 7_000, id="default"),
        pytest.param({}, {"budget": 900}, 900, id="a config over the default"),
        pytest.param({"budget": 800}, {"budget": 900}, 800, id="a flag over a config"),
    ],
)
def test_flags_come_before_a_config_and_a_config_before_defaults(
    run: RunFolder, given: dict[str, Any], config: dict[str, Any], budget: int
) -> None:
    assert settle(given, config=config, folder=None).budget == budget
    assert settle(given, config=config, folder=run).budget == budget  # not begun yet


def test_what_is_not_given_is_taken_from_the_study(run: RunFolder) -> None:
    before = SearchSettings(**CHANGED)
    write_study_file(run.settings, before, RESOLVED)
    assert settle({}, config={}, folder=run) == before.model_copy(update={"timeout": None})  # which was for one sitting
    assert settle({"seed": 4, "timeout": before.timeout}, config={"budget": 500}, folder=run) == before


@pytest.mark.parametrize("where", ["given", "config"])
def test_trials_timeouts_and_workers_may_change_when_a_study_goes_on(run: RunFolder, where: str) -> None:
    write_study_file(run.settings, SearchSettings(**CHANGED), RESOLVED)
    new: dict[str, Any] = {"trials": 50, "timeout": 60.0, "trial_timeout": 20.0, "workers": 1}
    assert set(new) == set(FREE)
    settled = settle(new, config={}, folder=run) if where == "given" else settle({}, config=new, folder=run)
    assert settled == SearchSettings(**CHANGED | new)


@pytest.mark.parametrize("where", ["given", "config"])
@pytest.mark.parametrize("name", FIXED)
def test_another_value_for_anything_else_is_refused_by_name(run: RunFolder, name: str, where: str) -> None:
    write_study_file(run.settings, SearchSettings(), RESOLVED)
    asked = {name: CHANGED[name]}
    then = getattr(SearchSettings(), name)
    with pytest.raises(StudyError, match=rf"\n  {name}  {then} then, {CHANGED[name]} now$"):
        settle(asked if where == "given" else {}, config=asked if where == "config" else {}, folder=run)


def test_the_table_of_differences_names_setting_then_and_now(run: RunFolder) -> None:
    write_study_file(run.settings, SearchSettings(), RESOLVED)
    with pytest.raises(StudyError) as refused:
        settle({"budget": 500, "seed": 1, "trials": 5}, config={"sampler": "random"}, folder=run)
    assert str(refused.value).splitlines() == [
        "The study first was begun with other settings, so it cannot go on with these; choose another --study:",
        "  budget   7000 then, 500 now",
        "  seed     0 then, 1 now",
        "  sampler  forest then, random now",
    ]


def test_a_study_of_a_newer_format_is_not_gone_on_with(run: RunFolder) -> None:
    run.create()
    toml(run.path, "format = 2\nbudget = 3\n")
    with pytest.raises(StudyError, match=r"has format 2, newer than the 1 that this version reads\.$"):
        settle({}, config={}, folder=run)
