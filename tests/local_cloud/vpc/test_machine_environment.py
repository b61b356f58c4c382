"""The endpoint in /etc/environment, and that no image carries it away."""

from __future__ import annotations

from pathlib import Path

from local_cloud.machines import environment


def test_what_was_there_stays_and_comes_back(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    file = tmp_path / "etc/environment"
    file.write_text("LANG=C.UTF-8")
    for _ in range(2):
        environment.write(tmp_path, {"AWS_REGION": "eu-central-1"})
        assert file.read_text().count("AWS_REGION=eu-central-1\n") == 1
    environment.forget(tmp_path)
    assert file.read_text() == "LANG=C.UTF-8\n"


def test_a_system_without_the_file(tmp_path: Path) -> None:
    environment.forget(tmp_path)
    assert list(tmp_path.iterdir()) == []
