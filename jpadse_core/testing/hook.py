"""The suite for hooks."""

from __future__ import annotations

import warnings
from types import ModuleType
from typing import Any

import pytest

from jpadse_core.decoding import decode_picture
from jpadse_core.parts import Parts
from jpadse_core.pipeline import build_pipeline
from jpadse_core.plugins.discovery import discover
from jpadse_core.plugins.hook_specs import hook_problems
from jpadse_core.plugins.hooks import hooks
from jpadse_core.testing.component import InstalledTests
from jpadse_core.testing.pictures import textured
from jpadse_core.testing.stand_ins import BandExtractor, BlurEnhancer


class HookTests(InstalledTests):
    """Holds a module of hooks to its contract: JPADSE knows all of them, and none fails or answers what it may not.

    Attributes:
        component: the module itself.
    """

    kind = "hook"

    def make(self) -> Any:
        """The module, of which there is one."""
        return vars(type(self))["component"]

    def home(self, subject: ModuleType) -> str:
        """The module's name."""
        return subject.__name__

    def test_it_has_what_its_interface_asks_for(self, subject: ModuleType) -> None:
        problems = hook_problems(subject)
        assert not problems, f"these hooks lack {', '.join(problems)}: see jpadse_core.plugins.hook_specs"

    def test_it_is_installed_under_its_own_name(self, subject: ModuleType) -> None:
        if not any(component.entry_point.module == subject.__name__ for component in discover("hook")):
            pytest.skip(f"no installed distribution declares {subject.__name__} as hooks: python -m pip install -e .")

    @pytest.mark.parametrize("codec", ["jpeg", "png"])
    def test_pictures_are_encoded_and_decoded_without_a_complaint(self, subject: ModuleType, codec: str) -> None:
        manager = hooks()
        added = None if manager.is_registered(subject) else manager.register(subject)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", RuntimeWarning)
                file = build_pipeline(codec, BandExtractor(), BlurEnhancer()).encode(textured(40, 56))
                decode_picture(bytes(file), parts=Parts(("enhancer", BlurEnhancer())))
                decode_picture(bytes(build_pipeline(codec, None, None).encode(textured(24, 40))), enhance=False)
        except RuntimeWarning as complaint:
            pytest.fail(str(complaint))
        finally:
            if added is not None:
                manager.unregister(subject)
