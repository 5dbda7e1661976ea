"""Make the two fonts of `reports/fonts/` from Noto Sans SC; for developers only.

    npm pack @expo-google-fonts/noto-sans-sc@0.4.3 && tar xzf *.tgz
    python .ci/make_fonts.py package

The fonts hold all 6,763 hanzi of GB 2312, the signs that reports print, and every
character that stands in `model/`, `scenarios/` or `reports/`; fontTools is needed.
"""

import sys
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

ROOT = Path(__file__).parents[1]
FAMILY = "CQSim Sans SC"
STYLES = (("Regular", "400Regular", 400), ("Bold", "700Bold", 700))
LICENCE = "SIL Open Font License, Version 1.1"
SIGNS = (
    *(range(0x20, 0x7F), range(0xA0, 0x180), range(0x391, 0x3CA)),
    *(range(0x2010, 0x2027), range(0x2030, 0x203C), range(0x2190, 0x2194)),
    *(range(0x2200, 0x2266), range(0x25A0, 0x25D0), range(0x3000, 0x3018)),
    range(0xFF01, 0xFF5F),
)


def hanzi() -> set[int]:
    """Return the hanzi of GB 2312, both levels."""
    found = set()
    for row in range(0xB0, 0xF8):
        for cell in range(0xA1, 0xFF):
            try:
                found.add(ord(bytes((row, cell)).decode("gb2312")))
            except UnicodeDecodeError:
                continue
    return found


def own_characters() -> set[int]:
    """Return the characters of all texts that reports quote."""
    folders = (ROOT / "model", ROOT / "scenarios", ROOT / "reports")
    texts = [
        path.read_text(encoding="utf-8")
        for folder in folders
        for path in folder.rglob("*")
        if path.suffix in (".csv", ".toml", ".mdl", ".typ")
    ]
    return {ord(character) for text in texts for character in text if character > " "}


def build(source: Path, target: Path, style: str, weight: int, wanted: set[int]) -> int:
    """Write one font with a name of its own, and return how many characters it has."""
    font = TTFont(source, lazy=True, recalcTimestamp=False)
    copyright_line = font["name"].getDebugName(0)
    options = Options()
    options.hinting = options.glyph_names = False
    options.notdef_outline = True
    options.layout_features = ["kern", "locl", "ccmp"]
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=sorted(wanted))
    subsetter.subset(font)
    postscript = f"{FAMILY.replace(' ', '')}-{style}"
    names = {
        **{0: copyright_line, 1: FAMILY, 2: style, 3: f"1.0;{postscript}"},
        **{4: f"{FAMILY} {style}", 5: "Version 1.000", 6: postscript, 13: LICENCE},
    }
    font["name"].names = []
    for number, value in names.items():
        font["name"].setName(value, number, 3, 1, 0x409)
    font["OS/2"].usWeightClass = weight
    if style == "Bold":
        font["OS/2"].fsSelection = (font["OS/2"].fsSelection & ~0x40) | 0x20
        font["head"].macStyle |= 1
    font.save(target)
    return len(font.getBestCmap())


def main() -> None:
    """Write both fonts and the licence."""
    package = Path(sys.argv[1])
    folder = ROOT / "reports" / "fonts"
    folder.mkdir(parents=True, exist_ok=True)
    wanted = hanzi() | own_characters() | {n for signs in SIGNS for n in signs}
    for style, name, weight in STYLES:
        source = package / name / f"NotoSansSC_{name}.ttf"
        target = folder / f"CQSimSansSC-{style}.ttf"
        count = build(source, target, style, weight, wanted)
        sys.stdout.write(f"{target.name}: {count} characters\n")
    licence = (package / "LICENSE_FONT").read_text(encoding="utf-8")
    (folder / "OFL.txt").write_text(licence, encoding="utf-8")


if __name__ == "__main__":
    main()
