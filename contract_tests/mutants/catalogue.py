"""Every mutant, by name."""

import certifying
import movements
import telling
import walking

MUTANTS = {**walking.MUTANTS, **movements.MUTANTS, **telling.MUTANTS, **certifying.MUTANTS}
