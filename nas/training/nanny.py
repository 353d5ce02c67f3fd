"""What watches one worker process: Dask's nanny, with patience for a process that dies while it starts."""

from time import monotonic

from distributed import Nanny, Status

PATIENCE_SECONDS = 60.0
"""How long a process that dies while it starts is started again."""


class PatientNanny(Nanny):  # type: ignore[misc]  # mypy sees no types of Dask
    """A nanny that starts its process again where it dies before it can work; Dask's gives up at once, and its cluster with it.

    A process that comes so far as to say what is wrong is not started again.
    """

    patient = True
    """Whether processes are started again: not when all of it ends, since then they are killed while they start."""

    async def instantiate(self) -> Status:
        """Starts the process, again for a minute if need be, and says what has become of it."""
        deadline = monotonic() + PATIENCE_SECONDS
        while True:
            status = await super().instantiate()
            over = monotonic() > deadline or not PatientNanny.patient
            if status == Status.running or over or self.status not in (Status.init, Status.running):
                return status
