"""More than one machine, rehearsed on one: Celery workers, PostgreSQL, Redis, S3; three nodes of Elasticsearch."""
