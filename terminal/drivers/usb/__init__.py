"""Devices on the USB bus, as the kernel's sysfs shows them."""
