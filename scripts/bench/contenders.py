"""Who builds the same network, queues and bucket, and how it is called."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
# A mirror of Terraform's providers, where a machine has one that its configuration does not name.
MIRRORS = ("/opt", "/usr/local/share", "/usr/share")
PROVIDER = "registry.terraform.io/hashicorp/aws"


@dataclass(frozen=True)
class Contender:
    """`command` is run by a shell in a new directory; `slow` ones are run less often."""

    name: str
    command: str
    slow: bool = False
    prepare: Callable[[Path, dict[str, str]], None] = lambda place, environment: None


def own() -> list[Contender]:
    """Each tool alone, then the pipeline of `just gameday` as far as no machine has to work in it."""
    network = "gd-vpc up --nat gateway < /dev/null > network.json"
    return [
        Contender("gd-vpc up", network),
        Contender("gd-queue up", "gd-queue up < /dev/null > queues.json"),
        Contender("gd-vpc up | gd-queue up", "gd-vpc up --nat gateway < /dev/null | gd-queue up > record.json"),
    ]


def others() -> tuple[list[Contender], list[str]]:
    """The others that can be run here, and why the rest cannot."""
    found = [Contender("boto3, a call after the other", f"{sys.executable} {HERE}/peers/one_by_one.py")]
    missing = []
    try:
        bin = Path(subprocess.run([HERE.parent / "venv", HERE / "requirements.txt"], check=True, text=True,
                                  stdout=subprocess.PIPE).stdout.strip()) / "bin"  # fmt: skip
        line = f"{bin}/ansible-playbook -i localhost, -e ansible_python_interpreter={bin}/python"
        found.append(Contender("Ansible, amazon.aws", f"{line} {HERE}/peers/playbook.yaml", True))
    except subprocess.CalledProcessError as error:
        missing.append(f"Ansible: its environment could not be made ({error})")
    if shutil.which("terraform") is None:
        missing.append("Terraform: not on the PATH")
    else:
        line = "terraform apply -auto-approve -input=false -no-color"
        found.append(Contender("Terraform, apply", line, True, initialise))
    return found, missing


def initialise(place: Path, environment: dict[str, str], *files: str) -> None:
    """What Terraform does once for a directory, not for each change: not measured."""
    for file in files or ("main.tf",):
        shutil.copy(HERE / "peers" / file, place)
    key = place / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    environment["TF_VAR_public_key"] = key.with_suffix(".pub").read_text().strip()
    environment["TF_DATA_DIR"] = str(place / "data")
    # Asks its maker's server whether there is a newer one, which is no part of the task.
    environment["CHECKPOINT_DISABLE"] = "1"
    line = ["terraform", "init", "-input=false", "-no-color"]
    ended = subprocess.run([*line, *mirror()], cwd=place, env=environment, capture_output=True, text=True)
    if ended.returncode != 0:
        raise Unprepared(
            "it cannot get its provider; tell it of a mirror by TF_CLI_ARGS_init=-plugin-dir=DIRECTORY\n"
            + ended.stderr.strip()
        )


def mirror() -> list[str]:
    if "TF_CLI_ARGS_init" in os.environ:
        return []
    for place in MIRRORS:
        for found in sorted(Path(place).glob(f"*/{PROVIDER}")):
            return [f"-plugin-dir={found.parents[2]}"]
    return []


class Unprepared(RuntimeError):
    """A contender cannot be run here."""
