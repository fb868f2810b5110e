"""Reads conversations with the event store of OpenHands 0.62.0, and appends to one; JSON on the standard input and output."""

import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / 'tools/programs'))

from openhands_stubs import install_stubs  # noqa: E402

install_stubs()

from openhands.events.action import Action, MessageAction  # noqa: E402
from openhands.events.event import EventSource  # noqa: E402
from openhands.events.event_filter import EventFilter  # noqa: E402
from openhands.events.event_store import EventStore  # noqa: E402
from openhands.events.observation import Observation  # noqa: E402
from openhands.events.serialization.action import ACTION_TYPE_TO_CLASS  # noqa: E402
from openhands.events.serialization.event import event_to_dict  # noqa: E402
from openhands.events.serialization.observation import (  # noqa: E402
    OBSERVATION_TYPE_TO_CLASS,
)
from openhands.events.stream import EventStream  # noqa: E402
from openhands.storage.local import LocalFileStore  # noqa: E402


def type_of(name):
    kind, _, value = name.partition(':')
    if value == '':
        return {'action': Action, 'observation': Observation}[kind]
    return {'action': ACTION_TYPE_TO_CLASS, 'observation': OBSERVATION_TYPE_TO_CLASS}[kind][value]


def filter_of(fields):
    if fields is None:
        return None
    types = {name: tuple(map(type_of, fields[name])) for name in ('include_types', 'exclude_types') if name in fields}
    return EventFilter(**{**fields, **types})


def read(files, conversation):
    store = EventStore(conversation['id'], files, conversation['user_id'])
    return {
        'latest_id': store.get_latest_event_id(),
        'events': [event_to_dict(event) for event in store.search_events()],
        'searches': [
            [event.id for event in store.search_events(**{**search, 'filter': filter_of(search.get('filter'))})]
            for search in conversation['searches']
        ],
    }


def append(files, conversation, content):
    stream = EventStream(conversation['id'], files, conversation['user_id'])
    action = MessageAction(content=content)
    stream.add_event(action, EventSource.USER)
    stream.close()
    return action.id


task = json.load(sys.stdin)
files = LocalFileStore(task['root'])
found = [read(files, conversation) for conversation in task['conversations']]
appended = append(files, task['conversations'][0], task['message'])
json.dump({'conversations': found, 'appended': appended}, sys.stdout)
