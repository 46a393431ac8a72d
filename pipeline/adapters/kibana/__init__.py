"""Kibana: what ``config/kibana`` says, brought there. ``server`` alone speaks HTTP, ``objects`` reads the files."""
