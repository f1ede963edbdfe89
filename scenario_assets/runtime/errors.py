"""What can go wrong when a scenario runs. ``RuntimeFault`` is the base of all.

RuntimeFault
    InputError          an input that does not fit: nothing has changed
        UnknownName     no such choice, act, radio request, kind, inject, node, state or rule
        NotOffered      the choice exists, but is not offered now
        Senseless       it names what there is, but nothing could come of it
        Over            the scenario has ended
        Unfit           a version of the scenario that a session cannot go on in
    SnapshotError       a dump that cannot be loaded
"""


class RuntimeFault(Exception):  # noqa: N818 - the base; each says by its name what is wrong
    """Base of the runtime's errors."""


class InputError(RuntimeFault):
    """An input was refused; the state has not changed."""


class UnknownName(InputError):  # noqa: N818 - named by what is wrong
    """The scenario has nothing of this name."""


class NotOffered(InputError):  # noqa: N818 - likewise
    """This choice cannot be taken now."""


class Senseless(InputError):  # noqa: N818 - likewise
    """Nothing could come of this, such as letting go a rule that nobody holds."""


class Over(InputError):  # noqa: N818 - likewise
    """The scenario has reached its end."""


class Unfit(InputError):  # noqa: N818 - likewise
    """What is active or pending now is not in this version of the scenario; ``missing`` lists it."""

    def __init__(self, missing: tuple[str, ...]) -> None:
        super().__init__(f"the new version has no {', no '.join(missing)}")
        self.missing = missing


class SnapshotError(RuntimeFault):
    """The dump is of another version or another scenario."""
