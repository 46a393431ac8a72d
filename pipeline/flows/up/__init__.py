"""Scheduled rounds on this machine: Elasticsearch and Airflow under one supervisor."""
