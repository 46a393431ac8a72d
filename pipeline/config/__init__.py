"""The operator's YAML, turned into frozen records, every mistake reported at once."""
