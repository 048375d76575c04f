"""Label set of PASCAL VOC."""

from __future__ import annotations

from jpadse_core.interfaces.label_sets.declaring import declared

VOC_21 = declared(
    "voc-21",
    """
background: other 000000
aeroplane: vehicle 800000
bicycle: cycle 008000
bird: animal 808000
boat: vehicle 000080
bottle: other 800080
bus: vehicle 008080
car: vehicle 808080
cat: animal 400000
chair: furniture c00000
cow: animal 408000
diningtable: furniture c08000
dog: animal 400080
horse: animal c00080
motorbike: cycle 408080
person: person c08080
pottedplant: vegetation 004000
sheep: animal 804000
sofa: furniture 00c000
train: vehicle 80c000
tvmonitor: other 004080
""",
    void=255,
)
"""PASCAL VOC 2012 (Everingham et al.); colours of its development kit's `VOClabelcolormap`. Its files are PNGs whose
palette indices are the class ids."""
