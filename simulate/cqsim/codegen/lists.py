"""Lists of numbers that a program carries: rows, and literals by position."""

from dataclasses import dataclass, field


@dataclass
class Tables:
    """Lists of numbers that a program carries: rows, and literals by position."""

    lines: list[str] = field(default_factory=list)
    _names: dict[tuple[str, tuple[object, ...]], str] = field(default_factory=dict)

    def name(self, type_name: str, values: tuple[str, ...]) -> str:
        """Return the name of a list, added if it is new."""
        key = (type_name, values)
        if key not in self._names:
            name = f"@list{len(self._names)}"
            items = ", ".join(f"{type_name} {value}" for value in values)
            kind = f"[{len(values)} x {type_name}]"
            line = f"{name} = internal constant {kind} [{items}], align 64"
            self.lines.append(line)
            self._names[key] = name
        return self._names[key]
