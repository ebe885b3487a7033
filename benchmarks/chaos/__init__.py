"""Publishing under fire: simulated schedules, real kills, and mutants that must be caught."""
