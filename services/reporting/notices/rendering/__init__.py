"""A notice drawn in one format: `python -m services.reporting.notices.rendering FORMAT`, the notice on its input.

Runs in a short-lived process of its own. Whatever a name holds is text in every format: no formula, markup or template.
"""
