"""Hierarchies: owns figures by the units of another day (rule 15).

Who speaks and who has reported is decided in the campaign's own hierarchy; what was decided is summed along the
succession. Deliberately absent: anything that would share out what no act shares out.
"""
