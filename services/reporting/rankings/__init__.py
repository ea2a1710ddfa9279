"""Rankings: owns league tables, the units of one level inside one unit by exact rate (rule 11)."""
