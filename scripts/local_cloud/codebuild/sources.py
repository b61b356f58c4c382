"""Where the sources of builds lie: a repository at GitHub is a directory of this machine.

AIL_CLOUD_SOURCES says which, as `URL=DIRECTORY` with blanks between several; POST /ail-cloud/sources {"url",
"directory"} adds one, GET lists them. A repository that is not named there is the one that the cloud runs from.
"""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

from werkzeug.wrappers import Request, Response

from .. import gateway, running

_OWN = Path(__file__).resolve().parents[3]
_added: dict[str, Path] = {}
_COMMIT = re.compile(r"[0-9a-f]{40}")


class SourceError(RuntimeError):
    """The source cannot be downloaded."""


def install() -> None:
    _added.update({_normal(url): Path(directory) for url, directory in running.cloud().settings.sources})
    gateway.current().routes["/ail-cloud/sources"] = _manage


def _manage(request: Request) -> Response:
    if request.method == "POST":
        try:
            asked = json.loads(request.get_data())
            _added[_normal(str(asked["url"]))] = Path(str(asked["directory"]))
        except (KeyError, TypeError, ValueError) as reason:
            return gateway.json_response({"error": f"url and directory are wanted: {reason}"}, 400)
    return gateway.json_response({url: str(directory) for url, directory in _added.items()})


def repository(url: str) -> Path:
    return _added.get(_normal(url), _OWN)


def check_out(url: str, version: str, directory: Path) -> str:
    """Puts the version into the directory, as committed; the commit that it is."""
    origin = repository(url)
    if _git(origin, "rev-parse", "--git-dir") is None:
        raise SourceError(f"repository not found for primary source and source version {version or 'HEAD'}")
    if _git(origin, "clone", "--quiet", "--no-checkout", str(origin), str(directory)) is None:
        raise SourceError(f"git clone of {origin} failed")
    for name in _names(version):
        commit = _git(directory, "rev-parse", "--quiet", "--verify", f"{name}^{{commit}}")
        if commit is not None:
            break
    else:
        raise SourceError(f"reference not found for primary source and source version {version}")
    if _git(directory, "checkout", "--quiet", "--detach", commit) is None:
        raise SourceError(f"git checkout of {commit} failed")
    return commit


def _names(version: str) -> list[str]:
    """What a source version may mean in a clone: a branch is one of the remote's there."""
    if not version:
        return ["origin/HEAD", "HEAD"]
    if _COMMIT.fullmatch(version):
        return [version]
    if version.startswith("refs/heads/"):
        return [version.replace("refs/heads/", "refs/remotes/origin/", 1)]
    if version.startswith("refs/"):
        return [version]
    return [f"refs/remotes/origin/{version}", f"refs/tags/{version}", version]


def _git(directory: Path, *arguments: str) -> str | None:
    # The repository may be another user's, and there may be no user's configuration at all.
    command = ["git", "-c", "safe.directory=*", "-c", "advice.detachedHead=false", "-C", str(directory), *arguments]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else None


def _normal(url: str) -> str:
    return re.sub(r"^https://[^/@]*@", "https://", url).rstrip("/").removesuffix(".git")
