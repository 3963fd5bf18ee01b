"""What can go wrong, drawn as a tree; whether trying again may help is data, not a guess by the caller.

AnderError
├── ConfigError          the administrator can mend it: says which key, what is wrong, what to write
├── InputError           what was handed to us cannot be used: says what, where, and what to do
│   └── HostileInput     it looks made to harm (zip bomb, path out of the folder): refused whole
├── NotAllowed           the person may not do or see this; never says whether the thing exists
├── StoreError           the record cannot be read or written
│   ├── StoreBusy        retryable: somebody else holds it
│   ├── StoreFull        the disk is full; nothing was acknowledged
│   └── StoreRefused     a row breaks a rule of the record: the record is well, what was handed in is not
├── DemoFailed           what the demo is there to show did not happen
└── TransportError       a platform did not take what we sent (retryable or permanent)
    └── UnclearSend      … or perhaps it did: look before sending again
"""


class AnderError(Exception):
    """Base of all errors that Ander raises on purpose. `str(error)` is a sentence for the person it concerns."""

    retryable: bool = False


class ConfigError(AnderError):
    """A setting is missing, unknown or wrong."""


class InputError(AnderError):
    """Input cannot be used: a file, a line, a date, a name."""


class HostileInput(InputError):
    """Input that looks made to harm is refused whole."""


class NotAllowed(AnderError):
    """The person may not do or see this."""


class StoreError(AnderError):
    """The record cannot be read or written."""


class StoreBusy(StoreError):
    """Somebody else holds the record for longer than we wait."""

    retryable = True


class StoreFull(StoreError):
    """The disk is full: nothing was stored, nothing is acknowledged."""

    retryable = True


class StoreRefused(StoreError):
    """A row breaks a rule of the record; handing it in again will not help."""


class DemoFailed(AnderError):
    """What the demo is there to show did not happen."""


class TransportError(AnderError):
    """A platform did not take what we sent."""

    def __init__(self, message: str, *, permanent: bool = False, retry_after: float | None = None) -> None:
        """`retry_after`: seconds the platform asked us to wait."""
        super().__init__(message)
        self.retryable = not permanent
        self.retry_after = retry_after


class UnclearSend(TransportError):
    """The platform may or may not have taken it; sending again might say it twice."""
