"""Label sets of street scenes: Cityscapes and CamVid."""

from __future__ import annotations

from jpadse_core.interfaces.label_sets.declaring import declared

CITYSCAPES_19 = declared(
    "cityscapes-19",
    """
road: road 804080
sidewalk: pavement f423e8
building: building 464646
wall: wall 66669c
fence: fence be9999
pole: pole 999999
traffic light: sign faaa1e
traffic sign: sign dcdc00
vegetation: vegetation 6b8e23
terrain: grass 98fb98
sky: sky 4682b4
person: person dc143c
rider: person ff0000
car: vehicle 00008e
truck: vehicle 000046
bus: vehicle 003c64
train: vehicle 005064
motorcycle: cycle 0000e6
bicycle: cycle 770b20
""",
    void=255,
)
"""Cityscapes' train ids (Cordts et al., CVPR 2016); names and colours of `labels.py` in mcordts/cityscapesScripts."""

CITYSCAPES_34 = declared(
    "cityscapes-34",
    """
unlabeled: other 000000
ego vehicle: vehicle 000000
rectification border: other 000000
out of roi: other 000000
static: other 000000
dynamic: other 6f4a00
ground: ground 510051
road: road 804080
sidewalk: pavement f423e8
parking: pavement faaaa0
rail track: ground e6968c
building: building 464646
wall: wall 66669c
fence: fence be9999
guard rail: fence b4a5b4
bridge: building 966464
tunnel: building 96785a
pole: pole 999999
polegroup: pole 999999
traffic light: sign faaa1e
traffic sign: sign dcdc00
vegetation: vegetation 6b8e23
terrain: grass 98fb98
sky: sky 4682b4
person: person dc143c
rider: person ff0000
car: vehicle 00008e
truck: vehicle 000046
bus: vehicle 003c64
caravan: vehicle 00005a
trailer: vehicle 00006e
train: vehicle 005064
motorcycle: cycle 0000e6
bicycle: cycle 770b20
""",
    void=0,
)
"""Cityscapes' ids, as in its `labelIds` files; source as above. The licence plates' id, -1, is in no such file."""

CAMVID_11 = declared(
    "camvid-11",
    """
sky: sky 808080
building: building 800000
pole: pole c0c080
road: road 804080
pavement: pavement 0000c0
tree: vegetation 808000
sign: sign c08080
fence: fence 404080
car: vehicle 400080
pedestrian: person 404000
bicyclist: cycle 0080c0
""",
    void=11,
)
"""CamVid's eleven evaluation classes (Brostow et al., 2009), in the order of SegNet's label maps; each has the colour
of the original class that gave it its name (`label_colors.txt` of CamVid), pole that of "Column_Pole"."""
