"""The only door to a test set; each opening is written down before an image is read, twice where a study opens it.

An opening stands in the study's `openings.jsonl` and in a ledger of the user's data folder, under the hash of the test
set: a study that is deleted does not take its openings along, and an evaluation without a study counts as well. Only
`nas.evaluation.holdout` imports this module.
"""

import json
import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

from pydantic import BaseModel, ConfigDict

from nas import __version__
from nas.data.cache import TEST_IMAGES, TEST_LABELS, entry_folder, read_array, read_manifest
from nas.data.dataset import Images, Labels
from nas.data.folders import data_folder
from nas.data.manifest import content_sha256
from nas.data.ref import DataRef, Sha256
from nas.errors import DataError

FORMAT = 1
OPENINGS = "openings.jsonl"
Reason = Literal["replay", "verdict", "evaluation"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Openings:
    """How often a test set was opened."""

    study: int
    """By this study; 0 where there is none."""
    in_all: int
    """By this user, whatever the study."""


class Opening(BaseModel):
    """The receipt for a recorded opening, which lets its holder, a worker process as well, read the test set."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    """As in both ledgers."""
    test_sha256: Sha256
    """Content of the test set that was opened."""
    openings_of_study: int
    """How often the study has opened it, this time included."""
    openings_in_all: int
    """How often the user has opened it, this time included."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TestData:
    """A test set, mapped into memory, read-only."""

    __test__ = False  # no test case, whatever pytest makes of the name

    images: Images
    """Pixels from 0 to 255 as (images, height, width, channels)."""
    labels: Labels
    """One class index an image."""


def record_opening(
    ref: DataRef, *, reason: Reason, networks: tuple[str, ...], weights: str, study_folder: Path | None
) -> Opening:
    """The receipt for an opening that now stands in the ledgers.

    Whoever was interrupted after an opening and comes back with the same trained networks finds the opening that stands
    there: it shows them nothing new.

    Args:
        ref: The data set whose test images are wanted.
        reason: What they are wanted for.
        networks: Keys or names of the networks that will be evaluated.
        weights: Hash of their weights.
        study_folder: The study's folder, which keeps one of the ledgers; None for an evaluation without a study.

    Raises:
        DataError: If the test set is missing, or a ledger cannot be written; then nothing may be read.
    """
    manifest = read_manifest(ref.sha256, name=ref.name)
    if not has_test(ref):
        raise DataError(
            f"The test set of {ref.name} is missing from {entry_folder(ref.sha256)}; delete that folder and it is made anew."
        )
    of_user = _user_ledger(manifest.test_sha256)
    ledgers = (study_folder / OPENINGS, of_user) if study_folder else (of_user,)
    line = _recorded(ledgers[0], test_sha256=manifest.test_sha256, reason=reason, weights=weights) or {
        "format": FORMAT,
        "id": uuid4().hex,
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "reason": reason,
        "networks": networks,
        "weights": weights,
        "data": ref.name,
        "test_sha256": manifest.test_sha256,
        "study": study_folder.absolute().name if study_folder else None,
        "nas": __version__,
    }
    for ledger in ledgers:
        if not any(f'"{line["id"]}"' in written for written in _lines(ledger)):
            _append(ledger, f"{json.dumps(line)}\n")
    counted = count_openings(ref, study_folder=study_folder)
    return Opening(
        id=str(line["id"]),
        test_sha256=manifest.test_sha256,
        openings_of_study=counted.study,
        openings_in_all=counted.in_all,
    )


def has_test(ref: DataRef) -> bool:
    """Whether this machine's cache holds the test set, as it does not where training images were sent to."""
    folder = entry_folder(ref.sha256)
    return (folder / TEST_IMAGES).is_file() and (folder / TEST_LABELS).is_file()


def read_test(ref: DataRef, *, opening: Opening) -> TestData:
    """The test images and labels, compared with their checksums.

    Raises:
        DataError: If the opening is that of another test set, or the test set is missing or damaged.
    """
    manifest = read_manifest(ref.sha256, name=ref.name)
    if opening.test_sha256 != manifest.test_sha256:
        raise DataError(f"The recorded opening is not one of {ref.name}'s test set; record one of {ref.name} first.")
    records = manifest.arrays
    images = read_array(TEST_IMAGES, record=records.test_images, sha256=ref.sha256)
    labels = read_array(TEST_LABELS, record=records.test_labels, sha256=ref.sha256)
    if (content_sha256(images), content_sha256(labels)) != (records.test_images.sha256, records.test_labels.sha256):
        raise DataError(
            f"The test set in {entry_folder(ref.sha256)} is damaged (its checksums differ);"
            " delete that folder and it is made anew."
        )
    return TestData(images=images, labels=labels)


def count_openings(ref: DataRef, *, study_folder: Path | None) -> Openings:
    """How often the test set was opened so far; nothing is opened.

    Raises:
        DataError: If the data set is not in the cache, or a ledger cannot be read.
    """
    test_sha256 = read_manifest(ref.sha256, name=ref.name).test_sha256
    return Openings(
        study=_count(study_folder / OPENINGS, test_sha256=test_sha256) if study_folder else 0,
        in_all=_count(_user_ledger(test_sha256), test_sha256=test_sha256),
    )


def _user_ledger(test_sha256: str) -> Path:
    return data_folder() / "openings" / f"{test_sha256}.jsonl"


def _append(ledger: Path, line: str) -> None:
    """Write the line at the end in one piece, so that two writers never mix theirs."""
    content = line.encode()
    try:
        if ledger.parent.parent == data_folder():
            ledger.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(ledger, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            written = os.write(descriptor, content)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise DataError(
            f"The opening cannot be recorded in {ledger} ({error.strerror}), so the test set stays shut;"
            " make that file writable and try again."
        ) from None
    if written != len(content):
        raise DataError(f"The opening was recorded only in part in {ledger}, so the test set stays shut; make room on its disk.")


def _recorded(ledger: Path, **wanted: str) -> dict[str, Any] | None:
    """The opening that a ledger holds for the same thing, or None."""
    for text in _lines(ledger):
        with suppress(ValueError):  # a line that was cut short
            line = json.loads(text)
            if isinstance(line, dict) and all(line.get(name) == value for name, value in wanted.items()):
                return line
    return None


def _count(ledger: Path, *, test_sha256: str) -> int:
    """Lines about this test set; one that was cut short by a full disk counts where it names it."""
    return sum(test_sha256 in line for line in _lines(ledger))


def _lines(ledger: Path) -> list[str]:
    try:
        return ledger.read_text(encoding="utf-8", errors="replace").splitlines()
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise DataError(f"The ledger {ledger} cannot be read ({error.strerror}); mend its permissions.") from None
