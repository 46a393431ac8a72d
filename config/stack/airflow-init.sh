#!/bin/bash
# Brings Airflow's database to its version and writes the login file; safe to repeat.
set -euo pipefail
: "${AIRFLOW_PASSWORD:?is not set}" "${AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE:?is not set}"

umask 077
python - <<'END'
import json, os

path = os.environ["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"]
with open(path, "w", encoding="utf-8") as file:
    json.dump({"sitrep": os.environ["AIRFLOW_PASSWORD"]}, file)
END
exec airflow db migrate
