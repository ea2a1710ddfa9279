"""Who stands under whom."""

from tests.laws.model.story import LEVELS, Story, Unit


def unit(story: Story, code: str) -> Unit:
    return next(one for one in story.units if one.code == code)


def children(story: Story, code: str) -> list[Unit]:
    return [one for one in story.units if one.parent == code]


def line_up(story: Story, code: str) -> list[Unit]:
    """The unit, then those above it, to the top."""
    return story.lines_up[code]


def is_at_or_under(story: Story, code: str, top: str) -> bool:
    return any(one.code == top for one in line_up(story, code))


def at_level(story: Story, code: str, level: str) -> Unit | None:
    """The unit itself or the one above it that stands at that level."""
    return next((one for one in line_up(story, code) if one.level == level), None)


def at_or_under(story: Story, top: str, level: str | None = None) -> list[Unit]:
    return [one for one in story.units if level in (None, one.level) and is_at_or_under(story, one.code, top)]


def depth_under(story: Story, code: str, top: str) -> int:
    """How many steps the unit stands below `top`."""
    return [one.code for one in line_up(story, code)].index(top)


def is_at_or_below(level: str, other: str) -> bool:
    """Whether a level is the other or a deeper one."""
    return LEVELS.index(level) >= LEVELS.index(other)
