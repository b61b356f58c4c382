"""A layer lives exactly as long as somebody holds it."""

from __future__ import annotations

import pytest
from local_cloud.machines.layers import Layers


@pytest.fixture
def base(tmp_path):
    path = tmp_path / "cache" / "base"
    path.mkdir(parents=True)
    (path / "kept").touch()
    return path


@pytest.fixture
def layers(tmp_path):
    return Layers(tmp_path / "layers")


def written(tmp_path, name: str):
    upper = tmp_path / name
    upper.mkdir()
    (upper / "file").write_text(name)
    return upper


def test_an_adopted_layer_lies_above_what_was_there(layers, base, tmp_path):
    upper = written(tmp_path, "upper")
    stack = layers.adopt(upper, (base,), "ami-1")
    assert stack == layers.stack_of("ami-1")
    assert stack[1] == base
    assert (stack[0] / "file").read_text() == "upper"
    assert not upper.exists()


def test_a_copied_layer_leaves_the_original(layers, base, tmp_path):
    upper = written(tmp_path, "upper")
    stack = layers.copy(upper, (base,), "ami-1")
    (upper / "file").write_text("changed")
    assert (stack[0] / "file").read_text() == "upper"


def test_the_last_holder_takes_the_layer_with_it(layers, base, tmp_path):
    layer, _ = layers.adopt(written(tmp_path, "upper"), (base,), "ami-1")
    layers.hold("snap-1", layers.stack_of("ami-1"))
    layers.release("ami-1")
    assert layer.exists()
    layers.release("snap-1")
    assert not layer.exists()
    assert not layers.holds("snap-1")


def test_a_lower_layer_stays_for_the_images_above_it(layers, base, tmp_path):
    first = layers.adopt(written(tmp_path, "first"), (base,), "ami-1")
    layers.adopt(written(tmp_path, "second"), first, "ami-2")
    layers.release("ami-1")
    assert first[0].exists()
    layers.release("ami-2")
    assert not first[0].exists()


def test_the_base_image_is_never_deleted(layers, base):
    layers.hold("ami-1", (base,))
    layers.release("ami-1")
    assert (base / "kept").exists()


def test_releasing_an_unknown_holder_is_no_error(layers):
    layers.release("ami-unknown")
