"""All faults: what injects each, how often, and how in words."""

from collections.abc import Callable
from random import Random
from typing import NamedTuple

from answers import by_more_workers, in_pieces
from disks import disk_full
from fresh import Row
from processes import all_workers_killed, driver_killed, interrupted, terminated, worker_frozen, workers_killed
from surroundings import (
    many_on_postgres,
    many_on_sqlite,
    networks_poisoned,
    server_restarted,
    writing_killed,
)


class Fault(NamedTuple):
    """One row of the table."""

    inject: Callable[[int, Random], Row]
    times: int
    """How often."""
    short: int
    """How often, where it has to be quick."""
    how: str


FAULTS: dict[str, Fault] = {
    "a worker killed": Fault(workers_killed, 200, 2, "SIGKILL at a random moment"),
    "all workers killed": Fault(all_workers_killed, 20, 0, "SIGKILL to both at once"),
    "the driver killed": Fault(driver_killed, 50, 1, "SIGKILL from its first imports on, then the same command"),
    "Ctrl-C": Fault(interrupted, 30, 0, "SIGINT to all its processes at a random moment, then the same command"),
    "a batch system's end": Fault(terminated, 30, 0, "SIGTERM at a random moment, then the same command"),
    "a worker frozen": Fault(worker_frozen, 3, 0, "SIGSTOP for a minute"),
    "poisoned networks": Fault(networks_poisoned, 20, 0, "they kill their worker, hang, or have losses that are no numbers"),
    "the server away": Fault(server_restarted, 5, 1, "PostgreSQL stopped at once, for 10 s"),
    "the disk full": Fault(disk_full, 10, 0, "a small tmpfs for runs, cache, ledger or exports, then room"),
    "killed while writing": Fault(writing_killed, 20, 0, "SIGKILL of `nas report` and `nas export`, then the same command"),
    "40 = 13 + 20 + 7": Fault(
        in_pieces, 3, 0, "one worker; the driver killed in each piece; trials, curves and weights compared"
    ),
    "one worker or two": Fault(by_more_workers, 3, 0, "the random sampler; the sets of networks compared"),
    "10,000 quick trials": Fault(many_on_sqlite, 10_000, 300, "in a file; trainings are arithmetic"),
    "10,000 on PostgreSQL": Fault(many_on_postgres, 10_000, 300, "on a server; trainings are arithmetic"),
}
