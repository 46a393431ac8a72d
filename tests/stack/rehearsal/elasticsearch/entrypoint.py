"""What the official image does before it starts the server: settings from the environment, the superuser's password."""

import os
import re
import subprocess
import sys
from pathlib import Path

KEYSTORE = "elasticsearch-keystore"
SETTING = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)+")


def main() -> None:
    if os.getuid() == 0:
        sys.exit("Elasticsearch does not run as root")
    if password := os.environ.get("ELASTIC_PASSWORD"):
        if not Path("config/elasticsearch.keystore").exists():
            subprocess.run([KEYSTORE, "create"], check=True)
        add = [KEYSTORE, "add", "--stdin", "--force", "bootstrap.password"]
        subprocess.run(add, input=password.encode(), check=True)
    settings = [f"-E{name}={value}" for name, value in os.environ.items() if SETTING.fullmatch(name)]
    os.execvp("elasticsearch", ["elasticsearch", *settings])


main()
