"""All that the pages of a model's documentation are written from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from pathlib import Path

from cqsim.documentation.registers import Registers, sources_in, variables_in
from cqsim.language.expression import parse_text
from cqsim.language.syntax import names_in
from cqsim.model.audit import Finding, audit
from cqsim.model.feedback import VerifiedLoop, read_loops
from cqsim.model.graph import Graph, dependency_graph
from cqsim.model.model import Model, Variable
from cqsim.model.polarity import Polarity
from cqsim.model.resolve import read_model
from cqsim.model.values import ConstantValue, constant_values
from cqsim.tomlfile import load, read_document
from cqsim.tomlschema import Frozen, Name, Text


class Excluded(Frozen):
    """Subjects that the model leaves out, and why."""

    id: Name
    title: Text
    reason: Name
    clauses: tuple[str, ...] = ()


class BoundaryFile(Frozen):
    """The file `boundary.toml` of a model's folder."""

    excluded: tuple[Excluded, ...] = ()


@dataclass(frozen=True)
class Documentation:
    """A model with its registers and what follows from its equations."""

    model: Model
    registers: Registers
    graph: Graph = field(repr=False)
    polarity: Polarity = field(repr=False)

    @classmethod
    def open(cls, path: Path) -> "Documentation":
        """Return the documentation of a model file.

        Raises
        ------
        InputFileError
            The model or a register of its folder cannot be read.
        """
        model = read_model(path)
        graph, polarity = dependency_graph(model), Polarity(model)
        return cls(model, Registers(path.parent), graph, polarity)

    @cached_property
    def groups(self) -> Mapping[str, list[Variable]]:
        """The variables by sector, in the file's order; sectors without any are out."""
        found: dict[str, list[Variable]] = {}
        for variable in self.model.variables.values():
            found.setdefault(variable.group, []).append(variable)
        return found

    @cached_property
    def loops(self) -> list[VerifiedLoop]:
        """The named loops, verified; none where the model has no such file."""
        path = self.registers.folder / "loops.toml"
        return read_loops(path, self.model) if path.is_file() else []

    @cached_property
    def excluded(self) -> tuple[Excluded, ...]:
        """The subjects left out, from `boundary.toml`; empty without the file."""
        path = self.registers.folder / "boundary.toml"
        if not path.is_file():
            return ()
        return load(read_document(path), BoundaryFile).excluded

    @cached_property
    def findings(self) -> list[Finding]:
        """The evidence that the model lacks."""
        registers = self.registers
        tables = registers.entries
        entries = [each for table in tables.values() for each in table.values()]
        indicators = tables["indicator"].values()
        outputs = {name for each in indicators for name in variables_in(each)}
        outputs |= self._compared
        cited = set().union(*map(sources_in, entries)) | self._ledger_sources
        return audit(self.model, registers.sources.keys(), outputs, cited)

    @property
    def _compared(self) -> set[str]:
        """The variables that a fit or a forecast holds against the ledger."""
        found: set[str] = set()
        for name in ("calibration.toml", "skill.toml"):
            path = self.registers.folder / name
            data = read_document(path).data if path.is_file() else {}
            evidence = data.get("posterior", {}).get("evidence", ())
            tables = (data.get(key, ()) for key in ("fit", "series", "hindcast"))
            for entry in chain(evidence, *tables):
                texts = (entry.get(k) for k in ("variable", "numerator", "denominator"))
                trees = (parse_text(text) for text in texts if text)
                found.update(name for tree in trees for name in names_in(tree))
        return found

    @property
    def _ledger_sources(self) -> set[str]:
        """The sources that a row of the ledger cites."""
        rows = self.registers.rows
        observed = sorted((self.registers.folder / "observed").glob("*.csv"))
        texts = [
            *(
                r.get("source", "")
                for p in observed
                for r in rows(f"observed/{p.name}")
            ),
            *(row.get("area_source", "") for row in self.registers.regions.values()),
            *(row.get("sources", "") for row in rows("initial/provenance.csv")),
        ]
        named = {part for text in texts for part in text.replace(",", ";").split(";")}
        return {source.strip() for source in named} - {""}

    def chinese(self, key: str) -> str:
        """Return the Chinese name of a variable, empty where there is none."""
        term = self.registers.glossary.get(key)
        return term.zh if term else ""

    def values(self, variable: Variable) -> list[ConstantValue]:
        """Return the numbers of a constant; none for other kinds."""
        if variable.kind != "constant":
            return []
        return constant_values(self.model, variable)
