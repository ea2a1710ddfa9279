"""What loads campaigns through the public APIs, whoever's they are: the demonstration's and the simulator's.

`api` calls the services and tells what they refuse, `batches` holds reports before they are sent, `shares` splits whole
numbers and says what is accidental. Knows no campaign.
"""
