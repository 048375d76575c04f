"""Label sets of COCO."""

from __future__ import annotations

from jpadse_core.interfaces.label_sets.declaring import declared

COCO_THINGS_80 = declared(
    "coco-things-80",
    """
person: person dc143c
bicycle: cycle 770b20
car: vehicle 00008e
motorcycle: cycle 0000e6
airplane: vehicle 6a00e4
bus: vehicle 003c64
train: vehicle 005064
truck: vehicle 000046
boat: vehicle 0000c0
traffic light: sign faaa1e
fire hydrant: other 64aa1e
stop sign: sign dcdc00
parking meter: pole af74af
bench: furniture fa001e
bird: animal a52a2a
cat: animal ff4dff
dog: animal 00e2fc
horse: animal b6b6ff
sheep: animal 005200
cow: animal 78a69d
elephant: animal 6e4c00
bear: animal ae39ff
zebra: animal c76400
giraffe: animal 480076
backpack: other ffb3f0
umbrella: fabric 007d5c
handbag: other d10097
tie: fabric bcd0b6
suitcase: other 00dcb0
frisbee: other ff63a4
skis: other 5c0049
snowboard: other 8581ff
sports ball: other 4eb4ff
kite: other 00e400
baseball bat: other aefff3
baseball glove: other 2d59ff
skateboard: other 868667
surfboard: other 9194ae
tennis racket: other ffd0ba
bottle: other c5e2ff
wine glass: other ab8601
cup: other 6d3f36
fork: other cf8aff
knife: other 97005f
spoon: other 09503d
bowl: other 546933
banana: other 4a4169
apple: other a6c466
sandwich: other d0c3d2
orange: other ff6d41
broccoli: other 008f95
carrot: other b300c2
hot dog: other d1636a
pizza: other 057900
donut: other e3ffcd
cake: other 93bad0
chair: furniture 994501
couch: furniture 035fa1
potted plant: vegetation a3ff00
bed: furniture 7700aa
dining table: furniture 00b6c7
toilet: other 00a578
tv: other b78258
laptop: other 5f2000
mouse: other 827287
remote: other 6e8185
keyboard: other a64a76
cell phone: other db8eb9
microwave: other 4fd272
oven: other b25a3e
toaster: other 41460f
sink: other 7fa773
refrigerator: other 3b696a
book: text 8e6c2d
clock: other c4ac00
vase: other 5f3650
scissors: other 804cff
teddy bear: fabric c93901
hair drier: other f6007a
toothbrush: other bfa2d0
""",
    void=255,
)
"""The 80 object classes of COCO (Lin et al., ECCV 2014) in the order of their ids; colours of COCO's panoptic task
(`panoptic_coco_categories.json` of cocodataset/panopticapi)."""

COCO_STUFF_171 = declared(
    "coco-stuff-171",
    """
person: person 00c040
bicycle: cycle 00c040
car: vehicle 004060
motorcycle: cycle 80c0c0
airplane: vehicle 004040
bus: vehicle 00c0e0
train: vehicle 00c0c0
truck: vehicle 80c040
boat: vehicle 00c060
traffic light: sign 80c040
fire hydrant: other 8020c0
stop sign: sign 0000e0
parking meter: pole 000040
bench: furniture 00a0c0
bird: animal 800060
cat: animal 8000c0
dog: animal 0020c0
horse: animal 8080e0
sheep: animal 0000c0
cow: animal 80a0c0
elephant: animal 808000
bear: animal 800020
zebra: animal 802000
giraffe: animal 800080
backpack: other 408020
umbrella: fabric 00a000
handbag: other 000000
tie: fabric c080a0
suitcase: other 002000
frisbee: other 008080
skis: other 4080a0
snowboard: other 80a000
sports ball: other 008000
kite: other c08020
baseball bat: other 806080
baseball glove: other 000080
skateboard: other 400020
surfboard: other 00e080
tennis racket: other 800000
bottle: other c000a0
wine glass: other 006080
cup: other 808080
fork: other 4000a0
knife: other 80e080
spoon: other 808040
bowl: other c00020
banana: other 806000
apple: other 8000c0
sandwich: other 008020
orange: other 40e000
broccoli: other 000040
carrot: other 8080a0
hot dog: other 406000
pizza: other 0080c0
donut: other 0080a0
cake: other c0e000
chair: furniture 008040
couch: furniture 808020
potted plant: vegetation c02080
bed: furniture 0040c0
dining table: furniture 000020
toilet: other 40a080
tv: other 804040
laptop: other 8000a0
mouse: other 402080
remote: other 80c0c0
keyboard: other 0000a0
cell phone: other c0a080
microwave: other 80c000
oven: other 800060
toaster: other c02000
sink: other 804080
refrigerator: other 408060
book: text 40a000
clock: other 004000
vase: other c080e0
scissors: other 402000
teddy bear: fabric 00c080
hair drier: other 4080e0
toothbrush: other c0a000
banner: sign 00c000
blanket: fabric c08060
branch: vegetation c06080
bridge: building 004080
building-other: building 400060
bush: vegetation 40e080
cabinet: furniture 804000
cage: fence c000e0
cardboard: other 406080
carpet: fabric 80c080
ceiling-other: ceiling 4000e0
ceiling-tile: ceiling c0e080
cloth: fabric 80c040
clothes: fabric c00060
clouds: sky c06000
counter: furniture 8040c0
cupboard: furniture 008060
curtain: fabric 00e000
desk-stuff: furniture 404040
dirt: ground 8080e0
door-stuff: window 006000
fence: fence 40c0c0
floor-marble: floor 0080e0
floor-other: floor 80e000
floor-stone: floor 40c040
floor-tile: floor 808060
floor-wood: floor 802080
flower: vegetation 4000c0
fog: sky 004060
food-other: other 00a080
fruit: other c00040
furniture-other: furniture 8040e0
grass: grass 002080
gravel: ground c080c0
ground-other: ground 0040e0
hill: mountain 80a080
house: building c08000
leaves: vegetation 804020
light: other 802040
mat: fabric c00080
metal: other 40c020
mirror-stuff: window 00a040
moss: grass 400000
mountain: mountain c0c0a0
mud: ground 002040
napkin: fabric 408080
net: fence 40c0a0
paper: other 80a040
pavement: pavement 408000
pillow: fabric c0c020
plant-other: vegetation 8060c0
plastic: other 400080
platform: pavement 404020
playingfield: grass 00e0c0
railing: fence c00000
railroad: ground c040a0
river: water 0060c0
road: road c08080
rock: mountain 4040a0
roof: building 80e0c0
rug: fabric c08040
salad: other c04020
sand: ground 806040
sea: water c000c0
shelf: furniture 00c020
sky-other: sky 40e040
skyscraper: building 400040
snow: ground 80c0a0
solid-other: other 406040
stairs: floor 4080c0
stone: mountain 00c0a0
straw: grass c0e040
structural-other: other 408040
table: furniture 80c020
tent: fabric c020c0
textile-other: fabric 4040c0
towel: fabric 004020
tree: vegetation 40a0c0
vegetable: other c04040
wall-brick: wall 8040a0
wall-concrete: wall 4020c0
wall-other: wall c0c0c0
wall-panel: wall 0040a0
wall-stone: wall c0a0c0
wall-tile: wall c0c000
wall-wood: wall 804060
water-other: water c02040
waterdrops: water c04080
window-blind: fabric 40c060
window-other: window 40a040
wood: other 404000
""",
    void=255,
)
"""COCO's 80 things and the 91 stuff classes of COCO-Stuff (Caesar et al., CVPR 2018), in the order of its `labels.txt`
without the eleven object classes that no picture has. COCO-Stuff publishes index maps only; the colours are
MMSegmentation's, where some classes share one."""
