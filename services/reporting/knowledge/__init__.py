"""What was known at a moment: owns live rows, quotas and roll-ups as they stood then, derived from log and plans.

Roll-ups serve the present only. Definitions of campaigns, trees and authority are those of now: what is asked is what
the rows and plans of then come to by the rules of today.
"""
