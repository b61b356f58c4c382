"""Doing something with each resource, in the order of their dependencies."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

# Resources worked on at once; the real service's number is not documented.
_WORKERS = 4


def walk(
    names: Iterable[str],
    before: dict[str, set[str]],
    action: Callable[[str], bool],
    stop_at_failure: Callable[[], None] | None = None,
) -> list[str]:
    """Run the action on each name once all names before it have succeeded.

    The action answers whether it succeeded. The first failure calls
    `stop_at_failure`, and nothing new is begun; without it, all that does not
    depend on a failed name is done. The failed names, in the order of failing.
    """
    waiting = list(names)
    remaining = set(waiting)
    failed: list[str] = []
    running: dict[Future[bool], str] = {}
    with ThreadPoolExecutor(max_workers=_WORKERS, thread_name_prefix="cloudformation") as pool:
        while waiting or running:
            if not (failed and stop_at_failure):
                for name in list(waiting):
                    if not before.get(name, set()) & remaining - {name}:
                        waiting.remove(name)
                        running[pool.submit(action, name)] = name
            if not running:
                break
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                name = running.pop(future)
                if future.result():
                    remaining.discard(name)
                else:
                    failed.append(name)
                    if stop_at_failure:
                        stop_at_failure()
    return failed


def reverse(before: dict[str, set[str]]) -> dict[str, set[str]]:
    """The order of deletion: who refers to a resource goes before it."""
    after: dict[str, set[str]] = {name: set() for name in before}
    for name, needed in before.items():
        for other in needed:
            after.setdefault(other, set()).add(name)
    return after
