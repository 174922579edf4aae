"""Rule packs as the web tells them."""

from datetime import date

from fangma.twin.http.bodies import Answer


class RulePack(Answer):
    """A standard that an audit can be held against; both days belong to it."""

    name: str
    title: str
    document: str
    valid_from: date | None
    valid_to: date | None


class RulePacks(Answer):
    """Standards, the newest first."""

    items: list[RulePack]
