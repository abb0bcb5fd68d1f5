"""The exceptions that a command turns into one sentence and an exit code."""


class InputError(Exception):
    """Bad input, told in one sentence that says what is wrong and what to do. Commands exit with 2 on it."""


class NotFinite(InputError):
    """A loss or a gradient that is no finite number: with these settings nothing is learnt."""


class Interrupted(KeyboardInterrupt):
    """Training was told to stop by a signal, and did so in good order. Commands exit with 128 + `signum`."""

    def __init__(self, message: str, signum: int) -> None:
        super().__init__(message)
        self.signum = signum
