"""Join stages and adapters into the work a user asks for."""
