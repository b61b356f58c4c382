"""GetConsoleOutput: what the machine wrote to its console."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

from moto.core.responses import ActionResult
from moto.core.types import Base64EncodedString
from moto.ec2.responses import EC2Response

from .. import running

# EC2 keeps the last 64 KB (EC2 User Guide, "Instance console output").
KEPT_BYTES = 64 * 1024


def install() -> None:
    EC2Response.get_console_output = get_console_output


def get_console_output(self: EC2Response) -> ActionResult:
    instance = self.ec2_backend.get_instance(self._get_param("InstanceId"))
    self.error_on_dryrun()
    # The log outlives the machine, as EC2 keeps the output for an hour after termination.
    log = running.cloud().settings.state / "instances" / instance.id / "console.log"
    written = log.read_bytes()[-KEPT_BYTES:] if log.exists() else b""
    changed = log.stat().st_mtime if log.exists() else instance.launch_time.timestamp()
    answer = {
        "InstanceId": instance.id,
        "Timestamp": datetime.fromtimestamp(changed, UTC),
        "Output": Base64EncodedString(base64.b64encode(written).decode()),
    }
    return ActionResult(answer)
