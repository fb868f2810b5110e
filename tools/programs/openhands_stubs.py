"""Lets the stores of OpenHands 0.62.0 be imported without what they import and do not use."""

import importlib.abc
import importlib.machinery
import sys

# Imported on the way to the stores, and not used by them.
UNUSED = {'boto3', 'botocore', 'frontmatter', 'google', 'jinja2', 'litellm'}


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


def install_stubs():
    """Comes before the first import of OpenHands."""
    sys.meta_path.insert(0, Stubs())
