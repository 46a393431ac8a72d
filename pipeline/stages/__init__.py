"""Pure decisions, one file a stage, in the order of the path. No network, no clock, no disk."""
