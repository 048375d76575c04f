"""Every error JPADSE raises on purpose, and the warnings it gives when a file is only partly usable.

* JpadseError
  * PluginError
    * PluginNotFound
    * PluginBroken
    * PluginIncompatible
    * PluginUnavailable
    * PluginConflict
  * BitstreamError
    * BitstreamCorrupt
    * BitstreamTruncated
    * BitstreamUnsupported
  * CodecError
  * SemanticsError
  * EnhancerError
  * WeightsError
    * WeightsMissing
    * WeightsOffline
    * WeightsChecksum
  * ImageError
  * ConfigError
  * TargetError
* EnhancementLost, EnhancementChanged, MetadataLost, TextureUndeclared (warnings)
"""

from __future__ import annotations


class JpadseError(Exception):
    """Base of all errors below. The message says what happened, to which file, and what to do."""


class PluginError(JpadseError):
    """A codec, extractor, enhancer, metric, command or hook could not be used."""


class PluginNotFound(PluginError):
    """No installed distribution provides a component of that name."""


class PluginBroken(PluginError):
    """The component is installed, but importing or constructing it failed, or it lacks what its contract asks for."""


class PluginIncompatible(PluginError):
    """The component is written for another major version of the contract."""


class PluginUnavailable(PluginError):
    """The plugin is sound, but what it stands on, such as a program on PATH, is not on this machine. Its constructor
    raises this, and says what to install."""


class PluginConflict(PluginError):
    """Two distributions claim one name; pick with `distribution:name`."""


class BitstreamError(JpadseError):
    """The bytes are not a file that can be decoded."""


class BitstreamCorrupt(BitstreamError):
    """The bytes contradict themselves or their checksum."""


class BitstreamTruncated(BitstreamError):
    """The bytes end too early."""


class BitstreamUnsupported(BitstreamError):
    """The file's format, or the version of it, is not one that this installation reads."""


class CodecError(JpadseError):
    """A codec refused its options or its input, or failed."""


class SemanticsError(JpadseError):
    """A label set or a label map is not valid, or an extractor failed."""


class EnhancerError(JpadseError):
    """An enhancer failed, or a preference is not a point of the triangle."""


class WeightsError(JpadseError):
    """A network's weights could not be used."""


class WeightsMissing(WeightsError):
    """The weights file is not where it should be."""


class WeightsOffline(WeightsError):
    """The weights would have to be downloaded, and `JPADSE_OFFLINE` forbids it."""


class WeightsChecksum(WeightsError):
    """The weights file's sha256 is not the pinned one."""


class ImageError(JpadseError):
    """A picture cannot be read, or holds what cannot be carried without loss."""


class ConfigError(JpadseError):
    """A pipeline's configuration cannot be read, or says what none can."""


class TargetError(JpadseError):
    """A target of rate or quality is none, or no quality of the codec meets it."""


class EnhancementLost(UserWarning):
    """The picture is whole, but what would have enhanced it is damaged, stale or cannot be used."""


class EnhancementChanged(UserWarning):
    """The picture is enhanced, but with other weights, or without the derived map, than its guide was measured
    with: the distortion corner may be further from the original than was measured."""


class MetadataLost(UserWarning):
    """The picture is carried whole, but not all that its file says beside it."""


class TextureUndeclared(UserWarning):
    """An extractor has classes of which nobody said what they look like; to the enhancer they look like "other"."""
