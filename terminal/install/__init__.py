"""Makes a box of a machine: `sudo ./install.sh`. Standard library only: nothing else is there yet."""
