"""The ``sitrep`` command: reads arguments, calls a flow, prints."""
