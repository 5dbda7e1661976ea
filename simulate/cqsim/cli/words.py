"""Words that tables print beside ids, in Chinese and in English."""

SCOPE_WORDS = {
    "metro": "都市圈 metro",
    "cq21": "重庆21区 cq21",
    "central": "中心城区 central",
    "outer": "外围13区 outer",
    "integrating": "同城化 integrating",
    "fulcrum": "支点 fulcrum",
    "bridgehead": "桥头堡 bridgehead",
    "northern": "广安 northern",
}

BOUNDARIES = ("metro", "cq21", "central")
"""What `--boundary` may be: what counts in indicators and targets."""

CLASS_TITLES = {
    "plan-numeric": "规划写明的数值 plan-numeric: the number stands in the plan",
    "plan-proxy": "规划文字的代理指标 plan-proxy: the plan's words, measured our way",
    "linked-official": "其他官方文件 linked-official: a number of another document",
    "analyst": "分析者自设 analyst: not the plan's",
}


def number(value: float, decimals: int, unit: str = "") -> str:
    """Return a number with blanks between thousands, as many decimals as asked.

    A year has no blank in it, and what rounds to zero has no sign.
    """
    text = f"{value:,.{decimals}f}".replace(",", "" if unit == "year" else " ")
    return text.removeprefix("-") if not any(c in "123456789" for c in text) else text


def margin(value: float, decimals: int) -> str:
    """Return a margin with its sign."""
    text = number(value, decimals)
    return text if text.startswith("-") else f"+{text}"
