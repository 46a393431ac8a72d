"""What passes for the address of a server or a feed in settings and files."""

from urllib.parse import urlsplit

LONGEST = 2000


def web_address_problem(address: str) -> str | None:
    """What is wrong with an http or https URL; ``None`` when it can be requested. The address is never repeated.

    Credentials are refused: an address is printed in reports and messages.
    """
    if len(address) > LONGEST or not address.isprintable() or " " in address:
        return f"must be one URL of at most {LONGEST} characters without blanks"
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return "must be an absolute http or https URL"
    if parts.username is not None or parts.password is not None:
        return "must not hold a user name or password"
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        return "must be an absolute http or https URL"
    return None
