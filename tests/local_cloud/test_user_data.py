"""User data becomes the script that an instance's first boot runs."""

from __future__ import annotations

import gzip
import subprocess
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

from local_cloud.machines import user_data


def run(script: str, directory) -> str:
    file = directory / "user-data"
    file.write_text(script)
    file.chmod(0o700)
    return subprocess.run([file], capture_output=True, text=True, check=True, cwd=directory).stdout


def test_a_script_is_run_as_it_is():
    assert user_data.script(b"#!/bin/sh\necho hi\n") == "#!/bin/sh\necho hi\n"


def test_nothing_is_nothing():
    assert user_data.script(b"") is None
    assert user_data.script(b" \n") is None


def test_a_gzipped_script_is_unpacked():
    assert user_data.script(gzip.compress(b"#!/bin/sh\ntrue\n")) == "#!/bin/sh\ntrue\n"


def test_cloud_config_writes_files_and_runs_commands(tmp_path):
    goal = tmp_path / "deep er" / "file"
    config = f"""#cloud-config
write_files:
  - path: "{goal}"
    content: |
      it's "quoted" $HOME
    permissions: "0640"
  - path: "{tmp_path}/decoded"
    encoding: b64
    content: aGVsbG8=
runcmd:
  - [echo, "two  words", "$HOME"]
  - echo from a shell | tr a-z A-Z
""".replace("deep er", "deep")
    goal = tmp_path / "deep" / "file"
    assert run(user_data.script(config.encode()), tmp_path) == "two  words $HOME\nFROM A SHELL\n"
    assert goal.read_text() == 'it\'s "quoted" $HOME\n'
    assert goal.stat().st_mode & 0o777 == 0o640
    assert (tmp_path / "decoded").read_text() == "hello"


def test_each_part_of_a_message_keeps_its_interpreter(tmp_path):
    message = MIMEMultipart()
    message.attach(MIMEText("#!/usr/bin/env python3\nprint('python')\n", "x-shellscript"))
    message.attach(MIMEText("#cloud-config\nruncmd:\n  - echo shell\n", "cloud-config"))
    assert run(user_data.script(message.as_bytes()), tmp_path) == "python\nshell\n"


def test_what_is_not_understood_is_named_and_skipped(tmp_path):
    assert run(user_data.script(b"#cloud-config\nswap: {}\nruncmd: [echo on]\n"), tmp_path) == (
        "cloud-init: #cloud-config: swap is not known to this cloud\non\n"
    )
    assert run(user_data.script(b"hello"), tmp_path) == (
        "cloud-init: user data is neither a script nor #cloud-config nor multi-part: not run\n"
    )
    assert "no valid YAML" in run(user_data.script(b"#cloud-config\na: [\n"), tmp_path)
