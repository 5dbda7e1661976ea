"""The 22 regions in the order used everywhere, their rings, and other areas."""

RINGS: dict[str, tuple[str, ...]] = {
    "central": (
        "yuzhong",
        "dadukou",
        "jiangbei",
        "shapingba",
        "jiulongpo",
        "nanan",
        "beibei",
        "yubei",
        "banan",
    ),
    "integrating": ("bishan", "jiangjin", "changshou", "nanchuan"),
    "fulcrum": ("fuling", "yongchuan", "hechuan", "qijiang"),
    "bridgehead": ("rongchang", "dazu", "tongliang", "tongnan"),
    "northern": ("guangan",),
}
"""Ring of the plan, in order, and its regions, in order (source: PLAN)."""

REGIONS: tuple[str, ...] = tuple(
    region for regions in RINGS.values() for region in regions
)
"""The 22 units of the plan."""

RING_OF: dict[str, str] = {
    region: ring for ring, regions in RINGS.items() for region in regions
}

CQ21: tuple[str, ...] = tuple(region for region in REGIONS if region != "guangan")
"""The 21 districts of Chongqing: the whole area without Guang'an."""

OUTER12: tuple[str, ...] = tuple(
    region for region in CQ21 if RING_OF[region] != "central"
)
"""The twelve districts of Chongqing outside the central city."""

AREAS: dict[str, tuple[str, ...]] = {
    "central": RINGS["central"],
    "outer12": OUTER12,
    "cq21": CQ21,
    "metro": REGIONS,
}
"""Areas that official totals are stated for, and the regions they add up from."""

BEYOND: tuple[str, ...] = ("chongqing", "sichuan", "china")
"""Areas larger than the model: the municipality of 38 units, province, country."""

PLACES: tuple[str, ...] = (*REGIONS, *AREAS, *BEYOND)
"""Every id that the column `region` of a ledger file may hold, in its sort order."""
