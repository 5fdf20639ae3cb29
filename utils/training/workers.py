"""Send the same work with different inputs to an executor, and lose nothing that was finished."""

import multiprocessing
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from typing import Any

TEXT = {"count": "Start a whole number of worker processes, at least 1, not {value!r}."}


def worker_processes(count: int) -> ProcessPoolExecutor:
    """Return a pool of ``count`` processes that each start afresh.

    A copy of this process (a fork) could wait for ever on a lock that one of torch's threads
    held when it was copied. What the workers run must be importable: a function of a module.
    Raises ValueError for a count that is no whole number above 0.
    """
    if not isinstance(count, int) or isinstance(count, bool) or count < 1:
        raise ValueError(TEXT["count"].format(value=count))
    return ProcessPoolExecutor(count, mp_context=multiprocessing.get_context("spawn"))


def as_they_finish(
    executor: Executor, function: Callable[[Any], Any], items: Iterable[Any]
) -> Iterator[tuple[int, Any]]:
    """Yield (place, ``function(item)``) of all items as the executor's workers finish them.

    If one fails, yield what else has finished, then raise its error. Work that has not begun
    is cancelled when this ends, for whatever reason.
    """
    work: dict[Future, int] = {}
    try:
        failure = _submit(executor, function, items, work)
        for future in as_completed(dict(work)):
            if error := future.exception():
                failure = failure or error
                break
            yield work.pop(future), future.result()
        for future, place in work.items():
            if future.done() and not future.cancelled() and not future.exception():
                yield place, future.result()
        if failure:
            raise failure
    finally:
        for future in work:
            future.cancel()


def _submit(
    executor: Executor, function: Callable, items: Iterable[Any], work: dict[Future, int]
) -> BaseException | None:
    """Submit all items into ``work``; return the error if the executor broke meanwhile."""
    try:
        for place, item in enumerate(items):
            work[executor.submit(function, item)] = place
    except Exception as error:
        return error
    return None
