"""One machine: a root file system, a network and an init, from its first boot until it is destroyed."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

from ..settings import Settings
from . import cgroups, environment, traces
from .layers import Layers, Stack
from .metadata import MetadataServer
from .network import Network, Place
from .seed import Seed

# SSH answers after about 1 s on a quiet machine; a dozen machines booting on two loaded cores need a minute.
BOOT_SECONDS = 180

# A clean shutdown takes 2 s; a service that does not stop is given systemd's own 90 s, a machine no more than this.
SHUTDOWN_SECONDS = 100

# systemd-nspawn's exit code when the machine asked for a reboot and --keep-unit is given.
REBOOT = 133

# Housekeeping that a machine of a few minutes has no use for, and that would hold apt's lock; and a login prompt
# on a console that nobody types at.
MASKED = ("apt-daily.timer", "apt-daily-upgrade.timer", "e2scrub_all.timer", "dpkg-db-backup.timer",
          "fstrim.timer", "console-getty.service")  # fmt: skip

# What makes systemd-nspawn's container more of a virtual machine: its own network's settings (/proc/sys/net) are its to
# write, the host's are not; and its /tmp lies on its disk.
VIRTUAL_MACHINE = {"SYSTEMD_NSPAWN_API_VFS_WRITABLE": "network", "SYSTEMD_NSPAWN_TMPFS_TMP": "0"}


class BootError(RuntimeError):
    """The machine did not come up."""


class Stopped(RuntimeError):
    """The machine was stopped while somebody waited for it."""


class Machine:
    """A system of `systemd-nspawn --boot` over the layers its id holds."""

    def __init__(
        self,
        seed: Seed,
        place: Place,
        settings: Settings,
        layers: Layers,
        metadata: Callable[[str, bool], str | None],
        powered_off: Callable[[], None],
    ) -> None:
        self.id = seed.instance_id
        self.directory = settings.state / "instances" / self.id
        self.directory.mkdir(parents=True)
        self.console = self.directory / "console.log"
        self.console.touch()
        self._settings = settings
        self._layers = layers
        self._binds = seed.write(self.directory / "seed")
        self._variables = seed.variables
        self._network = Network(f"{settings.namespace_prefix}{self.id}", self.id, place)
        self._metadata = MetadataServer(self._network.path, metadata)
        self._powered_off = powered_off
        self._process: subprocess.Popen[bytes] | None = None
        # Counts the times that somebody stopped it, so that whoever waits for its boot can tell that from a crash.
        self._stops = 0
        self._crash: BootError | None = None
        self._destroyed = False
        self._lock = threading.RLock()

    @property
    def upper(self) -> Path:
        """What the machine wrote, on top of the layers it holds."""
        return self.directory / "upper"

    @property
    def _root(self) -> Path:
        return self.directory / "root"

    def boot(self) -> None:
        """Start the machine and return when SSH answers."""
        with self._lock:
            if self._destroyed:
                raise Stopped(self.id)
            self._network.open()
            self._metadata.start()
            self._mount()
            stops = self._start_init()
        self._await_ssh(stops)

    def shut_down(self) -> None:
        """Ask init to stop everything, and take mounts and network away when it has."""
        with self._lock:
            self._end_init(SHUTDOWN_SECONDS)
            self._disconnect()

    def destroy(self) -> None:
        """Stop at once and delete everything but the console's log."""
        with self._lock:
            self._destroyed = True
            self._end_init(0)
            self._disconnect()
            self._layers.release(self.id)
            for name in ("upper", "work", "root", "seed"):
                shutil.rmtree(self.directory / name, ignore_errors=True)

    def reboot(self) -> None:
        with self._lock:
            if self._process is None:
                return
            self._end_init(SHUTDOWN_SECONDS)
            stops = self._start_init()
        self._await_ssh(stops)

    def capture(self, holder: str) -> Stack:
        """Give the holder this machine's file system, with the machine stopped meanwhile.

        The written part becomes a layer by a rename, and the machine goes on above it: nothing is copied. Whether
        the machine comes up again is no matter of the image's.
        """
        with self._lock:
            was_running = self._process is not None
            self._end_init(SHUTDOWN_SECONDS)
            self._unmount()
            environment.forget(self.upper)
            stack = self._layers.adopt(self.upper, self._layers.stack_of(self.id), holder)
            self._layers.hold(self.id, stack)
            if was_running:
                self._mount()
                self._start_init()
        return stack

    def capture_live(self, holder: str) -> Stack:
        """Give the holder a copy of this machine's file system while it goes on: like a disk after a power cut."""
        with self._lock:
            stack = self._layers.copy(self.upper, self._layers.stack_of(self.id), holder)
            environment.forget(stack[0])
            return stack

    def _mount(self) -> None:
        work = self.directory / "work"
        # A work directory that was mounted volatile refuses to be mounted again.
        shutil.rmtree(work, ignore_errors=True)
        for directory in (self.upper, work, self._root):
            directory.mkdir(exist_ok=True)
        lower = ":".join(map(str, self._layers.stack_of(self.id)))
        # volatile: no write waits for the disk. Nothing of a cloud survives a power cut anyway.
        options = f"lowerdir={lower},upperdir={self.upper},workdir={work},volatile"
        _run("mount", "-t", "overlay", "overlay", "-o", options, str(self._root))
        environment.write(self._root, self._variables)

    def _unmount(self) -> None:
        for _ in range(100):
            if subprocess.run(["umount", str(self._root)], capture_output=True).returncode == 0:
                return
            if not self._root.is_mount():
                return
            time.sleep(0.05)
        _run("umount", "--lazy", str(self._root))

    def _start_init(self) -> int:
        """How often the machine had been stopped by then."""
        self._forget_machine_id()
        self._crash = None
        groups = cgroups.make(self._settings.name, self.id)
        with self.console.open("ab") as console:
            process = subprocess.Popen(
                [
                    *cgroups.ENTER, *groups, "--",
                    "systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--boot",
                    f"--directory={self._root}", f"--machine={self.id}",
                    f"--network-namespace-path={self._network.path}",
                    "--resolv-conf=off", "--timezone=off", "--link-journal=no",
                    # A virtual machine's root may do all of this inside its own network; Docker's daemon needs it.
                    "--capability=CAP_NET_ADMIN", "--system-call-filter=add_key keyctl bpf",
                    *self._binds,
                    *(f"systemd.mask={unit}" for unit in MASKED),
                ],
                stdin=subprocess.DEVNULL, stdout=console, stderr=console,
                env={**os.environ, **VIRTUAL_MACHINE},
            )  # fmt: skip
        self._process = process
        threading.Thread(target=self._watch, args=(process,), name=f"watch-{self.id}", daemon=True).start()
        return self._stops

    def _forget_machine_id(self) -> None:
        """Two machines of one image must not share an id; an id of its own survives the machine's reboots."""
        marker = self.directory / "machine-id-is-own"
        if not marker.exists():
            (self._root / "etc/machine-id").write_text("")
            (self._root / "var/lib/dbus/machine-id").unlink(missing_ok=True)
            marker.touch()

    def _watch(self, process: subprocess.Popen[bytes]) -> None:
        code = process.wait()
        with self._lock:
            if self._process is not process:
                return
            if code == REBOOT:
                self._start_init()
                return
            self._process = None
            self._crash = BootError(f"the system ended with code {code} before SSH answered")
            self._disconnect()
        self._powered_off()

    def _end_init(self, patience: float) -> None:
        process, self._process = self._process, None
        self._stops += 1
        if process is None:
            return
        if patience:
            process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(patience)
        process.kill()
        process.wait()
        traces.remove(self.id, traces.lock_of(self._root))
        cgroups.remove(self._settings.name, self.id)

    def _disconnect(self) -> None:
        self._metadata.stop()
        self._network.close()
        self._unmount()

    def _await_ssh(self, stops: int) -> None:
        deadline = time.monotonic() + BOOT_SECONDS
        while not self._ssh_answers():
            if self._stops != stops:
                raise Stopped(self.id)
            if self._crash is not None:
                raise self._crash
            if time.monotonic() > deadline:
                raise BootError(f"SSH did not answer within {BOOT_SECONDS} s")
            time.sleep(0.05)

    def _ssh_answers(self) -> bool:
        try:
            with self._network.connect(22, timeout=1) as connection:
                return connection.recv(4) == b"SSH-"
        except OSError:
            return False


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True)
