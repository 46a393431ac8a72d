"""Watching: what an operator is told of feeds and fetches."""

from bench.polling.answers import failing, full, in_turn
from bench.polling.documents import news
from bench.polling.scenes import DAY, HOUR, START, Ask, FeedRow, Play, Scene, expect, rule

AREA = "watching"


@rule(AREA, "states")
def silent_feed(scene: Scene) -> Play:
    """A feed that answers but has brought nothing new for four times its usual gap is called silent.

    Source: feeds die without an error; the figure is Sitrep's.
    """
    numbers = list(range(1, 4))
    scene.feeds.append(FeedRow("feed", scene.answer("/feed", full(news(scene.site.url(""), numbers)))))
    visit = yield Ask(START)
    for day in (1, 2, 3, 4):
        scene.answer("/feed", full(news(scene.site.url(""), range(1 + day, 4 + day))))
        visit = yield Ask(day * DAY)
    visit = yield Ask(40 * DAY)
    expect(visit.feed.state == "silent", f"state {visit.feed.state} 80 days after the last news")


@rule(AREA, "states")
def failing_feed(scene: Scene) -> Play:
    """A feed that fails is called failing, with the reason, until it answers again.

    Source: FreshRSS/FreshRSS#6233: a feed that fails without a reason that people can act on.
    """
    scene.feeds.append(
        FeedRow("feed", scene.answer("/feed", in_turn(failing(500), full(news(scene.site.url(""), [1])))))
    )
    visit = yield Ask(START)
    expect(visit.feed.state == "failing" and bool(visit.feed.problem), f"{visit.feed.state}, {visit.feed.problem}")
    visit = yield Ask(HOUR)
    expect(visit.feed.state != "failing" and not visit.feed.problem, f"{visit.feed.state}, {visit.feed.problem}")


@rule(AREA, "report")
def every_fetch_counted(scene: Scene) -> Play:
    """A round's report counts each feed's outcome and each entry's, and they add up.

    Source: double-entry book-keeping.
    """
    for name, answer in (("good", full(news(scene.site.url(""), [1, 2]))), ("bad", failing(503))):
        scene.feeds.append(FeedRow(name, scene.answer(f"/{name}", answer)))
    report = (yield Ask(START, alone=True)).report
    feeds, entries = report["feeds"], report["entries"]
    expect((feeds["changed"], feeds["not_modified"], feeds["failed"]) == (1, 0, 1), f"feeds {feeds}")
    expect(entries["seen"] == 2 and bool(report["balanced"]), f"entries {entries}")


@rule(AREA, "report")
def row_for_each_fetch(scene: Scene) -> Play:
    """Each page fetch is a row with its time, status, bytes, milliseconds and outcome.

    Source: Sitrep's command-line contract, explain.
    """
    scene.feeds.append(FeedRow("feed", scene.answer("/feed", full(news(scene.site.url(""), [1])))))
    scene.answer("/news/1", in_turn(failing(503), failing(404)))
    yield Ask(START)
    found = (yield Ask(DAY)).entry(scene.site.url("/news/1"))
    rows = found.details.get("fetches", []) if found else []
    expect([row["status"] for row in rows] == [503, 404], f"rows {rows}")
    missing = {"at", "status", "bytes", "milliseconds", "outcome"} - rows[0].keys()
    expect(not missing, f"without {missing}")


@rule(AREA, "report")
def trouble_is_named(scene: Scene) -> Play:
    """A poll in trouble is in the round's report with feed, address, kind, detail and the next try.

    Source: Sitrep's command-line contract.
    """
    scene.feeds.append(FeedRow("feed", scene.answer("/feed", failing(503))))
    problems = (yield Ask(START)).problems
    expect(len(problems) == 1, f"{len(problems)} problems")
    expect(all(problems[0][key] for key in ("feed", "url", "kind", "detail", "retry_at")), f"{problems[0]}")
