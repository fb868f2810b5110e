"""Takes the lock of a file as Python programs do, by METHOD `flock` or `filelock`.

    python-locks.py try METHOD LOCK                 prints `locked` or `busy`
    python-locks.py hold METHOD LOCK                prints `locked` when it has the lock, and releases it at the end of its input
    python-locks.py increment METHOD LOCK FILE N    prints `ready`, and increments the number in FILE, N times
"""

import contextlib
import fcntl
import os
import sys

import filelock


@contextlib.contextmanager
def flock(path, wait):
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield
    finally:
        os.close(descriptor)


def lock(method, path, wait=True):
    return flock(path, wait) if method == "flock" else filelock.FileLock(path, timeout=-1 if wait else 0)


def increment(path):
    with open(path) as file:
        number = int(file.read())
    with open(path, "w") as file:
        file.write(str(number + 1))


command, method, path, *rest = sys.argv[1:]
if command == "try":
    try:
        with lock(method, path, wait=False):
            print("locked")
    except (BlockingIOError, filelock.Timeout):
        print("busy")
elif command == "hold":
    with lock(method, path):
        print("locked", flush=True)
        sys.stdin.read()
elif command == "increment":
    print("ready", flush=True)
    for _ in range(int(rest[1])):
        with lock(method, path):
            increment(rest[0])
