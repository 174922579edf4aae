"""What can go wrong here. Messages say what was found, what was expected and what to do.

::

    TwinError
    ├── SettingsError            the environment says something that makes no sense
    ├── AlreadyRunningError      this home is up in another terminal
    └── MissingServiceError      something that is needed is not there: exit code 3
        ├── MissingProgramError  not installed
        ├── ServiceFailedError   installed, and did not start
        ├── PortInUseError
        ├── DiskFullError
        ├── WrongVersionError
        ├── BusyError            another command is at it
        └── HomeError            the folder of all state cannot be used
"""

from __future__ import annotations


class TwinError(Exception):
    """Base of every error that this folder raises.

    Attributes
    ----------
    message : str
        What was found and what was expected.
    remedy : str
        What to do about it.
    """

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy


class SettingsError(TwinError):
    """A setting has a value that cannot be used."""


class AlreadyRunningError(TwinError):
    """The twin of this home is already up."""


class MissingServiceError(TwinError):
    """A service that the work needs is not there."""


class MissingProgramError(MissingServiceError):
    """A program that a service needs is not installed."""


class ServiceFailedError(MissingServiceError):
    """A service was started and did not become ready."""


class PortInUseError(MissingServiceError):
    """Another program listens where a service should."""


class DiskFullError(MissingServiceError):
    """No room is left for a service's data."""


class WrongVersionError(MissingServiceError):
    """Data were written by a version that this one cannot read."""


class BusyError(MissingServiceError):
    """Another command holds what is needed."""


class HomeError(MissingServiceError):
    """The folder that holds all state cannot be used."""
