"""A mistake ends as one sentence on stderr and exit code 2; nothing is trained and nothing is created."""

import json
import re
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import optuna
import pytest
from command_line import Ended, Here, nas
from made_records import record

from nas.architecture import Task
from nas.baselines import baselines
from nas.engine.folder import RunFolder
from nas.engine.settings import Resolved, SearchSettings, write_study_file
from nas.engine.storage import open_storage, sqlite_url
from nas.engine.study import Study

SMALL = ("--data", "mnist:2000")
RESOLVED = Resolved(space_sha256="a" * 64, data_sha256="b" * 64, plan_key="c" * 64, nas_version="0.1.0")
MODEL_1 = baselines(Task(input_shape=(28, 28, 1), classes=10))["model-1"]


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A study.db with one refused trial."""
    path = tmp_path_factory.mktemp("made") / "study.db"
    sampler = optuna.samplers.RandomSampler(seed=0)
    study = Study(open_storage(sqlite_url(path)), "first", sampler=sampler, baselines={})
    study.tell(study.ask(), record(0, "refused"), excess={"parameters": 0.5})
    study.flush()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path.read_bytes()


@pytest.fixture
def here(tmp_path: Path, database: bytes, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Here:
    """A folder with every kind of broken file, and a run that has been begun."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NAS_RUNS", str(tmp_path / "runs"))
    monkeypatch.delenv("NAS_STORAGE", raising=False)
    files = {
        "taken": "a file where a folder should be",
        "notes.toml": "budget = ",
        "misspelt.toml": "bugdet = 3",
        "many.toml": "budget = 'many'",
        "plan.toml": "plan = 'long'\ndata = 'mnist:2000'",
        "newer.toml": "format = 2",
        "broken.json": "{",
        "list.json": "[]",
        "impossible.json": '{"input_shape": [2, 2, 1], "layers": [{"kind": "dense", "units": 3}]}',
        "newer.json": '{"format": 2}',
        "model-1.json": MODEL_1.canonical_json,
        "broken_space.py": "raise ValueError('what a pity')",
        "runs/corrupt/study.db": "this was never a database" * 99,
        "runs/blank/study.db": "",
        "runs/blank/study.toml": "budget = 3",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    for name in ("first", "corrupt"):
        settings = SearchSettings(data="mnist:2000", budget=500)
        write_study_file(RunFolder(tmp_path / "runs" / name).settings, settings, RESOLVED)
    (tmp_path / "runs" / "first" / "study.db").write_bytes(database)
    return Here(monkeypatch, capsys)


@pytest.fixture
def port() -> Iterator[int]:
    """A port that is taken."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield taken.getsockname()[1]


def created(folder: Path) -> set[str]:
    """All files below a folder but those that only show that somebody looked."""
    passing = re.compile(r"lock|study\.db-(wal|shm)|__pycache__|.*\.pyc")
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if not passing.fullmatch(path.name)}


def assert_one_sentence(ended: Ended, message: str) -> None:
    assert (ended.code, ended.out) == (2, ""), ended
    assert ended.err.startswith("nas: ")
    assert ended.err.count("\n") == 1, ended.err
    assert message in ended.err
    assert ended.err.endswith((".\n", "?\n"))
    assert "secret" not in ended.err


WRONG = [
    # what a search takes
    (("search", "--budget", "0"), "The command has budget = 0, but it must be at least 1."),
    (("search", "--budget", "5", *SMALL), "its smallest (max_pooling2d, flatten, dense) has 20; give --budget 20 or more."),
    (("search", "--budget", "10k"), "--budget takes a whole number, not '10k'."),
    (("search", "--max-macs", "0"), "The command has max_macs = 0, but it must be at least 1."),
    (("search", "--max-ram", "0kB"), "--max-ram takes at least one byte, as in 65536, 64kB or 256KiB, not '0kB'."),
    (("search", "--max-ram", "-1"), "--max-ram takes at least one byte, as in 65536, 64kB or 256KiB, not '-1'."),
    (("search", "--max-flash", "64 bits"), "--max-flash takes at least one byte, as in 65536, 64kB or 256KiB, not '64 bits'."),
    (("search", "--max-ram", "1kB", *SMALL), "needs an estimated 2,324; give --max-ram 2324 or more, or --fits a larger device."),
    (("search", "--fits", "pcio"), "There is no device 'pcio'; did you mean 'pico'? Or see `nas devices`."),
    (("search", "--fits", "uno-r3"), "No network fits Arduino UNO R3: there is no runtime for it"),
    (("search", "--trials", "0"), "The command has trials = 0, but it must be at least 1."),
    (("search", "--trials", "-3"), "The command has trials = -3, but it must be at least 1."),
    (("search", "--workers", "0"), "The command has workers = 0, but it must be at least 1."),
    (("search", "--seed", "-1"), "The command has seed = -1, but it must be at least 0."),
    (("search", "--timeout", "soon"), "--timeout takes a time such as 30m, 1h30m or 90s, not 'soon'."),
    (("search", "--timeout", "0"), "The command has timeout = 0.0, but it must be more than 0."),
    (("search", "--space", "plan", *SMALL), "There is no search space 'plan'; did you mean 'plain'? Or give module:function."),
    (("search", "--space", "no_such:space", *SMALL), "The module 'no_such' of the search space cannot be imported"),
    (("search", "--space", "./here.py:space", *SMALL), "The module './here.py' of the search space cannot be imported"),
    (("search", "--space", "broken_space:space", *SMALL), "cannot be imported (ValueError: what a pity)."),
    (("search", "--space", "json:space", *SMALL), "The module json has no function 'space'"),
    (("search", "--sampler", "tpee"), "--sampler takes forest, tpe or random, not 'tpee'."),
    (
        ("search", "--stopper", "late"),
        "--stopper takes promising, halving, optuna:median, optuna:percentile, optuna:halving or none, not 'late'.",
    ),
    (("search", "--data", "mnits"), "There is no data set 'mnits'; the nearest name is mnist"),
    (("search", "--data", "mnist:5"), "'mnist:5' asks for 5 images; a subset is mnist:N with N from 10 to 60000"),
    (("search", "--data", "missing.npz"), "There is no file or folder 'missing.npz'; give an .npz, a folder of IDX files"),
    (("search", "--data", "broken.json"), "broken.json is no data set; give an .npz, a folder of IDX files, or a folder of"),
    (("search", "--data", "screws@0a1b2c3d"), "The data set screws@0a1b2c3d is not in the cache"),
    (("search", "--data", "runs"), "runs holds no"),
    (("search", "--val-split", "1", *SMALL), "The command has val_split = 1.0, but it must be less than 1."),
    (("search", "--val-split", "few", *SMALL), "--val-split takes a number, not 'few'."),
    (("search", "--image-size", "24", *SMALL), "The command has image_size = '24', but it must be a height and a width"),
    (("search", "--image-size", "24x32", *SMALL), "mnist:2000 holds images of 28 × 28 pixels; --image-size is for folders"),
    # where it keeps things
    (("search", "--study", "a/b", *SMALL), "not 'a/b'; the folder around it is chosen with --runs."),
    (("search", "--study", "../b", *SMALL), "not '../b'; the folder around it is chosen with --runs."),
    (("search", "--study", "", *SMALL), "not ''; the folder around it is chosen with --runs."),
    (("search", "--runs", "taken", *SMALL), "cannot be written (Not a directory); choose another with --runs or NAS_RUNS."),
    (("search", "--study", "corrupt"), "corrupt/study.db cannot be used (file is not a database); move it away or choose"),
    (("search", "--study", "blank"), "is not the settings file of a run; it lacks its table [resolved]."),
    (("search", "--study", "first"), "The study first was begun with another version of the space's source"),
    (("search", "--storage", "nonsense", *SMALL), "The storage given is no URL; it takes one such as postgresql://"),
    (("search", "--storage", "lost://ann:secret@host/nas", *SMALL), "The storage lost://ann@host/nas needs a package"),
    (("search", "--storage", "sqlite:////nowhere/x.db", *SMALL), "/nowhere/x.db cannot be used (unable to open database file)"),
    # a settings file
    (("search", "--config", "missing.toml"), "The settings file missing.toml cannot be read (No such file or directory)."),
    (("search", "--config", "notes.toml"), "The settings file notes.toml is not valid TOML"),
    (("search", "--config", "misspelt.toml"), "has an unknown key 'bugdet'; did you mean 'budget'?"),
    (("search", "--config", "many.toml"), "has budget = 'many', but it must be a whole number."),
    (("search", "--config", "newer.toml"), "has format 2, newer than the 1 that this version reads."),
    (
        ("search", "--config", "plan.toml"),
        "There is no training plan 'long'; there are notebook, compiled and modern. Or give a file",
    ),
    # words on the command line
    (("search", "--budgte", "7000"), "There is no flag --budgte; did you mean --budget?"),
    (("search", "--budget"), "--budget lacks its value; `nas search --help` says what it is."),
    (("search", "7000"), "`nas search` has no place for '7000'; `nas search --help` says what it takes."),
    (("serach",), "There is no command serach; did you mean search?"),
    (("xyzzy",), "There is no command xyzzy; choose from search, verdict, report,"),
    (("--runs", "x"), "There is no flag --runs; choose from"),
    # networks
    (("measure",), "NETWORK is missing; `nas measure --help` says what it is."),
    (("measure", "model-9"), "There is no network 'model-9', and an architecture's file ends in .json; did you mean 'model-5'?"),
    (("measure", "resnet"), "the hand-designed ones are basic, model-1, model-2, model-3, model-4, model-5."),
    (("measure", "missing.json"), "The architecture missing.json cannot be read (No such file or directory)."),
    (("measure", "broken.json"), "broken.json is not JSON"),
    (("measure", "list.json"), "list.json holds no JSON object; an architecture has format, input_shape and layers."),
    (("measure", "impossible.json"), "A dense layer takes a vector, but shape (2, 2, 1) came; put a flatten layer before it."),
    (("measure", "newer.json"), "newer.json has format 2, newer than the 1 that this version reads; update nas."),
    (("measure", "model-1", "--budget", "0"), "A budget is at least 1 parameter, not 0."),
    (("measure", "model-1", "--max-macs", "0"), "--max-macs takes at least 1 operation, not 0."),
    (("measure", "model-2", "--fits", "uno"), "There is no device 'uno'; did you mean 'uno-r3'? Or see `nas devices`."),
    (("devices", "model-9"), "There is no network 'model-9', and an architecture's file ends in .json; did you mean 'model-5'?"),
    (("measure", "model-1", "--budget", "some"), "--budget takes a whole number, not 'some'."),
    # studies
    (("status", "--study", "nowhere"), "There is no study nowhere in "),
    (("status", "--runs", "empty"), "There is no study in empty yet; `nas search` begins one."),
    (("status", "--study", "corrupt"), "corrupt/study.db cannot be used (file is not a database)"),
    (("status", "--study", "../first"), "not '../first'; the folder around it is chosen with --runs."),
    (("status", "--study", "first", "--storage", "nonsense"), "The storage given is no URL;"),
    (("show",), "WHICH is missing; `nas show --help` says what it is."),
    (("show", "best", "--runs", "empty"), "There is no study in empty yet; `nas search` begins one."),
    (("show", "best", "--study", "first"), "The study first has no network trained to the end yet."),
    (("show", "99", "--study", "first"), "has no finished trial '99'; give best, a trial's number or a baseline's name."),
    (("show", "model-2", "--study", "nowhere"), "There is no study nowhere in "),
    (("export", "--runs", "empty"), "There is no study in empty yet; `nas search` begins one."),
    (("export", "--study", "first"), "The study first has no network trained to the end yet."),
    (
        ("export", "--study", "first", "--format", "pickle"),
        "There is no format 'pickle'; choose of keras, saved-model, litert, litert-int8, onnx, c, python, or all.",
    ),
    (("export", "--study", "first", "--calibration", "0"), "--calibration must be at least 1, not 0."),
    # replays, data, the dashboard
    (("replay",), "WHICH is missing; `nas replay --help` says what it is."),
    (("replay", "model-9"), "There is no hand-designed network 'model-9'; did you mean 'model-5'?"),
    (("replay", "baselines", "--seeds", "0"), "--seeds must be at least 1, not 0."),
    (("replay", "baselines", "--seeds", "few"), "--seeds takes a whole number, not 'few'."),
    (("replay", "basic", "--workers", "0"), "--workers must be at least 1, not 0."),
    (("replay", "basic", "--runs", "taken", *SMALL), "taken/replay-mnist-2000 cannot be written (Not a directory)"),
    (("data", "show", "fashio"), "There is no data set 'fashio'; the nearest name is fashion-mnist"),
    (("data", "show", "mnist:2000", "--val-split", "0"), "--val-split takes a share between 0 and 1, such as 0.2, not 0."),
    (("data", "show", "mnist:2000", "--image-size", "0x3"), "--image-size takes a height and a width, such as 24x32, not '0x3'."),
    (("data", "show", "digits:100"), "'digits:100' asks for a part of digits, which comes whole alone; give digits."),
    (("data", "shwo"), "There is no command shwo; did you mean show?"),
    (("dashboard", "--runs", "empty"), "There is no study in empty yet; `nas search` begins one."),
    (("dashboard", "--study", "first", "--port", "http"), "--port takes a whole number, not 'http'."),
]


@pytest.mark.parametrize(("arguments", "message"), WRONG, ids=[" ".join(arguments) for arguments, _ in WRONG])
def test_a_mistake_is_one_sentence_and_nothing_is_created(
    here: Here, tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    before = created(tmp_path)
    assert_one_sentence(here(*arguments), message)
    assert created(tmp_path) == before


def test_a_server_that_cannot_be_reached_is_one_sentence_without_a_password(here: Here, tmp_path: Path) -> None:
    pytest.importorskip("psycopg")
    before = created(tmp_path)
    ended = here("search", *SMALL, "--storage", "postgresql://ann:secret@127.0.0.1:1/nas")
    assert_one_sentence(ended, "The storage postgresql://ann@127.0.0.1:1/nas cannot be opened (")
    assert created(tmp_path) == before


@pytest.mark.parametrize("command", ["status", "report", "doctor", "verdict", "dashboard", "export"])
def test_a_study_is_looked_for_where_it_lies_and_nowhere_else(here: Here, tmp_path: Path, command: str) -> None:
    before = created(tmp_path)
    ended = here(command, "--study", "first", "--storage", f"sqlite:///{tmp_path}/other.db")
    assert_one_sentence(ended, "The study first lies in its own folder, not in sqlite:///")
    assert created(tmp_path) == before


@pytest.mark.parametrize("command", ["status", "report", "doctor", "verdict", "dashboard", "export"])
def test_a_study_whose_file_is_gone_is_not_taken_for_an_empty_one(here: Here, tmp_path: Path, command: str) -> None:
    database = tmp_path / "runs" / "first" / "study.db"
    database.unlink()
    (database.parent / "results").mkdir()
    before = created(tmp_path)
    assert_one_sentence(here(command, "--study", "first"), f"The study first was kept in {database}, which is gone")
    assert created(tmp_path) == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("status", "--study", "first", "--runs", "x" * 300), "cannot be used (File name too long)."),
        (("search", *SMALL, "--timeout", "9" * 5_000), "--timeout takes at most 1,000 days."),
        (("search", *SMALL, "--trial-timeout", "100000000000h"), "--trial-timeout takes at most 1,000 days."),
        (("search", *SMALL, "--max-ram", "9" * 400), "--max-ram takes at most 1,125,899,906,842,624 bytes."),
    ],
    ids=["a long name", "a long time", "a long training", "a large size"],
)
def test_what_is_beyond_all_measure_is_one_sentence(here: Here, arguments: tuple[str, ...], message: str) -> None:
    assert_one_sentence(here(*arguments), message)


def test_a_storage_named_by_the_environment_keeps_its_password_too(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NAS_STORAGE", "lost://ann:secret@host/nas")
    assert_one_sentence(here("search", *SMALL), "The storage lost://ann@host/nas needs a package that is not there")


def test_a_study_with_other_settings_is_refused_in_a_table(here: Here, tmp_path: Path) -> None:
    before = created(tmp_path)
    ended = here("search", "--study", "first", "--seed", "3", "--budget", "600", "--trials", "5")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.splitlines() == [
        "nas: The study first was begun with other settings, so it cannot go on with these; choose another --study:",
        "  budget  500 then, 600 now",
        "  seed    0 then, 3 now",
    ]
    assert created(tmp_path) == before


@pytest.mark.slow
def test_a_port_that_is_taken_is_named(here: Here, port: int) -> None:
    ended = here("dashboard", "--study", "first", "--port", str(port))
    assert_one_sentence(ended, f"Port {port} on 127.0.0.1 cannot be taken (")


@pytest.mark.slow
@pytest.mark.parametrize("number", ["70000", "-1"])
def test_a_port_that_is_none_is_named(here: Here, number: str) -> None:
    ended = here("dashboard", "--study", "first", "--port", number)
    assert_one_sentence(ended, f"Port {number} on 127.0.0.1 cannot be taken (")


def test_a_run_that_somebody_searches_is_refused(here: Here, tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "runs" / "mine")
    folder.create()
    with folder.locked():
        ended = here("search", "--study", "mine", *SMALL)
    assert_one_sentence(ended, "The study mine is in use by another process (process ")
    assert created(folder.path) == set()


def test_a_record_of_a_newer_version_is_named(here: Here, tmp_path: Path) -> None:
    storage = open_storage(sqlite_url(tmp_path / "runs" / "first" / "study.db"))
    study = optuna.load_study(storage=storage, study_name="first")
    study.add_trial(optuna.trial.create_trial(value=0.5, user_attrs={"record": '{"format": 2}'}))
    ended = here("status", "--study", "first")
    assert_one_sentence(ended, "Trial 1 of the study holds a record that this version cannot read; update nas or choose another")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("search", "--budget", "5", *SMALL), "has 20; give --budget 20 or more."),
        (("search", "--budget", "10k"), "--budget takes a whole number, not '10k'."),
        (("serach",), "There is no command serach; did you mean search?"),
    ],
    ids=["a budget too small", "a budget in words", "a command misspelt"],
)
def test_the_console_script_says_the_same(tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    assert_one_sentence(nas(*arguments, NAS_RUNS=tmp_path / "runs"), message)
    assert not (tmp_path / "runs").exists()


def test_one_json_object_is_nothing_but_that(here: Here) -> None:
    ended = here("measure", "model-1", "--json").succeeded()
    assert json.loads(ended.out)["schema"] == 1
    assert ended.err == ""
