"""Values that are kept within a bound; whether one still holds is its key's to say."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Store(Generic[Key, Value]):
    """The values asked for last, as many as weigh `most` together."""

    def __init__(self, *, most: int) -> None:
        self._most = most
        self._values: OrderedDict[Key, tuple[Value, int]] = OrderedDict()
        self.weight = 0

    def get(self, key: Key) -> Value | None:
        """The value, where it is kept."""
        found = self._values.get(key)
        if found is None:
            return None
        self._values.move_to_end(key)
        return found[0]

    def put(self, key: Key, value: Value, *, weight: int) -> None:
        """It is kept in the place of what was kept under the key; what was not asked for the longest gives way.

        What is heavier than the room for all is not kept, and displaces nothing.
        """
        self.drop(key)
        if weight > self._most:
            return
        self._values[key] = value, weight
        self.weight += weight
        while self.weight > self._most:
            self.weight -= self._values.popitem(last=False)[1][1]

    def drop(self, key: Key) -> None:
        """Nothing is kept under the key."""
        before = self._values.pop(key, None)
        if before is not None:
            self.weight -= before[1]
