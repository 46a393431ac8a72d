#!/bin/sh
# The queue between Airflow's scheduler and its workers. What is accepted is on the disk first, so a crash loses no task.
set -eu
: "${REDIS_PASSWORD:?is not set: put REDIS_PASSWORD=... with 48 random letters and digits into .env}"

# The settings go in by standard input, where no list of processes shows the password.
exec redis-server - <<END
requirepass $REDIS_PASSWORD
dir /data
save ""
appendonly yes
appendfsync always
maxmemory 100mb
maxmemory-policy noeviction
END
