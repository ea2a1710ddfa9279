"""Who reports what: owns the sources of a campaign as compliance, reconciliation and explanations need them."""
