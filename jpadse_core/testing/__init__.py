"""Conformance suites for plugin authors: subclass one, name the component, and pytest finds out whether it keeps its
contract.

    from jpadse_core.testing import CodecTests
    from jpadse_plugin_tiny import TinyCodec

    class TestTiny(CodecTests):
        component = TinyCodec

Needs pytest. Without test files, `jpadse check-plugin NAME` runs the same suite on an installed component.
"""

from jpadse_core.testing.codec import CodecTests
from jpadse_core.testing.command import CommandTests
from jpadse_core.testing.component import HEAVY
from jpadse_core.testing.enhancer import EnhancerTests
from jpadse_core.testing.hook import HookTests
from jpadse_core.testing.metric import MetricTests
from jpadse_core.testing.semantics import SemanticExtractorTests

__all__ = ["HEAVY", "CodecTests", "CommandTests", "EnhancerTests", "HookTests", "MetricTests", "SemanticExtractorTests"]
