"""Have PySD's translator parse a model, and find the place where it cannot.

PySD is imported here and in the reference run only, inside the function: it takes
longer to import than a run takes.
"""

import re
import warnings
from typing import Any

from cqsim.model.lower.source import Source


def parse(source: Source) -> Any:
    """Return PySD's abstract model of a Vensim or XMILE file.

    Raises
    ------
    InputFileError
        If an equation cannot be parsed: with the line where its name stands.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if source.path.suffix.lower() == ".mdl":
            return _parse_vensim(source)
        return _parse_xmile(source)


def _parse_vensim(source: Source) -> Any:
    from pysd.translators.vensim.vensim_file import VensimFile

    try:
        file = VensimFile(source.path, encoding="utf-8")
        # PySD reads the file itself and drops what it can't decode: give it our text.
        file.model_text = _one_newline(source.text)
        file._split_sketch()
        file.parse(parse_all=False)
        for section in file.sections:
            section.parse(parse_all=False)
    except Exception as error:
        what = f"this is not a Vensim model that can be read ({_short(error)})"
        remedy = "Open it in Vensim and save it as text (.mdl)."
        raise source.whole_fault(what, remedy) from error
    for section in file.sections:
        _parse_section(source, section)
    return file.get_abstract_model()


def _parse_section(source: Source, section: Any) -> None:
    from pysd.translators.vensim import vensim_element as kinds

    entries = [_parse_entry(source, element) for element in section.elements]
    section.subscripts = [e for e in entries if isinstance(e, kinds.SubscriptRange)]
    section.components = [e for e in entries if isinstance(e, kinds.Component)]
    section.constraints = [e for e in entries if isinstance(e, kinds.Constraint)]
    section.test_inputs = [e for e in entries if isinstance(e, kinds.TestInput)]


def _parse_entry(source: Source, element: Any) -> Any:
    equation = element.equation
    try:
        entry = element.parse()
        _parse_right_side(entry)
    except Exception as error:
        name = _name_of(equation)
        what = f"the equation of '{name}' cannot be read ({_short(error)})"
        remedy = "Check its spelling, brackets and function names."
        raise source.fault(name, what, remedy) from error
    return entry


def _parse_right_side(entry: Any) -> None:
    from pysd.translators.vensim import vensim_element as kinds
    from pysd.translators.vensim.vensim_structures import parsing_ops, structures
    from pysd.translators.vensim.vensim_utils import Grammar

    plain = isinstance(entry, kinds.Component) and not isinstance(entry, kinds.Lookup)
    if not plain or not entry.expression:
        if hasattr(entry, "parse"):
            entry.parse()
        return
    tree = Grammar.get("components", parsing_ops).parse(entry.expression)
    entry.ast = _sign_keeping(kinds.EquationVisitor)(tree).translation
    entry.lookup = isinstance(entry.ast, structures["get_xls_lookups"])


def _sign_keeping(visitor: Any) -> Any:
    """Return PySD's visitor of equations, but `-2^x` is not read as `(-2)^x`."""

    class SignKeepingVisitor(visitor):  # type: ignore[misc]
        def visit_neg_expr(self, _: Any, children: Any) -> Any:
            if children[0] == "-":
                self.negatives.add(children[2])
            return children[2]

    return SignKeepingVisitor


def _one_newline(text: str) -> str:
    """Return text with one kind of newline, and continued lines joined."""
    text = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return re.sub(r"\\[ \t]*\n", "\\\n\t", text)


def _parse_xmile(source: Source) -> Any:
    from pysd.translators.xmile.xmile_file import XmileFile

    # Wherever it stands: what is a comment to one reader need not be one to another.
    if re.search(r"<!(?!--|\[CDATA\[)", source.text):
        what = "the file declares XML entities or a document type"
        raise source.whole_fault(what, "Delete the declaration.")
    if re.search(r"<(?:\w+:)?(?:module|include|includes)[\s>/]", source.text):
        what = "the model is made of modules, or includes other files"
        raise source.whole_fault(what, "Put all of it into one model and one file.")
    try:
        file = XmileFile(source.path)
        file.parse(parse_all=False)
        for section in file.sections:
            section.parse(parse_all=False)
    except Exception as error:
        what = f"this is not an XMILE model that can be read ({_short(error)})"
        remedy = "Open it in the program that wrote it and save it as XMILE."
        raise source.whole_fault(what, remedy) from error
    for section in file.sections:
        for component in section.components:
            _parse_component(source, section, component)
    return file.get_abstract_model()


def _parse_component(source: Source, section: Any, component: Any) -> None:
    from pysd.translators.xmile.xmile_element import EquationVisitor
    from pysd.translators.xmile.xmile_structures import parsing_ops
    from pysd.translators.xmile.xmile_utils import Grammar

    visitor = _sign_keeping(EquationVisitor)

    def parsed(expression: str) -> Any:
        tree = Grammar.get("equations", parsing_ops).parse(expression.strip())
        return visitor(tree).translation

    component._smile_parser = parsed
    try:
        component.parse(section.behaviors)
    except Exception as error:
        if "'???" in str(error):
            what = f"'{component.name}' has no equation, but '???' in its place"
            remedy = "Give it one in the program that wrote the file."
            raise source.fault(component.name, what, remedy) from error
        what = f"the equation of '{component.name}' cannot be read ({_short(error)})"
        remedy = "Check its spelling, brackets and function names."
        raise source.fault(component.name, what, remedy) from error


def _name_of(equation: str) -> str:
    found = re.match(r'\s*("(?:\\"|[^"])*"|[^=\[(:~<|]+)', equation)
    return found.group(1).strip() if found else equation[:40]


def _short(error: Exception) -> str:
    """Return what a parser's exception says, on one line and not for ever."""
    said = " ".join(str(error).split()) or type(error).__name__
    return said if len(said) <= 160 else said[:157] + "…"
