#!/bin/bash
# What the official image does before the command: wait for the database, then hand on to bash, python or airflow.
set -euo pipefail
LD_PRELOAD="/usr/lib/$(uname -m)-linux-gnu/libstdc++.so.6"
export LD_PRELOAD
unset PIP_USER
[ "$(id -g)" = 0 ] || { echo "the group must be 0" >&2; exit 1; }
umask 0002

tries=${CONNECTION_CHECK_MAX_COUNT:-20}
until [ "$tries" = 0 ] || answer=$(airflow db check 2>&1); do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || { echo "no database: $answer" >&2; exit 1; }
    sleep "${CONNECTION_CHECK_SLEEP_TIME:-3}"
done

case ${1:-} in
    bash | python) exec "$@" ;;
    airflow) shift ;;
esac
exec airflow "$@"
