"""The int8 files of many trained networks, as `nas export` makes them: each converted once, and kept beside its weights."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from hashlib import sha256
from importlib.metadata import version
from math import ceil
from pathlib import Path
from typing import Final, Literal, Protocol

from nas.architecture import Budget
from nas.engine.folder import RunFolder
from nas.exporting.apart import apart
from nas.exporting.formats import calibration_images
from nas.exporting.litert import litert_int8_bytes
from nas.exporting.litert_file import LiteRTFile, open_litert_file
from nas.exporting.released import Conversion, Released, prepared, shipped_model
from nas.exporting.shipping import choose_formats
from nas.files import write_whole
from nas.training.work import Checkpoint, Work

INT8: Final = "litert-int8"
AT_ONCE: Final = 8
"""Networks that one process converts at most: conversions leak, and importing TensorFlow takes as long as one of them."""
_CONVERTING: Final = ("tensorflow", "keras", "numpy")


class Trained(Protocol):
    """A network with the weights that its training ended with."""

    @property
    def name(self) -> str:
        """What tables call it."""
        ...

    @property
    def work(self) -> Work:
        """The training."""
        ...

    @property
    def checkpoint(self) -> Checkpoint:
        """What it ended with."""
        ...


@dataclass(frozen=True)
class FileOrder:
    """A network whose int8 file is wanted."""

    released: Released
    conversion: Conversion
    key: str
    """Of the training."""
    folder: Path
    """Where the file is kept."""

    @property
    def path(self) -> Path:
        """The file, named by all that its bytes depend on: under other versions it is another one."""
        versions = ",".join(f"{name} {version(name)}" for name in _CONVERTING)
        parts = (self.released.weights_sha256, self.conversion.model_dump_json(), versions)
        return self.folder / f"{self.key[:32]}-{sha256(''.join(parts).encode()).hexdigest()[:16]}.int8.tflite"


@dataclass(frozen=True)
class Int8Files:
    """Makes the fully-int8 LiteRT files of trained networks, several at a time in processes of their own."""

    say: Callable[[str], None]
    """Is told what begins."""
    conversion: Conversion = field(default_factory=Conversion)

    @property
    def name(self) -> Literal["litert-int8"]:
        """What `--deployed` and `--format` call them."""
        return INT8

    def require(self) -> None:
        """Nothing, where such files can be made and run.

        Raises:
            ExportError: If the package that runs them is not installed.
        """
        choose_formats(INT8)

    def convert(self, finished: Sequence[Trained], *, folder: RunFolder, processes: int) -> tuple[LiteRTFile, ...]:
        """The files of networks, in order; what an earlier call left in the run's folder is not converted again.

        Args:
            finished: Networks trained to their ends.
            folder: The run's.
            processes: Processes that convert at the same time.

        Raises:
            ExportError: If one of them cannot be converted, or its file cannot be read.
        """
        orders = [self._order(one, folder) for one in finished]
        missing = [order for order in orders if not order.path.exists()]
        if missing:
            self.say(f"Conversion to int8 LiteRT: {len(missing)} of {len(orders)} networks.")
            _convert(missing, processes=processes)
        return tuple(
            replace(open_litert_file(order.path, rescaling=self.conversion.include_rescaling), name=order.released.label)
            for order in orders
        )

    def _order(self, one: Trained, folder: RunFolder) -> FileOrder:
        work = one.work
        released = Released(
            label=one.name,
            study=folder.name,
            network=work.network,
            plan=work.plan,
            data=work.data,
            seed=work.seed,
            checkpoint=one.checkpoint,
            why="To be compared.",
            budget=Budget(),  # a verdict may compare with what is over the study's
        )
        return FileOrder(released, self.conversion, work.key, folder.checkpoints)


def _convert(orders: Sequence[FileOrder], *, processes: int) -> None:
    size = min(AT_ONCE, ceil(len(orders) / processes))
    with ThreadPoolExecutor(processes) as pool:
        batches = [tuple(orders[start : start + size]) for start in range(0, len(orders), size)]
        futures = [pool.submit(apart, write_int8_files, batch) for batch in batches]
        try:
            for future in futures:
                future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def write_int8_files(orders: Sequence[FileOrder]) -> None:
    """Each order's file, whole before the next is begun; runs in a process of its own."""
    for order in orders:
        images = prepared(
            calibration_images(order.released, order.conversion), rescaling_inside=order.conversion.include_rescaling
        )
        write_whole(order.path, litert_int8_bytes(shipped_model(order.released, order.conversion), calibration=images))
