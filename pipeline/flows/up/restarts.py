"""When a program that died is started again, and when that is given up. Pure."""

STEADY = 300.0
"""Seconds: what lived so long was well, so its death is the first of a new row."""
MOST_DEATHS = 6
LONGEST_PAUSE = 60.0


def deaths_in_a_row(before: int, lived: float) -> int:
    """With the death of now, after ``lived`` seconds; ``before`` deaths came before it."""
    return 1 if lived >= STEADY else before + 1


def pause_after(deaths: int) -> float | None:
    """Seconds until the next start: 1, 2, 4 and so on; ``None``: there is none."""
    return None if deaths >= MOST_DEATHS else min(2.0 ** (deaths - 1), LONGEST_PAUSE)
