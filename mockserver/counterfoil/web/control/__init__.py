"""The control plane: worlds are made, looked into and turned about here, room by room."""
