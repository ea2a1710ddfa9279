"""Series: owns counts day by day beside what was expected, and what a flow carried over, received and resolved."""
