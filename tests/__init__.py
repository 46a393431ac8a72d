"""A package, so that it goes before the ``tests`` that some libraries install beside themselves."""
