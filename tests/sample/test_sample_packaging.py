from pathlib import Path

import pytest
from setuptools import Distribution

from pipeline.sample.newsroom import FOLDER


def test_a_built_package_holds_articles_templates_and_outlets(monkeypatch: pytest.MonkeyPatch) -> None:
    root = FOLDER.parent.parent
    monkeypatch.chdir(root)
    distribution = Distribution()
    distribution.parse_config_files()
    command = distribution.get_command_obj("build_py")
    command.ensure_finalized()
    files = command.get_data_files_without_manifest()
    packed = {(root / source / name).resolve() for _, source, _, names in files for name in names}
    wanted = {
        path
        for pattern in ("outlets.yaml", "articles/*/*.md", "templates/*.html")
        for path in Path(FOLDER).glob(pattern)
    }
    assert len(wanted) > 80
    assert wanted - packed == set()
