"""Who may see what: owns which campaigns, units and figures a token's subtrees and a publication open.

Every read of reporting goes through here. What is sensitive is not decided here.
"""
