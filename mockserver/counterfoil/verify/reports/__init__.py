"""Reports of a run: for a person as HTML, for CI as JUnit, for other tools as HAR."""
