"""What the programs of all peers share: one question a line in, one answer a line out, and a limit on memory."""

import json
import resource
import sys

MEMORY_LIMIT = 4_000_000_000
"""Bytes: beyond it the process fails instead of the machine."""


def serve(version, poll):
    """``poll(feeds, now, timeout, forced)`` → a view for each feed by id; questions end with standard input.

    ``forced`` asks it to poll what is not due, too.
    """
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
    out, sys.stdout = sys.stdout, sys.stderr  # what a library prints is no answer
    for line in sys.stdin:
        question = json.loads(line)
        if "version" in question:
            answer = {"version": version}
        else:
            answer = {"feeds": poll(question["feeds"], question["now"], question["timeout"], question["forced"])}
            answer["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        out.write(json.dumps(answer) + "\n")
        out.flush()
