"""The derived half of the ledger: the vectors that the model reads at its start."""

from pathlib import Path

from cqsim.ledger.derive.emissions import emission_tables
from cqsim.ledger.derive.energy import energy_tables
from cqsim.ledger.derive.facts import Facts
from cqsim.ledger.derive.fertility import fertility_tables
from cqsim.ledger.derive.labour import labour_tables
from cqsim.ledger.derive.migration import migration_tables
from cqsim.ledger.derive.mortality import mortality_table
from cqsim.ledger.derive.product import product_2020_table
from cqsim.ledger.derive.product_2010 import external_table, product_2010_table
from cqsim.ledger.derive.reading import read_facts
from cqsim.ledger.derive.settlement_age import female_share_table, settlement_tables
from cqsim.ledger.derive.space import space_tables
from cqsim.ledger.derive.table import Table, write_provenance, write_table


def initial_tables(facts: Facts) -> list[Table]:
    """Return every table of model/initial."""
    return [
        *settlement_tables(facts),
        female_share_table(facts),
        mortality_table(facts),
        *fertility_tables(facts),
        *migration_tables(facts),
        product_2020_table(facts),
        product_2010_table(facts),
        *labour_tables(facts),
        *energy_tables(facts),
        *emission_tables(facts),
        *space_tables(facts),
        external_table(facts),
    ]


def write_initial(facts: Facts) -> dict[str, bytes]:
    """Return the content of each file of model/initial, by name."""
    tables = sorted(initial_tables(facts), key=lambda table: table.file)
    files = {table.file: write_table(table) for table in tables}
    files["provenance.csv"] = write_provenance(tables)
    return files


def build(model_folder: Path) -> dict[str, bytes]:
    """Return the content of each file of model/initial, by name, from the ledger.

    Nothing is written; the same ledger gives the same bytes.
    """
    return write_initial(read_facts(model_folder))
