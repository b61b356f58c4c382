"""The local cloud's API for the benchmark: nothing is pending for long, and no machine is booted.

    python -m bench.endpoint --base-image DIRECTORY

What is measured is calls. A boot of two seconds would hide them, so an instance runs as soon as its launch is answered,
and the kernel's networks are left alone. Everything else is the local cloud as it is; its state lies beside DIRECTORY,
which is empty.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from local_cloud import server, settings


class Here(settings.Settings):
    """A cloud whose state is a directory of the benchmark's."""

    @property
    def state(self) -> Path:
        return Path(sys.argv[-1]).parent

    @property
    def address_locks(self) -> Path:
        return self.state / "addresses"


def without_machines() -> None:
    from local_cloud import running
    from local_cloud.ec2 import background, instances, launch
    from local_cloud.vpc import addresses, convergence

    def run(instance: Any, image: object) -> None:
        addresses.give(instance.nics[0])
        instances.set_state(instance, instances.PENDING)
        background.later(lambda: started(instance), f"start of {instance.id}")

    def started(instance: Any) -> None:
        # RunInstances holds the lock until it is answered, with "pending" as in EC2.
        with running.api_lock:
            instances.set_state(instance, instances.RUNNING)

    launch._start_machine = run
    convergence.converge = lambda: None


def main() -> None:
    here = Here(name="bench", port=0, pending=0)
    serve = server.serve

    def serve_without_machines(chosen: settings.Settings, base_image: Path) -> None:
        # Only now is the environment set that moto reads when it is imported.
        without_machines()
        serve(chosen, base_image)

    settings.from_environment = lambda: here
    server.serve = serve_without_machines
    server.main()


if __name__ == "__main__":
    main()
