"""Decoding for a measurement, where a picture that was not enhanced would be taken for one that was."""

from __future__ import annotations

import warnings

from jpadse_core.decoding import FileSource
from jpadse_core.errors import EnhancementLost, EnhancerError
from jpadse_core.interfaces.enhancer import AnyPreference
from jpadse_core.interfaces.picture import RgbImage
from jpadse_core.pipeline import Pipeline


def decode_strictly(pipeline: Pipeline, data: FileSource, preference: AnyPreference) -> RgbImage:
    """As `Pipeline.decode`.

    Raises:
        EnhancerError: the enhancement is lost, which elsewhere is a warning.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("error", EnhancementLost)
        try:
            return pipeline.decode(data, preference)
        except EnhancementLost as lost:
            raise EnhancerError(str(lost)) from lost
