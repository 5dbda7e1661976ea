"""What the page of credibility says between its tables."""

INTRODUCTION = """
Each line is a check that `cqsim check` ran; its rules stand in `model/checks.toml`,
the units in `model/units.txt`, what is scored in `model/skill.toml`. A gate that fails
fails the command. What is no gate is a shortfall that has to be known.
"""

SHORTFALL_NOTE = """
What falls short, or did, with its cause as the data show it, and what was tried: each
change is made to a copy of the model and scored anew whenever this page is written. A
change is kept for its mechanism and for what was known up to 2020, not for its score
on 2021 and 2022. Still, these years were looked at while the cause was sought: only
values published later test the model blindly.
"""

SKILL_NOTE = """
Forecasts from the census of 2020, and from 2020 rebased on what was published for
2021, against values that no constant was fitted to: births after the origin are taken
out of the model's input. The two naive forecasts are the last published value and a
straight line through the published ones. Regions have one or two published years
each, so a single region's score says little; "all regions" pools them. The error
model of each series is declared with its reason, so that coverage judges that
declaration as much as the model.
"""

INTERVAL_NOTE = """
How often what came lies inside of the central intervals of a forecast, regions and
areas together, and the continuous ranked probability score in the series' unit. Three
forecasts: the model's own constants with the declared error of the series; draws of the
posterior below with the error of the published value alone; and draws with both errors.
Draws alone say how little is known of constants. They leave out what the model leaves
out, a business cycle or a slow year of moves, so that where they cover too little, the
declared error is needed and not a luxury.
"""

FITTED_NOTE = """
Constants that a run from the census of 2010 needs to arrive at that of 2020. They stand
in the model's data with class `calibrated`; `cqsim calibrate` makes the same bytes
again and records the run, whose id changes with everything that the fit reads. The
largest miss is that of a constant that ends at the end of its range.
"""

RECOVERY_NOTE = """
Constants drawn from their priors, evidence that the whole model makes from them with
the declared errors, and the posterior sampled from that evidence (`cqsim calibrate
--recover`), by 127 particles a data set: simulation-based calibration, Talts and others
(2018), arXiv:1804.06788. If the sampler is right, the truth lies inside of a central
interval as often as its name says, and its ranks are uniform: chi-square over eight
bins, and the largest distance of their distribution from the uniform one beside the
distance that 19 of 20 uniform samples stay within (after Säilynoja, Bürkner and Vehtari
2022, doi:10.1007/s11222-022-10090-6); one line in twenty leaves it by chance. Where
fewer truths than named lie inside, over all lines, the sampled intervals are too
narrow: so few particles in twenty dimensions may be the reason, which was not tested.
"""

POSTERIOR_NOTE = """
Constants that the census fit takes as they are, sampled with the evidence of 2010 to
2020 while the fit is done again around them (`cqsim calibrate --posterior`). Mean and
standard deviation; the ratio is the posterior's over the prior's deviation. The means
are not written back into the model: all of them are driven by their priors, so that
class `calibrated` would make a judgement look like a measurement. The model keeps its
own values, as assumptions with a range and a reason; sweeps and the intervals above
take the draws.
"""

UNCERTAINTY = (
    (
        "parametric",
        "every constant has a range with its reason; `cqsim calibrate --posterior` "
        "narrows those that the decade to 2020 informs",
    ),
    (
        "structural",
        "the constants `form of migration` and `form of energy intensity` select "
        "between formulations",
    ),
    (
        "data",
        "rounding and boundary: the grade of each published value; revision: vintages "
        "in the ledger, never joined across the census of 2020",
    ),
)
