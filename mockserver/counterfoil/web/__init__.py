"""HTTP: connexion and Starlette live here and in `app`, and nowhere else."""
