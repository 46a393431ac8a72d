"""The ledger: what was seen, what became of it, and what the index still has to learn. The only importer of SQLAlchemy.

``database`` opens and migrates it, ``schema`` holds the tables; each other file is one subject's statements and takes
an open connection, so that a flow decides what belongs into one transaction.
"""
