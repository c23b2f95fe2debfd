"""A rule's "no"."""


class Refused(Exception):
    """A rule said no: what the handler wrote is rolled back and the person is told why and what to do.

    `key` is the full catalogue key ("report.photo_missing"); `args` fill its fields. A refusal never says
    whether something exists that the person may not see.
    """

    def __init__(self, key: str, **args: object) -> None:
        super().__init__(key)
        self.key = key
        self.args_of_text = args
