#!/bin/bash
# Gives Kibana's own user in Elasticsearch its password; safe to repeat.
# Secrets go in by standard input: what is on a command line is seen by everybody on the machine.
set -euo pipefail
: "${ELASTIC_PASSWORD:?is not set}" "${KIBANA_SYSTEM_PASSWORD:?is not set}" "${ELASTICSEARCH_URL:?is not set}"

answer=$(
    curl --silent --show-error --max-time 30 --retry 10 --retry-connrefused --retry-delay 3 --write-out '\n%{http_code}' \
        --config - "$ELASTICSEARCH_URL/_security/user/kibana_system/_password" <<END
user = "elastic:$ELASTIC_PASSWORD"
header = "Content-Type: application/json"
data = "{\"password\": \"$KIBANA_SYSTEM_PASSWORD\"}"
END
)
case ${answer##*$'\n'} in
    200) echo "Kibana's user kibana_system has its password" ;;
    401) echo "Elasticsearch does not know ELASTIC_PASSWORD: its data was made with another one" >&2 && exit 1 ;;
    *) echo "Elasticsearch answered ${answer##*$'\n'}: ${answer%$'\n'*}" >&2 && exit 1 ;;
esac
