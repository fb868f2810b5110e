"""Times the event stream, the event store and the file store of OpenHands 0.62.0; a task a line on the standard input, its seconds on the output."""

import importlib.abc
import importlib.machinery
import json
import logging
import sys
import time

# Imported on the way to the event store, and not used by it.
UNUSED = {'boto3', 'botocore', 'google', 'litellm'}


class Stubs(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Modules in which every name is a model that takes any field."""

    def find_spec(self, name, path, target=None):
        if name.split('.')[0] in UNUSED:
            return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        from pydantic import BaseModel

        def make(name):
            if name.startswith('__'):
                raise AttributeError(name)
            fields = {'model_config': {'extra': 'allow'}, '__module__': module.__name__}
            setattr(module, name, type(name, (BaseModel,), fields))
            return getattr(module, name)

        module.__getattr__ = make


sys.meta_path.insert(0, Stubs())

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
