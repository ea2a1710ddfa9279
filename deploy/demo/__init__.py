"""The demonstration: a real campaign, loaded through the public APIs as its officials and partners would.

`documents` reads the data folder (`units`: how it names them), `reorganisation` what became of its units later,
`cascade` and `rules` split its figures down to the communes, `reports` spreads them over the days, `requests` writes
what is sent, `loading` sends what is not there yet.
Nothing here knows a code, a name or a number of the campaign: all of them come from the data folder.
"""

from deploy.demo.loading import load

__all__ = ["load"]
