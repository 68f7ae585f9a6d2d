"""How the examples of answers in the contracts come about: asked of the sandbox itself."""
