"""The APIs Counterfoil plays, one folder each; a folder here is an API that is served."""
