"""Imported by the process that workers are forked from: the topics' phrase books, which all of them then share."""

import contextlib

from pipeline.config.folders import topic_folder
from pipeline.config.topics import load_topics
from pipeline.stages.tag import tag

with contextlib.suppress(Exception):  # whoever starts workers has told of the mistakes
    tag("", "", load_topics(topic_folder()))
