"""Kernel limits go up with the first cloud and back with the last."""

from __future__ import annotations

import pytest
from local_cloud import limits


@pytest.fixture
def kernel(tmp_path, monkeypatch):
    values = tmp_path / "sys"
    values.mkdir()
    for name in limits.WANTED:
        (values / name).write_text("128")
    monkeypatch.setattr(limits, "_path", lambda name: values / name)
    monkeypatch.setattr(limits, "_RECORD", tmp_path / "record")
    return lambda: [int((values / name).read_text()) for name in limits.WANTED]


def test_the_last_cloud_sets_them_back(kernel, tmp_path):
    limits.raise_for("one")
    limits.raise_for("two")
    assert kernel() == list(limits.WANTED.values())
    limits.set_back_for("one")
    assert kernel() == list(limits.WANTED.values())
    limits.set_back_for("two")
    assert kernel() == [128] * len(limits.WANTED)
    assert not (tmp_path / "record").exists()


def test_a_higher_limit_is_left_alone(kernel, tmp_path):
    for name in limits.WANTED:
        limits._path(name).write_text("9999999")
    limits.raise_for("one")
    limits.set_back_for("one")
    assert kernel() == [9999999] * len(limits.WANTED)


def test_setting_back_what_was_never_raised_is_no_error(kernel):
    limits.set_back_for("one")
    assert kernel() == [128] * len(limits.WANTED)
