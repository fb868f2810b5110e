"""Times the event log and the file store of OpenHands' SDK 1.43.0; a task a line on the standard input, its seconds on the output."""

import json
import logging
import os
import sys
import time

os.environ['OPENHANDS_SUPPRESS_BANNER'] = '1'
# Its table of prices is not fetched.
os.environ['LITELLM_LOCAL_MODEL_COST_MAP'] = 'True'

from openhands.sdk.conversation.event_store import EventLog  # noqa: E402
from openhands.sdk.event import MessageEvent  # noqa: E402
from openhands.sdk.io.local import LocalFileStore  # noqa: E402
from openhands.sdk.llm import Message, TextContent  # noqa: E402

logging.disable(logging.CRITICAL)


def timed(action):
    begun = time.perf_counter()
    result = action()
    return time.perf_counter() - begun, result


def event(text):
    message = Message(role='user', content=[TextContent(text=text)])
    return MessageEvent(source='user', llm_message=message)


def measure(root, events, bytes):
    files = LocalFileStore(root)
    contents = 'x' * bytes

    def append():
        log = EventLog(files, 'events')
        for number in range(events):
            log.append(event(f'{number}{contents}'))

    def write():
        for number in range(events):
            files.write(f'files/{number}.json', contents)

    append_seconds, _ = timed(append)
    # Another store has nothing in its cache.
    replay_seconds, found = timed(lambda: list(EventLog(LocalFileStore(root), 'events')))
    assert len(found) == events, len(found)
    write_seconds, _ = timed(write)
    return {'append': append_seconds, 'replay': replay_seconds, 'write': write_seconds}


for line in sys.stdin:
    print(json.dumps(measure(**json.loads(line))), flush=True)
