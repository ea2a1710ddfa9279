"""The three services of bonphu, the chassis under them and the contracts between them."""
