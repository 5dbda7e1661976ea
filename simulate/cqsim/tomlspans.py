"""Where each key and value of a TOML text stands."""

import tomllib
from collections import Counter

from tree_sitter import Node

Key = tuple[str | int, ...]
Spans = dict[Key, tuple[int, int]]
"""Line and column, from 1, of a key; with "=" at the end, of its value."""


def spans(text: str) -> Spans:
    """Return where all keys and values of a TOML text stand, columns in characters."""
    import tree_sitter_toml
    from tree_sitter import Language, Parser

    source = text.encode("utf-8")
    reader = _SpanReader(source)
    language = Language(tree_sitter_toml.language())
    for node in Parser(language).parse(source).root_node.children:
        reader.statement(node)
    return reader.found


class _SpanReader:
    def __init__(self, source: bytes) -> None:
        self.found: Spans = {}
        self.lines = source.split(b"\n")
        self.entries: Counter[Key] = Counter()

    def statement(self, node: Node) -> None:
        """Note a pair, a table or an entry of an array of tables."""
        if node.type == "pair":
            self.pair(node, ())
        elif node.type in ("table", "table_array_element"):
            self.table(node)

    def table(self, node: Node) -> None:
        named = [child for child in node.children if child.is_named]
        if not named:
            return
        parts = _parts(named[0])
        path = self.resolved(tuple(name for name, _ in parts))
        if node.type == "table_array_element":
            self.entries[path] += 1
            path = (*path, self.entries[path] - 1)
        self.found.setdefault(path, self.place(parts[-1][1]))
        for child in node.children:
            if child.type == "pair":
                self.pair(child, path)

    def resolved(self, path: Key) -> Key:
        """Put into a path the counters of the arrays of tables that it goes through."""
        whole: Key = ()
        for index, name in enumerate(path):
            whole = (*whole, name)
            if index < len(path) - 1 and self.entries[whole]:
                whole = (*whole, self.entries[whole] - 1)
        return whole

    def pair(self, node: Node, base: Key) -> None:
        for name, part in _parts(node.children[0]):
            base = (*base, name)
            self.found.setdefault(base, self.place(part))
        values = [child for child in node.children if child.type != "comment"]
        self.value(values[-1], base)

    def value(self, node: Node, path: Key) -> None:
        self.found[(*path, "=")] = self.place(node)
        if node.type == "inline_table":
            for child in node.children:
                if child.type == "pair":
                    self.pair(child, path)
        elif node.type == "array":
            parts = [c for c in node.children if c.is_named and c.type != "comment"]
            for index, part in enumerate(parts):
                self.found[(*path, index)] = self.place(part)
                self.value(part, (*path, index))

    def place(self, node: Node) -> tuple[int, int]:
        row, column = node.start_point
        before = self.lines[row][:column].decode("utf-8", errors="replace")
        return row + 1, len(before) + 1


def _parts(node: Node) -> list[tuple[str, Node]]:
    """Return the parts of a bare, quoted or dotted key, each with its place."""
    text = (node.text or b"").decode("utf-8", errors="replace")
    if node.type == "bare_key":
        return [(text, node)]
    if node.type == "quoted_key":
        return [(str(tomllib.loads("x=" + text)["x"]), node)]
    return [part for child in node.children for part in _parts(child)]
