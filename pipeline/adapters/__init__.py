"""Each file touches one thing outside the program."""
