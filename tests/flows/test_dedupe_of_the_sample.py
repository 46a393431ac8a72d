"""The sample newsroom's reprints, whole and cut, are folded into the agency's stories; nothing else is."""

from pipeline.flows.dedupe import Clusters
from pipeline.sample.newsroom import open_newsroom
from pipeline.stages.fold import Imprint
from pipeline.stages.fold.sketch import sign


def test_every_reprint_of_the_sample_is_in_the_cluster_of_its_original_and_nothing_else_is() -> None:
    articles = [article for article in open_newsroom().articles if article.text]
    # Reprints last: no time of theirs is older than the agency's.
    articles.sort(key=lambda article: article.copy_of is not None)
    clusters = Clusters()
    found = {
        article.id: clusters.add(
            article.id, Imprint(article.outlet, article.published, sign(article.title, article.text))
        )["cluster"]
        for article in articles
    }
    reprints = {article.id: article.copy_of for article in articles if article.copy_of}
    assert reprints
    assert found == {article.id: reprints.get(article.id, article.id) for article in articles}
