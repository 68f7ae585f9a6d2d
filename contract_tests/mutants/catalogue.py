"""Every mutant, by name."""

import movements
import telling
import walking

MUTANTS = {**walking.MUTANTS, **movements.MUTANTS, **telling.MUTANTS}
