"""The stores of OpenHands 0.62.0: a line of JSON on the standard input says what to do, one on the standard output tells what came of it."""

import asyncio
import dataclasses
import enum
import json
import math
import pathlib
import random
import sys
import typing
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / 'tools/programs'))

from openhands_stubs import install_stubs  # noqa: E402

install_stubs()

from openhands.events.action import MessageAction  # noqa: E402
from openhands.events.event import EventSource  # noqa: E402
from openhands.events.event_store import EventStore  # noqa: E402
from openhands.events.serialization.action import ACTION_TYPE_TO_CLASS  # noqa: E402
from openhands.events.serialization.event import event_to_dict  # noqa: E402
from openhands.events.serialization.observation import (  # noqa: E402
    OBSERVATION_TYPE_TO_CLASS,
)
from openhands.events.stream import EventStream  # noqa: E402
from openhands.events.tool import ToolCallMetadata  # noqa: E402
from openhands.integrations.provider import (  # noqa: E402
    CustomSecret,
    ProviderToken,
)
from openhands.integrations.service_types import ProviderType  # noqa: E402
from openhands.llm.metrics import Cost, Metrics  # noqa: E402
from openhands.storage.conversation.file_conversation_store import (  # noqa: E402
    FileConversationStore,
    conversation_metadata_type_adapter,
)
from openhands.storage.data_models.conversation_metadata import (  # noqa: E402
    ConversationMetadata,
    ConversationTrigger,
)
from openhands.storage.data_models.secrets import Secrets  # noqa: E402
from openhands.storage.data_models.settings import Settings  # noqa: E402
from openhands.storage.local import LocalFileStore  # noqa: E402
from openhands.storage.secrets.file_secrets_store import FileSecretsStore  # noqa: E402
from openhands.storage.settings.file_settings_store import (  # noqa: E402
    FileSettingsStore,
)
from pydantic import BaseModel, SecretStr  # noqa: E402

CLASSES = [*ACTION_TYPE_TO_CLASS.values(), *OBSERVATION_TYPE_TO_CLASS.values()]
TEXTS = ['', 'x', 'Grüße 😀', 'a\r\nb\rc\n', '\x00\x1f\x7f\u2028\ufeff', '"\\/</script>', 'NaN', '{"a": -Infinity}', 'e\u0301' * 99]
INTEGERS = [0, -1, 7, 2**53 + 1, 10**30]
FLOATS = [0.0, 1.0, 0.1, 1e-5, 1e-7, 1e16, 1e22, 5e-324]


class Data:
    """Values of the types that OpenHands names, the same for the same seed."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def of(self, hint):
        arguments = typing.get_args(hint)
        origin = typing.get_origin(hint) or hint
        if hint in (str, typing.Any):
            return self.random.choice(TEXTS) + self.random.choice(['', '\ud83d'] if hint is typing.Any else [''])
        if hint is bool:
            return self.random.random() < 0.5
        if hint is int:
            return self.random.choice(INTEGERS)
        if hint is float:
            return self.random.choice(FLOATS)
        if hint is type(None):
            return None
        if origin is list:
            return [self.of(arguments[0] if arguments else float) for _ in range(self.random.randrange(3))]
        if origin is dict:
            return {self.of(str): self.of(arguments[1] if arguments else float) for _ in range(self.random.randrange(3))}
        if isinstance(hint, type) and issubclass(hint, enum.Enum):
            return self.random.choice(list(hint))
        if isinstance(hint, type) and issubclass(hint, BaseModel):
            return hint()
        if dataclasses.is_dataclass(hint):
            return self.make(hint)
        return self.of(self.random.choice(arguments))

    def make(self, model):
        hints = typing.get_type_hints(model)
        needed = [f for f in dataclasses.fields(model) if f.init and f.name not in ('action', 'observation')]
        optional = (dataclasses.MISSING, dataclasses.MISSING)
        chosen = [f for f in needed if (f.default, f.default_factory) == optional or self.random.random() < 0.6]
        return model(**{f.name: self.of(hints[f.name]) for f in chosen})

    def make_writable(self, model):
        while True:
            try:
                event = self.make(model)
                event_to_dict(event)
                return event
            except (ValueError, OverflowError, MemoryError):
                """Fields that do not fit together, or a range that is too long to be listed."""

    def event(self, model):
        event = self.make_writable(model)
        if self.random.random() < 0.5:
            event._cause = 1
            event.llm_metrics = metrics = Metrics(model_name='é')
            metrics.accumulated_cost = self.random.choice([*FLOATS, float('inf')])
            metrics._costs.append(Cost(cost=self.random.choice([1e-7, float('nan')]), model='m', timestamp=1.5))
            event.tool_call_metadata = ToolCallMetadata(
                function_name='f', tool_call_id='c', model_response={'choices': [self.of(str)]}, total_calls_in_response=1
            )
        return event

    def time(self):
        zone = timezone(timedelta(minutes=self.random.choice([0, 330, -660])))
        return datetime(2025, 1, 1, tzinfo=zone) + timedelta(microseconds=self.random.randrange(10**13))

    def metadata(self, conversation_id):
        return ConversationMetadata(
            conversation_id=conversation_id,
            selected_repository=self.of(str | None),
            git_provider=self.of(ProviderType | None),
            title=self.of(str),
            last_updated_at=self.time(),
            trigger=self.of(ConversationTrigger | None),
            pr_number=[5, 2**53 - 1],
            created_at=self.time(),
            accumulated_cost=self.random.choice(FLOATS),
            prompt_tokens=7,
            sandbox_id=self.of(str | None),
            conversation_version='V1',
        )


def exposed(model):
    return None if model is None else json.loads(model.model_dump_json(context={'expose_secrets': True}))


def as_json(value):
    """Without numbers that JSON does not have."""
    if isinstance(value, dict):
        return {key: as_json(child) for key, child in value.items()}
    if isinstance(value, list):
        return [as_json(child) for child in value]
    if isinstance(value, float) and not math.isfinite(value):
        return 'NaN' if math.isnan(value) else 10**400 if value > 0 else -(10**400)
    return value


class Stores:
    def open(self, root, seed):
        self.files = LocalFileStore(root)
        self.data = Data(seed)
        self.streams = {}

    async def save(self, id):
        await FileConversationStore(self.files).save_metadata(self.data.metadata(id))

    async def set_title(self, id, title):
        store = FileConversationStore(self.files)
        metadata = await store.get_metadata(id)
        metadata.title = title
        await store.save_metadata(metadata)

    async def add_events(self, id, count):
        stream = EventStream(id, self.files, None)
        for _ in range(count):
            stream.add_event(self.data.event(self.data.random.choice(CLASSES)), self.data.random.choice(list(EventSource)))
        stream.close()

    async def add_one_of_each(self, id):
        stream = EventStream(id, self.files, None)
        for model in CLASSES:
            stream.add_event(self.data.event(model), EventSource.AGENT)
        stream.close()

    async def set_settings(self, fields):
        store = FileSettingsStore(self.files)
        await store.store(Settings(**{**(exposed(await store.load()) or {}), **fields}))

    async def set_secret(self, name, value):
        store = FileSecretsStore(self.files)
        secrets = await store.load() or Secrets()
        custom = {**secrets.custom_secrets, name: CustomSecret(secret=SecretStr(value), description='é')}
        tokens = {**secrets.provider_tokens, ProviderType.GITHUB: ProviderToken(token=SecretStr(value), host='h', user_id='u')}
        await store.store(Secrets(provider_tokens=tokens, custom_secrets=custom))

    def read(self, id):
        return [as_json(json.loads(json.dumps(event_to_dict(event)))) for event in EventStore(id, self.files, None).search_events()]

    def differences(self, id, copy_id):
        pairs = zip(self.read(id), self.read(copy_id), strict=True)
        return [one['id'] for one, other in pairs if {**one, 'message': ''} != {**other, 'id': one['id'], 'message': ''}]

    async def add_long_events(self, id, count):
        stream = EventStream(id, self.files, None)
        texts = ['é' * self.data.random.choice([1, 1000, 100_000]) for _ in range(count)]
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda text: stream.add_event(MessageAction(content=text), EventSource.USER), texts))
        stream.close()

    async def view(self, ids):
        page = await FileConversationStore(self.files).search(limit=1000)
        return {
            'conversations': [json.loads(conversation_metadata_type_adapter.dump_json(each)) for each in page.results],
            'events': {id: self.read(id) for id in ids},
            'settings': exposed(await FileSettingsStore(self.files).load()),
            'secrets': exposed(await FileSecretsStore(self.files).load()),
        }


async def main():
    stores = Stores()
    for line in sys.stdin:
        name, fields = json.loads(line)
        result = getattr(stores, name)(**fields)
        sys.stdout.write(json.dumps(await result if asyncio.iscoroutine(result) else result) + '\n')
        sys.stdout.flush()


asyncio.run(main())
