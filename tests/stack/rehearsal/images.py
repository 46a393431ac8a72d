"""Images under the official names, built from a distribution's root file system; none is pulled."""

import hashlib
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from pipeline.adapters.local_node.program import program
from pipeline.adapters.local_node.records import Release
from pipeline.settings import CHECKOUT
from tests.stack.compose_file import services
from tests.stack.rehearsal.engine import Engine
from tests.stack.rehearsal.java import find_jdk

HERE = Path(__file__).parent
BASE = "rehearsal/debian:bookworm"
SUITE = "bookworm"
PACKAGES = ("ca-certificates", "curl", "dumb-init", "procps", "python3-jsonschema", "python3-venv")
SOURCES = Path("/etc/apt/sources.list.d/debian.sources")
CERTIFICATES = Path("etc/ssl/certs/ca-certificates.crt")
SERVER = Release(
    version="9.5.3",
    sha256="bec49f3b8d00e75c8d1cec85c35298635ec9fbd3ae80ef5aeb6bc05abdb3db2d",
    size=132_390_005,
)
KIBANA_FILES = (
    "stack/rehearsal/kibana/serve.py",
    "support/kibana_stand_in.py",
    "support/logins.py",
    "kibana/dashboard.schema.json",
)
INPUTS = "rehearsal.inputs"
"""Label with the digest of what an image was built from."""

Fill = Callable[[Path], None]


def build_images(engine: Engine) -> None:
    """Build what is missing or was built from other files than there are now."""
    if not engine.docker("image", "ls", "--quiet", BASE):
        _import_base(engine)
    for name, tags, fill in stand_ins(engine.cache):
        _build(engine, name, tags, fill)


def stand_ins(cache: Path) -> Iterator[tuple[str, set[str], Fill]]:
    """Folder, names, and what more goes into the context."""
    images = {name: service["image"] for name, service in services().items()}
    assert images["elasticsearch"].endswith(f":{SERVER.version}")
    dockerfile = (CHECKOUT / "Dockerfile").read_text(encoding="utf-8")

    def nothing(_context: Path) -> None:
        """The folder is enough."""

    def server(context: Path) -> None:
        jdk = find_jdk()
        assert jdk is not None
        shutil.copytree(program(SERVER, cache, print), context / "server")
        shutil.copytree(jdk, context / "jdk", symlinks=True)

    def kibana(context: Path) -> None:
        for file in KIBANA_FILES:
            target = context / "tests" / file
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(CHECKOUT / "tests" / file, target)

    yield "postgres", {images["postgres"]}, nothing
    yield "redis", {images["redis"]}, nothing
    yield "elasticsearch", {images["elasticsearch"]}, server
    yield "kibana", {images["kibana"]}, kibana
    yield "airflow", set(re.findall(r"^FROM (\S+)", dockerfile, re.M)), nothing


def _build(engine: Engine, name: str, tags: set[str], fill: Fill) -> None:
    inputs = _digest(name)
    label = ("image", "inspect", "--format", f'{{{{index .Config.Labels "{INPUTS}"}}}}')
    if all(engine.docker(*label, tag, check=False) == inputs for tag in tags):
        return
    with tempfile.TemporaryDirectory(prefix="sitrep-image-", dir=engine.cache) as folder:
        context = Path(folder)
        shutil.copytree(HERE / name, context, dirs_exist_ok=True)
        fill(context)
        given = ["--build-arg", f"BASE={BASE}", "--build-arg", f"VERSION={SERVER.version}"]
        named = [word for tag in sorted(tags) for word in ("--tag", tag)]
        given += ["--network", "host", "--label", f"{INPUTS}={inputs}"]
        # The engine's own builder: docker's newer one is a plugin that few distributions have.
        engine.docker("build", *given, *named, str(context), DOCKER_BUILDKIT="0")


def _digest(name: str) -> str:
    files = [file for file in (HERE / name).rglob("*") if file.is_file() and "__pycache__" not in file.parts]
    if name == "kibana":
        files += [CHECKOUT / "tests" / file for file in KIBANA_FILES]
    digest = hashlib.sha256(SERVER.sha256.encode())
    for file in sorted(files):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _import_base(engine: Engine) -> None:
    """Debian as this machine gets it: its sources and certificates, so that the builds reach what it reaches."""
    root = engine.cache / "root"
    _remove(root)
    mirror = re.search(r"^URIs:\s*(\S+)", SOURCES.read_text(encoding="utf-8"), re.M)
    assert mirror is not None
    subprocess.run(
        ["debootstrap", "--variant=minbase", f"--include={','.join(PACKAGES)}", SUITE, str(root), mirror[1]],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    shutil.copy(Path("/") / CERTIFICATES, root / CERTIFICATES)
    shutil.copy(SOURCES, root / "etc/apt/sources.list.d")
    (root / "etc/apt/sources.list").unlink(missing_ok=True)
    for caution in Path("/etc/apt/apt.conf.d").glob("99*"):
        shutil.copy(caution, root / "etc/apt/apt.conf.d")
    (root / "usr/sbin/policy-rc.d").write_text("#!/bin/sh\nexit 101\n")
    (root / "usr/sbin/policy-rc.d").chmod(0o755)
    with subprocess.Popen(["tar", "--one-file-system", "-C", str(root), "-c", "."], stdout=subprocess.PIPE) as archive:
        subprocess.run(["docker", "import", "-", BASE], stdin=archive.stdout, env={**engine.environment}, check=True)
    assert archive.returncode == 0
    _remove(root)


def _remove(root: Path) -> None:
    """Also one that was left over by a run that was killed while the machine's /proc was mounted in it."""
    for mounted in ("proc", "sys"):
        subprocess.run(["umount", root / mounted], capture_output=True, check=False)
    if root.exists():
        subprocess.run(["rm", "-r", "--one-file-system", root], check=True)
