"""A real PostgreSQL server for tests, which they start, stop and start again."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

PASSWORD = "only-for-tests"
_ROOT = 0


@dataclass(frozen=True)
class Server:
    """A server of its own, in a folder that goes with it."""

    programs: Path
    data: Path
    port: int

    @property
    def url(self) -> str:
        """As `--storage` takes it."""
        return f"postgresql://nas:{PASSWORD}@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Begins to answer."""
        options = f"-p {self.port} -k {self.data} -c listen_addresses=127.0.0.1 -c fsync=off"
        self._run("pg_ctl", "start", "-w", "-t", "30", "-l", str(self.data / "log"), "-o", options)

    def stop(self) -> None:
        """Throws everybody out at once."""
        self._run("pg_ctl", "stop", "-w", "-m", "immediate")

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self.programs / program), "-D", str(self.data), *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=60, **_as_somebody())  # type: ignore[call-overload]


@contextmanager
def postgres() -> Iterator[Server]:
    """A server that runs until the block ends."""
    programs = postgres_programs()
    assert programs is not None
    with TemporaryDirectory(prefix="nas-postgres-", ignore_cleanup_errors=True) as folder:
        data = Path(folder) / "data"
        data.mkdir()
        password = Path(folder) / "password"
        password.write_text(PASSWORD)
        if os.getuid() == _ROOT:  # it refuses to run as root
            for path in (Path(folder), data, password):
                shutil.chown(path, "postgres")
        server = Server(programs, data, _free_port())
        server._run("initdb", "-U", "nas", "-A", "scram-sha-256", "--pwfile", str(password), "--no-sync")
        server.start()
        try:
            yield server
        finally:
            server.stop()


def postgres_programs() -> Path | None:
    """The folder that holds initdb and pg_ctl; Debian keeps them out of PATH."""
    found = shutil.which("pg_ctl")
    if found:
        return Path(found).resolve().parent
    return max((path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/pg_ctl")), default=None)


def _as_somebody() -> dict[str, object]:
    return {"user": "postgres", "group": "postgres"} if os.getuid() == _ROOT else {}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
