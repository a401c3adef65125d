"""`python -m keystone_nexus.cli`."""

import sys

from keystone_nexus.cli.main import main

sys.exit(main())
