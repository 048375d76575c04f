"""Label sets of ADE20K."""

from __future__ import annotations

from jpadse_core.interfaces.label_sets.declaring import declared
from jpadse_core.interfaces.labels import LabelSet

ADE20K_150 = declared(
    "ade20k-150",
    """
wall: wall 787878
building: building b47878
sky: sky 06e6e6
floor: floor 503232
tree: vegetation 04c803
ceiling: ceiling 787850
road: road 8c8c8c
bed: furniture cc05ff
windowpane: window e6e6e6
grass: grass 04fa07
cabinet: furniture e005ff
sidewalk: pavement ebff07
person: person 96053d
earth: ground 787846
door: window 08ff33
table: furniture ff0652
mountain: mountain 8fff8c
plant: vegetation ccff04
curtain: fabric ff3307
chair: furniture cc4603
car: vehicle 0066c8
water: water 3de6fa
painting: other ff0633
sofa: furniture 0b66ff
shelf: furniture ff0747
house: building ff09e0
sea: water 0907e6
mirror: window dcdcdc
rug: fabric ff095c
field: grass 7009ff
armchair: furniture 08ffd6
seat: furniture 07ffe0
fence: fence ffb806
desk: furniture 0aff47
rock: mountain ff290a
wardrobe: furniture 07ffff
lamp: other e0ff08
bathtub: other 6608ff
railing: fence ff3d06
cushion: fabric ffc207
base: other ff7a08
box: other 00ff14
column: pole ff0829
signboard: sign ff0599
chest of drawers: furniture 0633ff
counter: furniture eb0cff
sand: ground a09614
sink: other 00a3ff
skyscraper: building 8c8c8c
fireplace: wall fa0a0f
refrigerator: other 14ff00
grandstand: building 1fff00
path: ground ff1f00
stairs: floor ffe000
runway: road 99ff00
case: furniture 0000ff
pool table: furniture ff4700
pillow: fabric 00ebff
screen door: window 00adff
stairway: floor 1f00ff
river: water 0bc8c8
bridge: building ff5200
bookcase: furniture 00fff5
blind: fabric 003dff
coffee table: furniture 00ff70
toilet: other 00ff85
flower: vegetation ff0000
book: text ffa300
hill: mountain ff6600
bench: furniture c2ff00
countertop: furniture 008fff
stove: other 33ff00
palm: vegetation 0052ff
kitchen island: furniture 00ff29
computer: other 00ffad
swivel chair: furniture 0a00ff
boat: vehicle adff00
bar: furniture 00ff99
arcade machine: other ff5c00
hovel: building ff00ff
bus: vehicle ff00f5
towel: fabric ff0066
light: other ffad00
truck: vehicle ff0014
tower: building ffb8b8
chandelier: other 001fff
awning: fabric 00ff3d
streetlight: pole 0047ff
booth: building ff00cc
television receiver: other 00ffc2
airplane: vehicle 00ff52
dirt track: ground 000aff
apparel: fabric 0070ff
pole: pole 3300ff
land: ground 00c2ff
bannister: fence 007aff
escalator: floor 00ffa3
ottoman: furniture ff9900
bottle: other 00ff0a
buffet: furniture ff7000
poster: sign 8fff00
stage: floor 5200ff
van: vehicle a3ff00
ship: vehicle ffeb00
fountain: water 08b8aa
conveyer belt: other 8500ff
canopy: fabric 00ff5c
washer: other b800ff
plaything: other ff001f
swimming pool: water 00b8ff
stool: furniture 00d6ff
barrel: other ff0070
basket: other 5cff00
waterfall: water 00e0ff
tent: fabric 70e0ff
bag: other 46b8a0
minibike: cycle a300ff
cradle: furniture 9900ff
oven: other 47ff00
ball: other ff00a3
food: other ffcc00
step: floor ff008f
tank: vehicle 00ffeb
trade name: sign 85ff00
microwave: other ff00eb
pot: other f500ff
animal: animal ff007a
bicycle: cycle fff500
lake: water 0abed4
dishwasher: other d6ff00
screen: other 00ccff
blanket: fabric 1400ff
sculpture: other ffff00
hood: other 0099ff
sconce: other 0029ff
vase: other 00ffcc
traffic light: sign 2900ff
tray: other 29ff00
ashcan: other ad00ff
fan: other 00f5ff
pier: building 4700ff
crt screen: other 7a00ff
plate: other 00ffb8
monitor: other 005cff
bulletin board: sign b8ff00
shower: other 0085ff
radiator: other ffd600
glass: other 19c2c2
clock: other 66ff00
flag: fabric 5c00ff
""",
    void=255,
)
"""The 150 classes of the Scene Parsing benchmark (Zhou et al., CVPR 2017) by the
first of each class's names in its `objectInfo150.csv`, counted from 0; colours of its `color150.mat`, where road and
skyscraper share one. The benchmark's own files count from 1, and 0 is void."""

ADE20K_32 = LabelSet(
    "ade20k-32",
    ("other", *("window" if label == "windowpane" else label for label in ADE20K_150.classes[:31])),
    ("other", *ADE20K_150.textures[:31]),
    ((0, 0, 0), *(ADE20K_150.palette or ())[:31]),
)
"""The 31 most frequent classes of ADE20K behind "other", as DeepLab's mobile models predict them."""
