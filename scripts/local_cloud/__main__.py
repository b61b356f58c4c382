"""The command line of the local cloud."""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys

from . import control, doctor
from .base_image.cache import BaseImageError
from .settings import Settings, SettingsError, from_environment
from .teardown import TeardownError

EXAMPLES = """\
examples:
  scripts/cloud up                    start it; the first time builds the base image
  eval "$(scripts/cloud env)"         point the AWS CLI, the SDKs and every tool at it
  scripts/cloud logs --follow         watch the server's log
  scripts/cloud down                  stop it and remove everything it made

environment:
  AIL_CLOUD_NAME      which cloud (default: default); several may run side by side
  AIL_CLOUD_PORT      where its API listens on 127.0.0.1 (default: 5111; 0: any free port)
  AIL_CLOUD_PENDING   seconds that pending states last at least (default: 2)
  AIL_CLOUD_PROFILE_DELAY
                      seconds until EC2 knows a new instance profile (default: 5)
  AIL_CLOUD_MINUTE    seconds that a minute of CloudWatch and Auto Scaling lasts (1 to 60; default: 60)
  AIL_CLOUD_SOURCES   URL=DIRECTORY of repositories that builds of CodeBuild have their source from, with blanks between
                      several (default: every URL is the clone that the cloud runs from, as committed)
  AIL_CLOUD_LAUNCH_CONFIGURATIONS   true: they can be made, as by accounts older than 2024-10-01 (default: false)
"""


def main() -> int:
    options = _parser().parse_args()
    try:
        return options.run(from_environment(), options)
    except (control.ControlError, BaseImageError, TeardownError, SettingsError) as error:
        control.say(str(error))
        return 1
    except subprocess.CalledProcessError as error:
        control.say(f"{shlex.join(map(str, error.cmd))} failed: {(error.stderr or '').strip()}")
        return 1
    except KeyboardInterrupt:
        control.say("interrupted; `scripts/cloud down` removes what is there")
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="cloud",
        description="A local cloud with the AWS API and real Linux instances.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for name, run, text in (
        ("up", _up, "start the cloud, unless it is up already, and wait until it answers"),
        ("down", _down, "stop the cloud and remove everything it made but the cached base image"),
        ("status", _status, "say whether the cloud answers, as JSON; exit 1 if it does not"),
        ("env", _env, "print the environment that points AWS tools at the cloud, for eval"),
        ("logs", _logs, "print the server's log"),
        ("doctor", _doctor, "name each missing prerequisite and the command that installs it"),
    ):
        verb = verbs.add_parser(name, help=text, description=text)
        verb.set_defaults(run=run)
        if name == "logs":
            verb.add_argument("-f", "--follow", action="store_true", help="keep printing what is added")
            verb.add_argument("--instance", metavar="ID", help="the console of an instance instead")
            verb.add_argument("--calls", action="store_true", help="the API calls instead, a JSON object a line")
    return parser


def _up(settings: Settings, _: argparse.Namespace) -> int:
    control.up(settings)
    return 0


def _down(settings: Settings, _: argparse.Namespace) -> int:
    control.down(settings)
    return 0


def _status(settings: Settings, _: argparse.Namespace) -> int:
    report = control.health(settings)
    print(json.dumps({"up": report is not None, "endpoint": control.endpoint(settings), **(report or {})}))
    return 0 if report else 1


def _env(settings: Settings, _: argparse.Namespace) -> int:
    for name, value in control.variables(settings).items():
        print(f"export {name}={shlex.quote(value)}")
    return 0


def _logs(settings: Settings, options: argparse.Namespace) -> int:
    log = settings.server_log
    if options.calls:
        log = settings.call_log
    if options.instance:
        log = settings.state / "instances" / options.instance / "console.log"
    if not log.exists():
        control.say(f"there is no {log}")
        return 1
    return subprocess.run(["tail", "-n", "+1", *(["-F"] if options.follow else []), log]).returncode


def _doctor(settings: Settings, _: argparse.Namespace) -> int:
    findings = doctor.examine(settings)
    for finding in findings:
        print(finding)
    if not findings:
        control.say("this machine has all that the local cloud needs")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
