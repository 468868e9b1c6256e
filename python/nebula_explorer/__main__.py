"""`python -m nebula_explorer` is the command `nebula-explorer`."""

from ._command import main

if __name__ == "__main__":
    main()
