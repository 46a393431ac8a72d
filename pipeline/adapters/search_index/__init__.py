"""The index: what the ledger says, made searchable. ``client`` is the door to it; ``server`` alone knows elasticsearch.

``records`` holds what goes in and out, ``bulk`` and ``query`` write requests and read answers, ``schema`` reads
mappings and analysis from ``config/elasticsearch``, ``layout`` decides what setting up has to change.
"""
