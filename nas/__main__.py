"""`python -m nas` is the command `nas`."""

from nas.start import main

if __name__ == "__main__":
    main()
