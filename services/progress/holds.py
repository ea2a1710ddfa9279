"""Names under which writers of rows and those who change what rows mean keep out of each other's way.

A batch shares both, campaign first; whoever withdraws from a source, or closes a campaign, holds the one.
"""


def name_of_campaign(code: str) -> str:
    """Held while what a campaign takes changes."""
    return f"bonphu.progress.campaign:{code}"


def name_of_source(code: str) -> str:
    """Held while live rows of the source are put back."""
    return f"bonphu.progress.source:{code}"
