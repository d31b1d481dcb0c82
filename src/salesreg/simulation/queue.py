"""A queue of several servers in the time in which they work: first come, first served."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Times = NDArray[np.float64]


def waits(arrivals: Times, handling: Times, servers: int) -> Times:
    """How long each customer waits, by the recursion of Kiefer and Wolfowitz (1955).

    Args:
        arrivals: when each comes, in order; one row a replication, on a clock that runs only while the servers work.
        handling: how long each takes, in the same unit.
        servers: how many there are.

    >>> waits(np.array([[0.0, 1.0, 2.0]]), np.array([[5.0, 5.0, 5.0]]), 2)
    array([[0., 0., 3.]])
    """
    replications, customers = arrivals.shape
    busy = np.zeros((replications, servers))  # how long each server is still at work, the freest first
    found = np.empty((replications, customers))
    gaps = np.diff(arrivals, axis=1, prepend=arrivals[:, :1])
    for number in range(customers):
        busy -= gaps[:, number, None]
        np.maximum(busy, 0.0, out=busy)
        found[:, number] = busy[:, 0]
        busy[:, 0] += handling[:, number]
        busy.sort(axis=1)
    return found


def erlang_c(arrivals: float, service: float, servers: int) -> float:
    """The share of customers who wait at all, in a queue without memory (Erlang, 1917).

    Args:
        arrivals: how many come in a unit of time.
        service: how many one server serves in it.
        servers: how many there are; more than ``arrivals / service``.

    >>> round(erlang_c(1 / 6, 1 / 10, 2), 4)
    0.7576
    """
    load = arrivals / service
    last = load**servers / math.factorial(servers) * servers / (servers - load)
    return last / (sum(load**number / math.factorial(number) for number in range(servers)) + last)


def in_time(arrivals: float, service: float, servers: int, within: float) -> float:
    """The share of customers who are done within a time of coming, in a queue without memory.

    >>> round(in_time(1 / 6, 1 / 10, 2, 30), 4)
    0.5887
    """
    wait, rest = erlang_c(arrivals, service, servers), servers * service - arrivals
    alone, behind = math.exp(-service * within), math.exp(-rest * within)
    if math.isclose(rest, service):
        late = (1 + service * within) * alone
    else:
        late = (service * behind - rest * alone) / (service - rest)
    return 1 - alone * (1 - wait) - wait * late
