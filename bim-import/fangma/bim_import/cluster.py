"""Models are opened, read and shaped on a Dask cluster, each model a task.

The registry is written here, one model after the other: `fangma.bim_import.importing` takes the
results in the order in which models refer to each other. Whoever can reach a scheduler can run
programs on its machines; Dask's own TLS (``tls://``) keeps strangers out.
"""

from __future__ import annotations

import re
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from fangma.bim_import.errors import ClusterError
from fangma.bim_import.preparation import Prepared, Refused
from fangma.bim_import.preparing import FileContents, our_version, prepare
from fangma.bim_import.refusal import RefusedFile

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from fangma.bim_import.earlier import Kin
    from fangma.bim_import.geometry import GeometryStore
    from fangma.bim_import.stages import Stages

_ADDRESS: Final = re.compile(r"(tcp|tls)://[^/\s@]+:\d{1,5}")
_CONNECT_S: Final = 10
# Tasks that wait at the cluster for each that it can do at a time: enough that none is idle, and
# few, since the bytes of their files are in memory.
_AHEAD: Final = 2


def is_address(text: str) -> bool:
    """Tell whether a text is the address of a Dask scheduler, ``tcp://host:port`` or ``tls://``."""
    return _ADDRESS.fullmatch(text) is not None


class Cluster:
    """Models on their way through a cluster.

    Parameters
    ----------
    client : distributed.Client
        Connected.
    """

    def __init__(self, client: Any, *, workers: int) -> None:  # noqa: ANN401 - Dask has no types
        self._client = client
        self._workers = workers
        self._waiting: deque[Path] = deque()
        self._tasks: dict[Path, Any] = {}
        self._ids: tuple[FileContents, ...] = ()

    def send(self, paths: Sequence[Path], ids: Sequence[Path]) -> None:
        """Announce models in the order in which their results will be asked for."""
        self._ids = tuple(FileContents(name=path.name, data=path.read_bytes()) for path in ids)
        self._waiting.extend(paths)
        self._submit()

    def _submit(self) -> None:
        places = max(1, sum(self._client.nthreads().values()))
        while self._waiting and len(self._tasks) < _AHEAD * places:
            path = self._waiting.popleft()
            try:
                file = FileContents(name=path.name, data=path.read_bytes())
            except OSError as error:
                self._tasks[path] = error
                continue
            # Data goes ahead of the task: a task itself should be small.
            self._tasks[path] = self._client.submit(
                prepare,
                self._client.scatter(file, hash=False),
                self._ids,
                processes=self._workers,
                sender=our_version(),
                pure=False,
            )

    def preparation(self, path: Path) -> Preparing:
        """Give the way of one model that was sent through its stages."""
        return Preparing(self, path)

    def result(self, path: Path) -> Prepared | Refused:
        """Wait for a model that was sent.

        Raises
        ------
        ClusterError
            When the cluster lost it.
        """
        try:
            self._submit()
            task = self._tasks[path]
            if isinstance(task, OSError):
                raise task
            answer: Prepared | Refused = task.result()
        # The edge of other processes: what was raised over there is raised here, of any class, also
        # of classes that only the other machine has; Dask's own errors have no common base.
        except Exception as error:
            why = " ".join(str(error).split()) or type(error).__name__
            raise ClusterError(
                f"The cluster lost {path.name}: {why}.",
                "See the logs of its workers; each needs this version of Fangma. Import the file "
                "again, or without --scheduler.",
            ) from error
        finally:
            self.drop(path)
        return answer

    def drop(self, path: Path) -> None:
        """Do without a model: it has come, or the registry has these bytes already."""
        task = self._tasks.pop(path, None)
        if task is not None and not isinstance(task, OSError):
            task.cancel()
        elif path in self._waiting:
            self._waiting.remove(path)


class Preparing:
    """A `fangma.bim_import.preparation.Preparation` on a cluster.

    Nothing is reused of an earlier revision's bodies: those are kept on this machine.
    """

    def __init__(self, cluster: Cluster, path: Path) -> None:
        self._cluster = cluster
        self._path = path
        self._prepared: Prepared | None = None

    def open(self, stages: Stages) -> str:
        """Wait for the whole model and return its schema."""
        with stages.stage("shape"):
            answer = self._cluster.result(self._path)
        if isinstance(answer, Refused):
            raise RefusedFile(answer.findings)
        stages.seconds.clear()  # what was waited here is no stage's time
        stages.seconds |= answer.stages
        self._prepared = answer
        return answer.model.source.schema

    def guids(self) -> list[str]:
        """List nothing, so that nothing is found whose bodies could be reused."""
        return []

    def prepare(self, _kin: Kin | None, _geometry: GeometryStore, _stages: Stages) -> Prepared:
        """Give what has come."""
        if self._prepared is None:
            raise AssertionError  # open() comes first
        return self._prepared

    def stop(self) -> None:
        """Do without the model where it has not come."""
        self._cluster.drop(self._path)


@contextmanager
def connected(address: str, *, workers: int) -> Iterator[Cluster]:
    """Connect to the scheduler at an address.

    Raises
    ------
    ClusterError
        When Dask is not installed, nothing answers there, or no worker is there to work.
    """
    if not is_address(address):
        raise ClusterError(
            f"{address} is no address of a Dask scheduler: tcp://host:port or tls://host:port.",
            "Give the address that dask scheduler prints when it starts.",
        )
    try:
        import distributed
    except ImportError as error:
        raise ClusterError(
            "Dask is not installed, which talks to a cluster.",
            "Install it with: pip install 'fangma[cluster]'.",
        ) from error
    try:
        connect: Any = distributed.Client  # Dask has no types
        client = connect(address, timeout=_CONNECT_S, set_as_default=False)
    except (OSError, TimeoutError, ValueError, RuntimeError, TypeError) as error:
        raise ClusterError(
            f"No Dask scheduler answers at {address}: {' '.join(str(error).split())}.",
            "Start it with dask scheduler, and workers with dask worker; check the port, and for "
            "tls:// the certificates in Dask's configuration.",
        ) from error
    with client:
        if not client.nthreads():
            raise ClusterError(
                f"The scheduler at {address} has no workers.",
                f"Start at least one: dask worker {address}.",
            )
        yield Cluster(client, workers=workers)
