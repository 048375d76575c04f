"""What plugin authors implement, and the value types that cross those borders. Version 1 of the contract."""

from jpadse_core.contract import CONTRACT_VERSION
from jpadse_core.interfaces.codec import Carrier, Codec, Detached, QualityScale, carrier_of, quality_scale_of
from jpadse_core.interfaces.enhancer import AnyPreference, DialEnhancer, Enhancer, Hints, Preference
from jpadse_core.interfaces.labels import TEXTURES, LabelArray, LabelSet, SemanticMap, resized_ids
from jpadse_core.interfaces.metric import Metric
from jpadse_core.interfaces.picture import Metadata, Picture, RgbImage, is_rgb_image
from jpadse_core.interfaces.semantics import FileExtractor, SemanticExtractor

__all__ = [
    "CONTRACT_VERSION",
    "TEXTURES",
    "AnyPreference",
    "Carrier",
    "Codec",
    "Detached",
    "DialEnhancer",
    "Enhancer",
    "FileExtractor",
    "Hints",
    "LabelArray",
    "LabelSet",
    "Metadata",
    "Metric",
    "Picture",
    "Preference",
    "QualityScale",
    "RgbImage",
    "SemanticExtractor",
    "SemanticMap",
    "carrier_of",
    "is_rgb_image",
    "quality_scale_of",
    "resized_ids",
]
