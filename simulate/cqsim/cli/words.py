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

CLASS_WORDS = {
    "plan-numeric": "规划数值",
    "plan-proxy": "规划代理",
    "linked-official": "关联官方",
    "analyst": "分析者",
}


def number(value: float, decimals: int) -> str:
    """Return a number with blanks between thousands, as many decimals as asked."""
    return f"{value:,.{decimals}f}".replace(",", " ")
