from pathlib import Path
from shutil import copytree

import pytest

from cqsim.documentation.registers import Registers
from cqsim.model.model import Model
from cqsim.model.resolve import read_model

REFERENCE = Path(__file__).parents[1] / "reference" / "small"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small model with one entry in each of its registers."""
    folder = copytree(REFERENCE, tmp_path / "small")
    for name, text in REGISTERS.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def small(folder: Path) -> Model:
    return read_model(folder / "small.mdl")


@pytest.fixture
def registers(folder: Path) -> Registers:
    return Registers(folder)


REGISTERS = {
    "sources.csv": """source_id,kind,title,publisher,date,address
census,official,The census,The bureau,2021,printed
yearbook,official,The yearbook,The bureau,2021,printed
analyst,analyst,Judgement,The authors,2024,here
""",
    "regions.csv": """\
region,name_zh,name_en,short_zh,ring,row,column,area_km2,area_source
north,北区,North District,北,outer,0,0,12.5,census
south,南区,South District,南,outer,1,0,7,census
""",
    "glossary.csv": """name,zh,en,unit
Residents,居民,Residents,person
births,出生,Births,person/year
""",
    "levers.toml": """[[lever]]
id = 'family'
title = { zh = '生育支持', en = 'Family support' }
unit = '1/year'
constant = 'birth rate'
scope = 'north'
today = 0.01
floor = 0
ceiling = 0.02
ceiling_reason = 'The highest seen.'
sources = ['yearbook']
clauses = ['T001']
effort = { proxy = 'places', unit = 'places', per_unit = 3 }
""",
    "indicators.toml": """[people]
title = { zh = '人口', en = 'People' }
kind = 'sum'
terms = ['residents']
unit = 'person'
[people_growth]
title = { zh = '人口增长', en = 'Growth of people' }
kind = 'growth'
of = 'people'
unit = '%'
""",
    "targets.toml": """[people_2035]
title = { zh = '人口目标', en = 'People in 2035' }
year = 2035
scope = 'metro'
own_scope = 'metro'
indicator = 'people_growth'
operator = '>='
value = 1.5
unit = '%'
class = 'plan-numeric'
clause = 'T001'
location = '第一章'
quote = '人口增長1.5%左右'
wording = '左右'
sources = ['yearbook']
[[people_2035.readings]]
id = 'literal'
threshold = 1.5
text = { zh = '字面值', en = 'As it stands' }
""",
    "loops.toml": """[[loop]]
id = 'births'
title = { zh = '出生', en = 'More births' }
type = 'R'
path = ['Residents', 'births']
explanation = 'People have children.'
""",
    "boundary.toml": """[[excluded]]
id = 'water'
title = { zh = '水', en = 'Water' }
reason = 'There is enough of it.'
clauses = ['T002']
""",
    "plan_clauses.csv": """id,location,quote,status,indicator,reason
T001,第一章,人口增長1.5%左右,modelled,people_growth,as it stands
""",
    "observed/population.csv": """region,year,variable,value,unit,source,grade
north,2010,people,900,person,census,A
north,2020,people,1000,person,census,A
""",
    "observed/raw/geo/adjacency.csv": """region_a,region_b,shared_border_km
south,north,10.4
""",
    "initial/people.csv": "region,people\nnorth,1000\nsouth,500\n",
}
