"""The sandbox engine: worlds, their store and clock, and the one way a call goes through."""
