"""Times the event stream, the event store and the file store of OpenHands 0.62.0; a task a line on the standard input, its seconds on the output."""

import json
import logging
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / 'tools/programs'))

from openhands_stubs import install_stubs  # noqa: E402

install_stubs()

from openhands.events.action import MessageAction  # noqa: E402
from openhands.events.event import EventSource  # noqa: E402
from openhands.events.event_store import EventStore  # noqa: E402
from openhands.events.stream import EventStream  # noqa: E402
from openhands.storage.local import LocalFileStore  # noqa: E402

logging.disable(logging.CRITICAL)


def timed(action):
    begun = time.perf_counter()
    result = action()
    return time.perf_counter() - begun, result


def measure(root, events, bytes):
    files = LocalFileStore(root)
    contents = 'x' * bytes

    def append():
        for number in range(events):
            stream.add_event(MessageAction(content=f'{number}{contents}'), EventSource.USER)

    def write():
        for number in range(events):
            files.write(f'files/{number}.json', contents)

    stream = EventStream('measured', files)
    append_seconds, _ = timed(append)
    stream.close()
    replay_seconds, found = timed(lambda: list(EventStore('measured', files, None).search_events()))
    assert len(found) == events, len(found)
    write_seconds, _ = timed(write)
    return {'append': append_seconds, 'replay': replay_seconds, 'write': write_seconds}


for line in sys.stdin:
    print(json.dumps(measure(**json.loads(line))), flush=True)
