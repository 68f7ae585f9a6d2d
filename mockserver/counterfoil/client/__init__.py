"""A client of the sandbox: worlds, their clocks, inboxes, faults and journals, over HTTP.

It knows nothing of the server but its control plane, so that it works with one in this process as with
one on another machine.
"""
