"""Why it matters: rules that cite their authority, policies as data, causes of failures.

Here lives: the room's face.  Here does not live: what was seen (``facts``), how it is told (``reports``).
"""
