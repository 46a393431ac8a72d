"""Imported by the process that workers are forked from, and by nobody else.

What is large, slow to load and never changes is loaded here once, so that all workers share its memory: the model that
tells languages (75 MB) and the list of public suffixes (8 MB).
"""

from pipeline.stages.extract.language import identified
from pipeline.stages.identify import page_url

identified("Any sentence will do to have the model loaded.")
page_url("https://example.org/a", "https://www.example.org/b")
