"""``python -m analyzer`` is ``tlsscan``.

Here lives: that one call.  Here does not live: anything else.
"""

import sys

from analyzer.cli import main

if __name__ == "__main__":
    sys.exit(main())
