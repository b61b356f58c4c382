"""Settings, the doctor, and finding the processes of a cloud."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from local_cloud import doctor, members, settings, teardown
from local_cloud.machines import addresses

REPOSITORY = Path(__file__).parents[2]


def test_settings_have_defaults(monkeypatch):
    for name in ("AIL_CLOUD_NAME", "AIL_CLOUD_PORT", "AIL_CLOUD_PENDING"):
        monkeypatch.delenv(name, raising=False)
    chosen = settings.from_environment()
    assert (chosen.name, chosen.port, chosen.pending) == ("default", 5111, 2.0)
    assert chosen.state == Path("/var/tmp/ail-cloud/default")


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("AIL_CLOUD_NAME", "../x", "AIL_CLOUD_NAME is '../x'; expected up to 24 of a-z, 0-9 and -"),
        ("AIL_CLOUD_PORT", "http", "AIL_CLOUD_PORT is 'http'; expected a number from 0 to 65535"),
        ("AIL_CLOUD_PORT", "65536", "AIL_CLOUD_PORT is '65536'; expected a number from 0 to 65535"),
        ("AIL_CLOUD_PENDING", "-1", "AIL_CLOUD_PENDING is '-1'; expected a number from 0 to 3600"),
        ("AIL_CLOUD_MINUTE", "0.5", "AIL_CLOUD_MINUTE is '0.5'; expected a number from 1 to 60"),
        (
            "AIL_CLOUD_LAUNCH_CONFIGURATIONS",
            "yes",
            "AIL_CLOUD_LAUNCH_CONFIGURATIONS is 'yes'; expected true or false",
        ),
    ],
)
def test_settings_say_what_is_wrong(monkeypatch, name, value, message):
    monkeypatch.setenv(name, value)
    with pytest.raises(settings.SettingsError) as raised:
        settings.from_environment()
    assert str(raised.value) == message


def test_the_doctor_names_each_missing_command_and_its_package(monkeypatch):
    monkeypatch.setattr(doctor.shutil, "which", lambda command: None if command == "slirp4netns" else command)
    assert [str(finding) for finding in doctor._commands()] == ["slirp4netns: apt-get install -y slirp4netns"]


def test_the_packages_the_doctor_names_are_the_ones_that_get_installed():
    lines = (REPOSITORY / "scripts" / "debian-packages.txt").read_text().splitlines()
    installed = {line.split("#")[0].strip().split("/")[0] for line in lines}
    assert set(doctor.COMMANDS.values()) <= installed


def test_the_doctor_has_a_place_to_look_at_while_another_cloud_goes_down(tmp_path):
    clouds, ended = tmp_path / "clouds", threading.Event()

    def remove() -> None:
        while not ended.is_set():
            teardown.remove_if_empty(clouds)

    other = threading.Thread(target=remove)
    other.start()
    try:
        for _ in range(200):
            with doctor._place(clouds) as place:
                time.sleep(0.001)
                list(doctor._space(Path(place)))
    finally:
        ended.set()
        other.join()


def test_a_process_of_a_cloud_is_found_by_its_mark_and_stopped(tmp_path):
    other = tmp_path / "other"
    sleep = [sys.executable, "-c", "import time; time.sleep(60)"]
    member = subprocess.Popen(sleep, env=members.environment(tmp_path))
    stranger = subprocess.Popen(sleep, env=members.environment(other))
    try:
        assert members.find(tmp_path, []) == [member.pid]
        # A child that was not waited for stays in /proc without an environment.
        assert members.stop(tmp_path, [], patience=5) == []
        assert member.wait() == -15
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_an_address_is_taken_once(tmp_path):
    locks = tmp_path / "addresses"
    first = addresses.take(locks, tmp_path / "one")
    second = addresses.take(locks, tmp_path / "two")
    assert (first, second) == ("127.0.12.1", "127.0.12.2")
    addresses.give_back(locks, first)
    assert addresses.take(locks, tmp_path / "two") == first


def test_when_all_addresses_are_taken_that_is_said(tmp_path):
    for _ in range(254):
        addresses.take(tmp_path, tmp_path)
    with pytest.raises(addresses.NoAddressLeft) as raised:
        addresses.take(tmp_path, tmp_path)
    assert str(raised.value) == ("all addresses 127.0.12.1 to 127.0.12.254 are in use by local clouds of this machine")
