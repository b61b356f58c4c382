"""What Ansible does, a JSON object a line on standard output, for the program that runs it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: ail_events
type: stdout
short_description: events as JSON lines
description:
  - Prints a JSON object a line for each task that begins, each result and the counts at the end.
  - Results that a task hides with no_log stay hidden.
"""

# The end of an output says why it failed; pip and apt print thousands of lines before.
KEPT_CHARACTERS = 4000


# Ends this process, its workers and the shared connection: any of them writes into the workspace
# ($0) until then. Each has inherited the variable that names it, and this shell has not.
SWEEP = """
ssh -F none -O exit -o ControlPath="$0/ssh" instance
signal=TERM
for try in $(seq 100); do
    left=$(grep -lszFx "AIL_WORKSPACE=$0" /proc/[0-9]*/environ | cut -d / -f 3)
    [ -n "$left" ] || break
    [ "$try" -lt 50 ] || signal=KILL
    kill -s "$signal" $left
    sleep 0.2
done
rm -rf "$0"
"""


def _end_with_the_caller(workspace):
    """The caller holds the other end of standard input open for as long as it lives."""
    try:
        while os.read(0, 4096):
            pass
    except OSError:
        return
    # It was killed: nobody else ends this run, or removes what it wrote for it.
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    path = {"PATH": os.environ.get("PATH", os.defpath)}
    subprocess.Popen(["sh", "-c", SWEEP, workspace], env=path, start_new_session=True, **quiet)
    os.kill(os.getpid(), signal.SIGTERM)


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "ail_events"

    def __init__(self):
        super().__init__()
        if workspace := os.environ.get("AIL_WORKSPACE"):
            threading.Thread(target=_end_with_the_caller, args=(workspace,), daemon=True).start()

    def v2_playbook_on_task_start(self, task, is_conditional):
        self._task(task)

    def v2_playbook_on_handler_task_start(self, task):
        self._task(task)

    def v2_runner_retry(self, result):
        left = result._result.get("retries", 0) - result._result.get("attempts", 0)
        self._emit("retry", task=result._task.get_name(), left=left)

    def v2_runner_on_ok(self, result):
        self._result("changed" if result._result.get("changed") else "ok", result)

    def v2_runner_on_skipped(self, result):
        self._result("skipped", result)

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self._result("ignored" if ignore_errors else "failed", result)

    def v2_runner_on_unreachable(self, result):
        self._result("unreachable", result)

    def v2_runner_item_on_failed(self, result):
        self._result("item_failed", result)

    def v2_playbook_on_no_hosts_matched(self):
        self._emit("no_hosts")

    def v2_playbook_on_stats(self, stats):
        totals = {"ok": 0, "changed": 0, "failures": 0, "unreachable": 0}
        for host in stats.processed:
            for name, count in stats.summarize(host).items():
                if name in totals:
                    totals[name] += count
        self._emit("stats", **totals)

    def _task(self, task):
        self._emit("task", task=task.get_name())

    def _result(self, status, result):
        said = result._result
        event = {"status": status, "task": result._task.get_name()}
        if status not in ("ok", "changed", "skipped"):
            for name in ("msg", "stderr", "stdout"):
                text = said.get("censored" if said.get("censored") and name == "msg" else name)
                # Modules put the text of stderr into msg as well.
                if text and not (name != "msg" and str(text).strip() in event.get("msg", "")):
                    event[name] = str(text).strip()[-KEPT_CHARACTERS:]
            if "rc" in said:
                event["rc"] = said["rc"]
            if "item" in said:
                event["item"] = str(said["item"])
        self._emit("result", **event)

    @staticmethod
    def _emit(event, **members):
        sys.stdout.write(json.dumps({"event": event, **members}) + "\n")
        sys.stdout.flush()
